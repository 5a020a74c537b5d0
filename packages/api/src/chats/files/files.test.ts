import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { telegramFiles, telegramSessions } from "@pult/db/schema/chats.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { keyWith, makeCustomer } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../../testing/linked-account.ts";
import { SAMPLE_PHOTOS, streamOf } from "../../testing/sample-photos.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import type { MessageMedia } from "../engine/telegram.ts";
import { chatInput, messagesInput, sendBody } from "../inputs.ts";
import { queueSend, sendNow } from "../sends/send.ts";
import { getChat } from "../store/chats.ts";
import { listMessages } from "../store/history.ts";
import { sweepUploads } from "../sweep-uploads.ts";
import { describeFile, openFile } from "./open.ts";
import { keepFile, receiveFile } from "./upload.ts";

const DAY_MS = 24 * 60 * 60_000;
const WORDS = new TextEncoder().encode("some words");
const DOCUMENT: MessageMedia = {
  ...{ type: "document", fileName: "words.txt", mimeType: "text/plain", sizeBytes: WORDS.length, width: null },
  ...{ height: null, durationSeconds: null, hasThumbnail: true, caption: null },
};

const asCustomer = (): Actor & { externalId: string } => ({
  ...makeCustomer(),
  proof: { kind: "token", expiresAt: new Date("2027-01-01") },
});

