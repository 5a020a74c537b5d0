import { generateKeyPairSync } from "node:crypto";
import { buffer } from "node:stream/consumers";
import {
  type ConnectOptions,
  type OutgoingMedia,
  type OutgoingMessage,
  type TelegramConnection,
  TelegramFailure,
} from "@pult/api/chats/engine/port.ts";
import type { Peer } from "@pult/api/chats/engine/telegram.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { type DataCentreUnderTest, startDataCentre } from "@pult/sandbox/mtproto/testing.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createGramjs, type GramjsOptions } from "./clients.ts";
import { parseServerKey } from "./server-key.ts";

const ACCOUNT = 6_900_000_001;
const PHONE = "99966200100";
const FRIEND = 6_900_000_102;

let centre: DataCentreUnderTest;
const opened: TelegramConnection[] = [];
beforeAll(async () => {
  centre = await startDataCentre();
});
beforeEach(() => centre.sandbox.reset());
afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
});
afterAll(() => centre.close());

const ownCentre = () => {
  const [host = "", port] = centre.address.split(":");
  return { host, port: Number(port), key: parseServerKey(centre.publicKeyPem) };
};

async function open(given: Partial<ConnectOptions> = {}, times: GramjsOptions["times"] = {}) {
  const heard = { states: [] as string[], expired: [] as string[], sessions: [] as string[] };
  const connection = await createGramjs({ dataCentre: ownCentre(), times }).connect({
    api: { id: 1, hash: "0".repeat(32) },
    session: null,
    device: "Test",
    onUpdates: () => {},
    onState: (state) => heard.states.push(state),
    onExpired: (reason) => heard.expired.push(reason),
    onSession: (session) => heard.sessions.push(session),
    ...given,
  });
  opened.push(connection);
  return { connection, ...heard };
}

async function signIn(connection: TelegramConnection): Promise<Peer> {
  const { codeHash } = await connection.sendCode(PHONE);
  await connection.signIn({ phoneNumber: PHONE, codeHash, code: centre.actions.signInCode(ACCOUNT) });
  const friend = (await connection.getContacts()).find(({ id }) => id === FRIEND);
  return { chatId: FRIEND, accessHash: friend?.accessHash ?? null };
}

test("tells of its calls by Telegram's names", async () => {
  const calls: string[] = [];
  const { connection } = await open({ onCall: ({ method, outcome }) => calls.push(`${method} ${outcome}`) });
  await signIn(connection);
  await connection.resolve({ username: "no_such_name" }).catch(() => {});
  expect(calls).toEqual([
    "auth.sendCode ok",
    "auth.signIn ok",
    "contacts.getContacts ok",
    "contacts.resolveUsername refused",
  ]);
});

let lastRandomId = 0;
const messageTo = (peer: Peer, given: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  ...{
    peer,
    text: "",
    entities: [],
    mentioned: {},
    replyToMessageId: null,
    media: [],
    scheduleDate: null,
    silent: false,
  },
  randomIds: (given.media ?? [null]).map(() => String(++lastRandomId)),
  ...given,
});

const fileOf = (bytes: Buffer, fileName = "a.bin"): OutgoingMedia => ({
  ...{ kind: "upload", type: "document", fileName, mimeType: "application/x-test", sizeBytes: bytes.length },
  ...{ width: null, height: null, durationSeconds: null, spoiler: false },
  read: async function* () {
    yield bytes;
  },
});

const newestOf = async (connection: TelegramConnection, peer: Peer) =>
  (await connection.getHistory({ peer, offsetId: 0, offsetDate: 0, limit: 1 })).messages[0];

