import { mediaFiles } from "@pult/db/schema/media.ts";
import { expect, it } from "vitest";
import { SAMPLE_PHOTOS, streamOf } from "../testing/sample-photos.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import {
  claimFiles,
  lockUnclaimed,
  type MediaFile,
  releaseFiles,
  releaseUploads,
  removeReleased,
  removeUploads,
  selectFiles,
  selectUploads,
  storedFileKeys,
  sweepFiles,
  uploadFile,
  uploadImage,
} from "./files.ts";

const DAY_MS = 24 * 60 * 60_000;

describeOnDatabases("Media files", (world) => {
  const image = (owner = "agent:1"): Promise<MediaFile> =>
    uploadImage(world.deps, { source: streamOf(SAMPLE_PHOTOS.png), owner, maxBytes: 10_000 });
  const document = (owner = "agent:1"): Promise<MediaFile> =>
    uploadFile(world.deps, { source: streamOf(new TextEncoder().encode("words")), owner, maxBytes: 10_000 });
  const claim = (subject: string, files: readonly MediaFile[]) =>
    world.deps.db.transaction((tx) =>
      claimFiles(
        tx,
        files.map(({ id }, position) => ({ fileId: id, subject, position })),
      ),
    );
  const idsLeft = async () => {
    const rows = await world.deps.db.select({ id: mediaFiles.id }).from(mediaFiles);
    return rows.map(({ id }) => id).sort();
  };
  const idsOf = (files: readonly MediaFile[]) => files.map(({ id }) => id).sort();

  it("stores images with their size and thumbnail, other files without", async () => {
    const now = world.deps.now();
    expect(await image()).toMatchObject({ width: 8, height: 6, owner: "agent:1", claimedBy: null, createdAt: now });
    const file = await document();
    expect(file).toMatchObject({ width: null, thumbKey: null, contentType: "application/octet-stream", sizeBytes: 5 });
    expect(await world.deps.db.select().from(mediaFiles)).toContainEqual(file);
    expect(world.deps.media.files.size).toBe(3);
    expect((await storedFileKeys(world.deps.db)).sort()).toEqual([...world.deps.media.files.keys()].sort());
  });

  it("answers claimed files by subject, in the order of the claim", async () => {
    const [first, second, other] = [await image(), await document(), await image()];
    await claim("chats.message:1", [second, first]);
    await claim("chats.message:2", [other]);
    const found = await selectFiles(world.deps.db, ["chats.message:1", "chats.message:2", "chats.message:3"]);
    expect([...found].map(([subject, files]) => [subject, files.map(({ id }) => id)])).toEqual([
      ["chats.message:1", [second.id, first.id]],
      ["chats.message:2", [other.id]],
    ]);
  });

  it("locks only what nothing has claimed", async () => {
    const [free, taken] = [await image(), await image()];
    await claim("chats.message:1", [taken]);
    const found = await world.deps.db.transaction((tx) => lockUnclaimed(tx, [free.id, taken.id, "unknown"]));
    expect([...found.keys()]).toEqual([free.id]);
  });

  it("removes what was released, files first, and nothing else", async () => {
    const [released, kept] = [await image(), await image()];
    await claim("chats.message:1", [released]);
    await claim("chats.message:2", [kept]);
    const [uploaded, theirs] = [await document("app:1"), await document("app:2")];
    await world.deps.db.transaction(async (tx) => {
      expect(await releaseFiles(tx, ["chats.message:1", "chats.message:9"])).toBe(1);
      expect(await releaseUploads(tx, ["app:1", "agent:1"])).toBe(1);
    });
    expect(await selectUploads(world.deps.db, ["app:1", "app:2"])).toEqual([theirs]);
    await removeReleased(world.deps);
    expect(await idsLeft()).toEqual(idsOf([kept, theirs]));
    expect(world.deps.media.files.size).toBe(3);
    expect(await world.deps.media.open(uploaded.fileKey)).toBeNull();
  });

  it("sweeps uploads a day old and what was released, never what is claimed", async () => {
    const [claimed, old] = [await image(), await image()];
    await claim("chats.message:1", [claimed]);
    world.deps.clock.advance(DAY_MS);
    const [fresh, released] = [await image(), await image("app:1")];
    await world.deps.db.transaction((tx) => releaseUploads(tx, ["app:1"]));
    world.deps.clock.advance(1);
    await sweepFiles(world.deps);
    expect(await idsLeft()).toEqual(idsOf([claimed, fresh]));
    for (const gone of [old, released]) expect(await world.deps.media.open(gone.fileKey)).toBeNull();
    expect(world.deps.media.files.size).toBe(4);
  });

  it("removes named uploads, and not what was claimed meanwhile", async () => {
    const [claimed, unclaimed] = [await image(), await image()];
    await claim("chats.message:1", [claimed]);
    await removeUploads(world.deps, [claimed.id, unclaimed.id]);
    await removeUploads(world.deps, []);
    expect(await idsLeft()).toEqual([claimed.id]);
    expect(world.deps.media.files.size).toBe(2);
  });
});