describeOnDatabases("Files of linked accounts", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let owner: ReturnType<typeof asCustomer>;
  let me: number;
  let ann: number;
  const ctx = (actor: Actor = owner) => world.contextOf(actor);

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    me = telegram.addUser({ firstName: "Me" }).id;
    ann = telegram.addUser({ firstName: "Ann", photoId: "77" }).id;
    telegram.write(ann, me, { text: "", media: DOCUMENT, bytes: WORDS });
    owner = asCustomer();
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `app:${owner.externalId}` });
    await account.start();
  });
  afterEach(() => account.stop());

  async function upload(bytes: Uint8Array, given: { fileName?: string; declaredType?: string } = {}, actor = owner) {
    const { fileName = null, declaredType = null } = given;
    return keepFile(ctx(actor), await receiveFile(ctx(actor), streamOf(bytes)), { fileName, declaredType });
  }
  async function read(id: string, { actor = owner as Actor, thumbnail = false, isSigned = false } = {}) {
    const { file, ...rest } = await openFile(ctx(actor), { id, thumbnail, isSigned });
    return { ...rest, text: await text(Readable.from(file.read())) };
  }
  async function received() {
    const { items } = await listMessages(ctx(), messagesInput.parse({ chatId: String(ann) }), { mustWork: true });
    const [message] = items;
    if (!message?.media) throw new Error("The message has a file");
    return message.media;
  }

  it("are uploaded as their content allows, whatever they are called or declared to be", async () => {
    const photo = await upload(SAMPLE_PHOTOS.png, { fileName: "../up/page.html" });
    expect(photo).toMatchObject({
      ...{ type: "photo", fileName: "page.html", mimeType: "image/png", width: 8, height: 6, state: "ready" },
      sizeBytes: SAMPLE_PHOTOS.png.length,
      expiresAt: new Date(world.deps.now().getTime() + DAY_MS).toISOString(),
      url: expect.stringMatching(/^\/api\/telegram\/media\/[\w-]{16}\?e=\d+&s=/),
      thumbUrl: expect.stringContaining(`/media/${photo.id}/thumbnail?`),
    });
    const opus = new TextEncoder().encode("OggS, and so on");
    for (const [bytes, declaredType, type] of [
      [SAMPLE_PHOTOS.png, "document", "document"],
      [SAMPLE_PHOTOS.png, "voice", "document"],
      [SAMPLE_PHOTOS.gif, undefined, "animation"],
      [opus, "voice", "voice"],
      [opus, "audio", "audio"],
      [WORDS, "voice", "document"],
      [WORDS, "photo", "document"],
    ] as const)
      expect(await upload(bytes, declaredType ? { declaredType } : {})).toMatchObject({ type });
    await expect(upload(new Uint8Array())).rejects.toMatchObject({ key: "chats.fileRequired" });
  });

  it("are their uploader's alone, until a link to them is shown", async () => {
    const { id } = await upload(WORDS, { fileName: "words" });
    expect(await read(id)).toEqual({ contentType: "application/octet-stream", fileName: "words", text: "some words" });
    for (const actor of [asCustomer(), keyWith("chats:read")]) {
      await expect(read(id, { actor })).rejects.toMatchObject({ key: "chats.mediaNotFound" });
      await expect(describeFile(ctx(actor), id)).rejects.toMatchObject({ key: "chats.mediaNotFound" });
    }
    expect(await read(id, { actor: { kind: "anonymous" }, isSigned: true })).toMatchObject({ text: "some words" });
    await expect(read("unknown", { isSigned: true })).rejects.toMatchObject({ key: "chats.mediaNotFound" });
  });

  it("are swept after a day unless a message carries them", async () => {
    const [sent, waiting, unused] = await Promise.all([1, 2, 3].map(() => upload(SAMPLE_PHOTOS.png)));
    if (!sent || !waiting || !unused) throw new Error("There are three");
    const bodyWith = ({ id }: { id: string }) => ({ ...sendBody.parse({ media: { id } }), chatId: String(ann) });
    expect(await sendNow(ctx(), bodyWith(sent))).toMatchObject({ message: { state: "sent" } });
    await account.stop();
    expect(await queueSend(ctx(), bodyWith(waiting))).toMatchObject({ message: { state: "queued" } });
    world.deps.clock.advance(DAY_MS + 1);
    await sweepUploads(ctx());
    expect(await describeFile(ctx(), sent.id)).toMatchObject({ expiresAt: null });
    expect(await describeFile(ctx(), waiting.id)).toMatchObject({ state: "ready" });
    await expect(describeFile(ctx(), unused.id)).rejects.toMatchObject({ key: "chats.mediaNotFound" });
    expect(world.deps.media.files.size).toBe(4);
  });

  it("of messages are fetched once, for all who ask at the same time, and kept", async () => {
    const { id, state } = await received();
    expect(state).toBe("remote");
    const goOn = telegram.hold("download");
    const reads = [read(id), read(id), read(id, { thumbnail: true }), read(id, { actor: keyWith("chats:read") })];
    await vi.waitFor(() => expect(telegram.countCalls("download")).toBe(2), { timeout: 15_000 });
    goOn();
    const document = { contentType: "text/plain", fileName: "words.txt", text: "some words" };
    const [first, second, thumb, third] = await Promise.all(reads);
    expect([first, second, third]).toEqual([document, document, document]);
    expect(thumb).toEqual({ ...document, contentType: "application/octet-stream", fileName: null });
    expect(await received()).toMatchObject({ id, state: "ready" });
    telegram.isAway = true;
    expect(await read(id)).toEqual(document);
    expect(telegram.countCalls("download")).toBe(2);
    await expect(read(id, { actor: asCustomer() })).rejects.toMatchObject({ key: "chats.mediaNotFound" });
  });

  it("of messages are gone with their message", async () => {
    const { id } = await received();
    await read(id);
    telegram.delete(me, ann, [1]);
    await vi.waitFor(() => expect(read(id)).rejects.toMatchObject({ key: "chats.mediaNotFound" }), { timeout: 15_000 });
    await sweepUploads(ctx());
    expect(await world.deps.db.$count(telegramFiles)).toBe(0);
    expect(world.deps.media.files.size).toBe(0);
  });

  it("that the store has lost are fetched again", async () => {
    const { id } = await received();
    await read(id);
    world.deps.media.files.clear();
    expect(await read(id)).toMatchObject({ text: "some words" });
  });

  it("tell why they cannot be fetched", async () => {
    const { id } = await received();
    telegram.failNextWith("download", "refused", "MEDIA_EMPTY");
    await expect(read(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    telegram.failNextWith("download", "refused", "CDN_METHOD_INVALID");
    await expect(read(id)).rejects.toMatchObject({
      code: "UPSTREAM_FAILED",
      params: { reason: "CDN_METHOD_INVALID" },
    });
    await world.deps.db.update(telegramSessions).set({ status: "EXPIRED" });
    await expect(read(id)).rejects.toMatchObject({
      code: "AUTH_EXPIRED",
      details: { accountId: account.accountId },
    });
  });

  it("of profiles are fetched under an address that changes with them, and replace the former", async () => {
    const photo = async () => {
      const { photoUrl } = await getChat(ctx(), chatInput.parse({ chatId: String(ann) }), { mustWork: true });
      return /media\/([^?]+)\?/.exec(photoUrl ?? "")?.[1] ?? "";
    };
    const id = await photo();
    expect(await describeFile(ctx(), id)).toMatchObject({ id, type: "photo", state: "remote" });
    expect(await read(id)).toEqual({ contentType: "image/jpeg", fileName: null, text: "photo 77" });
    await expect(read(id, { actor: asCustomer() })).rejects.toMatchObject({ key: "chats.mediaNotFound" });
    const other = id.replace(/77$/, "78");
    await expect(read(other)).rejects.toMatchObject({ key: "chats.mediaNotFound" });
    const user = telegram.world.users.get(ann);
    if (user) user.photoId = "78";
    expect(await read(other)).toMatchObject({ text: "photo 78" });
    expect(world.deps.media.files.size).toBe(1);
  });
});