async function failureOf(call: Promise<unknown>): Promise<TelegramFailure> {
  const error = await call.then(
    () => new Error("It did not fail"),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(TelegramFailure);
  return error as TelegramFailure;
}

describe("A connection of gramjs", () => {
  test("notices that the other side has gone silent, and comes back", async () => {
    const { connection, states } = await open({}, { pingMs: 60 });
    await vi.waitFor(() => expect(states).toEqual(["up"]), { timeout: 15_000 });
    centre.actions.connections("freeze");
    await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), { timeout: 10_000 });
    expect(connection.isUp).toBe(true);
  });

  test("ends with a key that the data centre no longer knows", async () => {
    const { connection, expired } = await open();
    const { session } = connection;
    centre.actions.connections("forgetKeys");
    expect(await failureOf(connection.getMe())).toMatchObject({ kind: "expired", reason: "AUTH_KEY_UNKNOWN" });
    expect(expired).toEqual(["AUTH_KEY_UNKNOWN"]);
    expect(await failureOf(open({ session }))).toMatchObject({ kind: "expired", reason: "AUTH_KEY_UNKNOWN" });
  });

  test("is not opened where no data centre answers, and trusts no other key", async () => {
    const clients = createGramjs({ dataCentre: { ...ownCentre(), port: 1 } });
    const hooks = { onUpdates: () => {}, onState: () => {}, onExpired: () => {}, onSession: () => {} };
    const options = { api: { id: 1, hash: "0".repeat(32) }, session: null, device: "Test", ...hooks };
    const unreachable = { kind: "down", reason: "TIMEOUT", mayHaveHappened: false };
    expect(await failureOf(clients.connect(options))).toMatchObject(unreachable);
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = parseServerKey(String(publicKey.export({ type: "spki", format: "pem" })));
    const wary = createGramjs({ dataCentre: { ...ownCentre(), key } });
    expect(await failureOf(wary.connect(options))).toMatchObject({
      ...unreachable,
      cause: expect.objectContaining({ message: expect.stringContaining("valid key") }),
    });
  });

  test("follows Telegram to another data centre, and says what to keep", async () => {
    const { connection, sessions } = await open();
    const former = connection.session;
    centre.actions.plan({ method: "auth.sendCode", kind: "error", error: "PHONE_MIGRATE_4" });
    await signIn(connection);
    expect(connection.dataCentre).toBe(4);
    expect(sessions.at(-1)).toBe(connection.session);
    expect(connection.session).not.toBe(former);
    const again = await open({ session: connection.session });
    expect(again.connection.dataCentre).toBe(4);
    expect(await again.connection.getMe()).toMatchObject({ id: ACCOUNT });
  });

  test("goes on when the salts change", async () => {
    const { connection } = await open();
    await signIn(connection);
    centre.actions.connections("rotateSalts");
    expect(await connection.getMe()).toMatchObject({ id: ACCOUNT });
  });
});

describe("A call through gramjs", () => {
  test("is given up at its deadline, and when its signal says so", async () => {
    const { connection } = await open({}, { callMs: 300 });
    const friend = await signIn(connection);
    const late = { kind: "down", reason: "TIMEOUT", mayHaveHappened: true };
    centre.actions.plan({ method: "*", kind: "delay", ms: 60_000, times: 2 });
    expect(await failureOf(connection.getMe())).toMatchObject(late);
    const signal = AbortSignal.timeout(20);
    expect(await failureOf(connection.send(messageTo(friend, { text: "Hi" }), { signal }))).toMatchObject(late);
  });

  test("that never left is not sent later", async () => {
    const { connection, states } = await open({}, { callMs: 200 });
    const friend = await signIn(connection);
    centre.sandbox.setFaults({ mtprotoDown: true });
    await vi.waitFor(() => expect(states.at(-1)).toBe("down"), { timeout: 15_000 });
    const failure = await failureOf(connection.send(messageTo(friend, { text: "Too late" })));
    expect(failure).toMatchObject({ kind: "down", mayHaveHappened: false });
    centre.sandbox.setFaults({ mtprotoDown: false });
    await vi.waitFor(() => expect(connection.isUp).toBe(true), { timeout: 10_000 });
    expect(await newestOf(connection, friend)).not.toMatchObject({ text: "Too late" });
  });

  test("that is refused takes no other one with it", async () => {
    const { connection } = await open();
    const friend = await signIn(connection);
    centre.actions.plan({ method: "messages.sendMessage", kind: "error", error: "CHAT_WRITE_FORBIDDEN" });
    const refused = failureOf(connection.send(messageTo(friend, { text: "No" })));
    const others = [connection.send(messageTo(friend, { text: "Yes" })), connection.getMe(), connection.getState()];
    expect(await refused).toMatchObject({ kind: "refused", reason: "CHAT_WRITE_FORBIDDEN" });
    expect(await Promise.all(others)).toMatchObject([{ messages: [{ text: "Yes" }] }, { id: ACCOUNT }, {}]);
  });

  test("that reads is repeated after a drop", async () => {
    const { connection } = await open();
    const friend = await signIn(connection);
    centre.actions.plan({ method: "messages.getHistory", kind: "drop", when: "before" });
    expect(await newestOf(connection, friend)).toMatchObject({ chatId: FRIEND });
  });
});

