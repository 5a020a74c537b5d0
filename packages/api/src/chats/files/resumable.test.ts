import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { telegramFiles } from "@pult/db/schema/chats.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keyWith } from "../../testing/factories.ts";
import { streamOf } from "../../testing/sample-photos.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { sweepUploads } from "../sweep-uploads.ts";
import { describeFile, openFile } from "./open.ts";
import { appendToResumable, createResumable, findResumable, PARTS, removeResumable } from "./resumable.ts";

describeOnDatabases("Resumable uploads", (world) => {
  const uploader = keyWith("chats:write");
  const ctx = (actor = uploader) => world.contextOf(actor);
  const { maxBytes } = PARTS;
  beforeEach(() => {
    PARTS.maxBytes = 2_000;
  });
  afterEach(() => {
    PARTS.maxBytes = maxBytes;
  });
  const begin = (sizeBytes: number) => createResumable(ctx(), { sizeBytes, fileName: "a/b.bin" });
  const append = (id: string, offset: number, source: AsyncIterable<Uint8Array>) =>
    appendToResumable(ctx(), { id, offset, source });
  async function read(id: string) {
    const { file } = await openFile(ctx(), { id, thumbnail: false, isSigned: false });
    return buffer(Readable.from(file.read()));
  }
  async function* broken(...chunks: Uint8Array[]) {
    yield* chunks;
    throw new Error("The connection broke");
  }

  it("keep what came before a connection broke, and become one file", async () => {
    const content = randomBytes(10_000);
    const { id } = await begin(content.length);
    await expect(append(id, 0, broken(content.subarray(0, 1_000), content.subarray(1_000, 1_500)))).rejects.toThrow(
      "broke",
    );
    expect(await findResumable(ctx(), id)).toEqual({ id, offset: 1_500, sizeBytes: content.length });
    expect(await describeFile(ctx(), id)).toMatchObject({ state: "processing", fileName: "b.bin" });
    await expect(read(id)).rejects.toMatchObject({ key: "chats.mediaNotFound" });
    await expect(append(id, 1_000, streamOf(content.subarray(1_000)))).rejects.toMatchObject({
      code: "CONFLICT",
      params: { offset: 1_500 },
    });
    const done = await append(id, 1_500, streamOf(content.subarray(1_500)));
    expect(done).toEqual({ id, offset: content.length, sizeBytes: content.length });
    expect((await read(id)).equals(content)).toBe(true);
    expect(await describeFile(ctx(), id)).toMatchObject({ state: "ready", type: "document" });
    expect(world.deps.media.files.size).toBe(1);
    expect(await world.deps.db.$count(telegramFiles)).toBe(1);
  });

  it("take one of two requests for the same place", async () => {
    const { id } = await begin(8);
    const both = await Promise.allSettled([
      append(id, 0, streamOf(Buffer.from("aaaa"))),
      append(id, 0, streamOf(Buffer.from("bbbb"))),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "CONFLICT" } });
    await append(id, 4, streamOf(Buffer.from("cccc")));
    expect((await read(id)).toString()).toMatch(/^(aaaa|bbbb)cccc$/);
  });

  it("end where they were announced to, and are refused beyond what Telegram takes", async () => {
    const { id } = await begin(4);
    await expect(append(id, 0, streamOf(Buffer.from("12345")))).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    await expect(begin(2_097_152_001)).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    await expect(begin(0)).rejects.toMatchObject({ key: "chats.fileRequired" });
  });

  it("are their uploader's alone, and gone once removed or a day old", async () => {
    const [removed, old] = [await begin(4), await begin(4)];
    for (const { id } of [removed, old]) await append(id, 0, streamOf(Buffer.from("12")));
    await expect(findResumable(ctx(keyWith("chats:write")), old.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await removeResumable(ctx(), removed.id);
    await expect(findResumable(ctx(), removed.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(world.deps.media.files.size).toBe(1);
    world.deps.clock.advance(24 * 60 * 60_000 + 1);
    await expect(findResumable(ctx(), old.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await sweepUploads(ctx());
    expect(world.deps.media.files.size).toBe(0);
  });
});