describe("Files through gramjs", () => {
  test("are found again when their place went stale, and at another data centre", async () => {
    const { connection } = await open();
    const friend = await signIn(connection);
    const bytes = Buffer.from("some bytes");
    const { messages } = await connection.send(messageTo(friend, { media: [fileOf(bytes)] }));
    const place = { peer: friend, messageId: messages[0]?.id ?? 0, thumbnail: false };
    for (const error of ["FILE_REFERENCE_EXPIRED", "FILE_MIGRATE_4"])
      centre.actions.plan({ method: "upload.getFile", kind: "error", error });
    expect((await buffer(connection.download(place))).equals(bytes)).toBe(true);
    centre.actions.plan({ method: "upload.getFile", kind: "error", error: "FLOOD_WAIT_3" });
    expect(await failureOf(buffer(connection.download(place)))).toMatchObject({ kind: "flood", waitSeconds: 3 });
  });

  test("of an album arrive as one, in the order of their ids", async () => {
    const { connection } = await open();
    const friend = await signIn(connection);
    const media = ["a", "b"].map((name) => fileOf(Buffer.from(name), `${name}.bin`));
    const { messages } = await connection.send(messageTo(friend, { media, text: "Two" }));
    expect(messages.map((message) => message?.media?.fileName)).toEqual(["a.bin", "b.bin"]);
    expect(messages.map((message) => message?.text)).toEqual(["Two", ""]);
    expect(messages[0]?.groupId).not.toBeNull();
    expect(messages[0]?.groupId).toBe(messages[1]?.groupId);
  });

  test("show a person, and a picture small and whole", async () => {
    const { connection } = await open();
    const friend = await signIn(connection);
    const { photoId } = (await connection.getContacts()).find(({ id }) => id === FRIEND) ?? {};
    const portrait = await buffer(connection.downloadPhoto({ peer: friend, photoId: photoId ?? "" }));
    expect(portrait.length).toBeGreaterThan(100);
    const upload = { field: "photo", name: "a.png", mime: "image/png", bytes: Buffer.from(SAMPLE_PHOTOS.png) };
    centre.actions.write({ from: FRIEND, to: ACCOUNT }, { photos: [upload] });
    const message = await newestOf(connection, friend);
    expect(message?.media).toMatchObject({ type: "photo", hasThumbnail: true });
    const place = { peer: friend, messageId: message?.id ?? 0 };
    for (const thumbnail of [true, false])
      expect((await buffer(connection.download({ ...place, thumbnail }))).length).toBeGreaterThan(0);
  });

  test("are not sent when they are not as long as they were said to be", async () => {
    const { connection } = await open();
    const friend = await signIn(connection);
    const short = { ...fileOf(Buffer.from("short")), sizeBytes: 10 } as OutgoingMedia;
    const failure = await failureOf(connection.send(messageTo(friend, { media: [short] })));
    expect(failure).toMatchObject({ kind: "refused", reason: "FILE_PARTS_INVALID" });
  });
});
