import { buffer } from "node:stream/consumers";
import { describe, expect, vi } from "vitest";
import {
  type OutgoingMessage,
  type TelegramClients,
  type TelegramConnection,
  TelegramFailure,
} from "../../chats/engine/port.ts";
import type { Peer, TelegramUpdate, UpdateBatch } from "../../chats/engine/telegram.ts";
import { type ContractTest, contractOf } from "./contract.ts";

export interface TelegramPeer extends Partial<AsyncDisposable> {
  clients: TelegramClients;
  api: { id: number; hash: string };
  /** Linked without a password. It knows the friend; no one has written yet. */
  account: { id: number; phoneNumber: string };
  /** Linked with a password. */
  guarded: { id: number; phoneNumber: string; password: string };
  friendId: number;
  /** A supergroup in which both are. */
  supergroupId: number;
  /** That Telegram sent last. */
  codeOf(phoneNumber: string): string;
  /** The phone of an account scans a QR code. */
  scan(url: string, userId: number): void;
  friendWrites(text: string, chatId?: number): void;
  /** Every connection is cut; new ones are accepted. */
  interrupt(): void;
  /** Telegram refuses the next call to send with this error of its own. */
  refuseNextSend(reason: string): void;
  /** The next message is sent, and the answer never arrives. */
  loseNextAnswer(): void;
  /** Calls to send are never answered from now on. */
  holdSends(): void;
  /** Ends the account's sessions. */
  revoke(): void;
}

/** What every `TelegramClients` must do. @param start a fresh peer for each test */
export function describeTelegramClients(name: string, start: () => Promise<TelegramPeer>): void {
  describe(`Telegram clients contract: ${name}`, () => {
    const it = contractOf(start);
    describeSigningIn(it);
    describeMessages(it);
    describeUpdates(it);
    describeFailures(it);
  });
}

/** A connection with what it reported. */
async function open(peer: TelegramPeer, session: string | null = null) {
  const batches: UpdateBatch[] = [];
  const states: ("up" | "down")[] = [];
  const expired: string[] = [];
  const connection = await peer.clients.connect({
    api: peer.api,
    session,
    device: "Pult contract",
    onUpdates: (batch) => batches.push(batch),
    onState: (state) => states.push(state),
    onExpired: (reason) => expired.push(reason),
    onSession: () => {},
  });
  const updates = () => batches.flatMap((batch) => batch.updates);
  const texts = () => updates().flatMap((update) => (update.type === "message" ? [update.message.text] : []));
  const closing = { [Symbol.asyncDispose]: () => connection.close() };
  return { connection, batches, states, expired, updates, texts, ...closing };
}

async function openSignedIn(peer: TelegramPeer) {
  const opened = await open(peer);
  const { phoneNumber } = peer.account;
  const { codeHash } = await opened.connection.sendCode(phoneNumber);
  await opened.connection.signIn({ phoneNumber, codeHash, code: peer.codeOf(phoneNumber) });
  const friend = (await opened.connection.getContacts()).find(({ id }) => id === peer.friendId);
  return { ...opened, friend: { chatId: peer.friendId, accessHash: friend?.accessHash ?? null } satisfies Peer };
}

async function supergroupOf(peer: TelegramPeer, connection: TelegramConnection) {
  const page = await connection.getDialogs({ after: null, limit: 20, isArchived: false });
  const group = page.groups.find(({ chatId }) => chatId === peer.supergroupId);
  const dialog = page.dialogs.find(({ chatId }) => chatId === peer.supergroupId);
  return { peer: { chatId: peer.supergroupId, accessHash: group?.accessHash ?? null }, pts: dialog?.pts ?? 0 };
}

const textTo = (peer: Peer, text: string, given: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  ...{ peer, text, entities: [], mentioned: {}, replyToMessageId: null, media: [] },
  ...{ randomIds: [String(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER))], scheduleDate: null, silent: false },
  ...given,
});

async function failureOf(call: Promise<unknown>): Promise<TelegramFailure> {
  const error = await call.then(
    () => new Error("It did not fail"),
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(TelegramFailure);
  return error as TelegramFailure;
}

function describeSigningIn(it: ContractTest<TelegramPeer>): void {
  it("signs in by code, and opens the kept session without one", async ({ peer }) => {
    await using first = await open(peer);
    const { phoneNumber, id } = peer.account;
    const { codeHash } = await first.connection.sendCode(phoneNumber);
    const signIn = (code: string) => first.connection.signIn({ phoneNumber, codeHash, code });
    expect(await failureOf(signIn("00000"))).toMatchObject({ kind: "refused", reason: "PHONE_CODE_INVALID" });
    const signedIn = await signIn(peer.codeOf(phoneNumber));
    expect(signedIn).toMatchObject({ kind: "user", user: { id, isSelf: true } });
    const { session } = first.connection;
    await first.connection.close();
    await using second = await open(peer, session);
    expect(await second.connection.getMe()).toMatchObject({ id });
    expect(await second.connection.getDevices()).toMatchObject([{ isCurrent: true }]);
    expect(second.expired).toEqual([]);
  });

  it("asks for the password, and refuses a wrong one", async ({ peer }) => {
    await using opened = await open(peer);
    const { connection } = opened;
    const { phoneNumber, password, id } = peer.guarded;
    const { codeHash } = await connection.sendCode(phoneNumber);
    const answer = await connection.signIn({ phoneNumber, codeHash, code: peer.codeOf(phoneNumber) });
    expect(answer).toMatchObject({ kind: "password" });
    const refusal = await failureOf(connection.checkPassword(`${password}!`));
    expect(refusal).toMatchObject({ kind: "refused", reason: "PASSWORD_HASH_INVALID" });
    expect(await connection.checkPassword(password)).toMatchObject({ id });
  });

  it("signs in by QR code, and says when it was scanned", async ({ peer }) => {
    await using opened = await open(peer);
    const token = await opened.connection.exportLoginToken();
    expect(token).toMatchObject({ kind: "token", url: expect.stringMatching(/^tg:\/\/login\?token=[\w-]+$/) });
    peer.scan(token.kind === "token" ? token.url : "", peer.account.id);
    await vi.waitFor(() => expect(opened.updates()).toMatchObject([{ type: "loginToken" }]), { timeout: 15_000 });
    const user = { id: peer.account.id };
    expect(await opened.connection.exportLoginToken()).toMatchObject({ kind: "user", user });
  });

  it("refuses an unknown phone number", async ({ peer }) => {
    await using opened = await open(peer);
    const refusal = await failureOf(opened.connection.sendCode("99900000"));
    expect(refusal).toMatchObject({ kind: "refused", reason: "PHONE_NUMBER_INVALID" });
  });
}

function describeMessages(it: ContractTest<TelegramPeer>): void {
  it("sends once, and reports the message with its pts before the call resolves", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, friend } = opened;
    const { pts } = await connection.getState();
    const message = textTo(friend, "Привет 👍", { entities: [{ type: "bold", offset: 0, length: 6 }] });
    const sent = await connection.send(message);
    const [randomId] = message.randomIds;
    const own = { text: "Привет 👍", chatId: friend.chatId, isOutgoing: true, entities: message.entities };
    expect(sent.messages).toMatchObject([own]);
    expect(opened.updates()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: "sent", randomId, id: sent.messages[0]?.id }),
        expect.objectContaining({ type: "message", pts: pts + 1, ptsCount: 1, message: expect.objectContaining(own) }),
      ]),
    );
    expect(await connection.send(message)).toEqual({ messages: [null] });
    const history = await connection.getHistory({ peer: friend, offsetId: 0, offsetDate: 0, limit: 10 });
    expect(history.messages).toMatchObject([own]);
  });

  it("edits and deletes, and pages through history", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, friend } = opened;
    const ids: number[] = [];
    for (const text of ["one", "two", "three"])
      ids.push((await connection.send(textTo(friend, text))).messages[0]?.id ?? 0);
    const [first = 0, second = 0, third = 0] = ids;
    await connection.edit({ peer: friend, id: second, text: "zwei", entities: [], mentioned: {} });
    await connection.delete({ peer: friend, ids: [first], forEveryone: true });
    const newest = await connection.getHistory({ peer: friend, offsetId: 0, offsetDate: 0, limit: 1 });
    expect(newest).toMatchObject({ messages: [{ id: third }], totalCount: 2 });
    const older = await connection.getHistory({ peer: friend, offsetId: third, offsetDate: 0, limit: 10 });
    expect(older.messages).toMatchObject([{ id: second, text: "zwei", editedDate: expect.any(Number) }]);
    expect(older.users).toEqual(expect.arrayContaining([expect.objectContaining({ id: friend.chatId })]));
    const kinds = opened.updates().filter(({ pts }) => pts !== null);
    expect(kinds.map(({ type }) => type)).toEqual(["message", "message", "message", "edited", "deleted"]);
  });

  it("marks as read, reacts and forwards, and reports each", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, friend } = opened;
    peer.friendWrites("hello");
    await vi.waitFor(() => expect(opened.texts()).toEqual(["hello"]), { timeout: 15_000 });
    const { pts } = await connection.getState();
    const { messages } = await connection.getHistory({ peer: friend, offsetId: 0, offsetDate: 0, limit: 1 });
    const { id = 0 } = messages[0] ?? {};
    await connection.markRead({ peer: friend, maxId: id });
    expect(opened.updates().at(-1)).toMatchObject({
      type: "readInbox",
      chatId: friend.chatId,
      maxId: id,
      pts: pts + 1,
    });
    await connection.react({ peer: friend, id, emoji: "👍" });
    const mine = { emoji: "👍", isMine: true };
    expect(opened.updates()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: "reactions", id, reactions: [expect.objectContaining(mine)] }),
      ]),
    );
    const self = { chatId: peer.account.id, accessHash: null };
    const forwarded = await connection.forward({ from: friend, to: self, ids: [id], randomIds: ["4711"] });
    const own = { text: "hello", chatId: peer.account.id, forwardFromId: peer.friendId };
    expect(forwarded.messages).toMatchObject([own]);
    const [dialog] = (await connection.getPeerDialogs([friend])).dialogs;
    expect(dialog).toMatchObject({ chatId: friend.chatId, topMessageId: id, unreadCount: 0, readInboxMaxId: id });
  });

  it("finds people, groups and words", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, friend } = opened;
    await connection.send(textTo(friend, "Where is the needle?"));
    await connection.send(textTo(friend, "In the hay"));
    const found = await connection.search({ peer: friend, query: "needle", offsetId: 0, limit: 10 });
    expect(found).toMatchObject({ messages: [{ text: "Where is the needle?" }], totalCount: 1 });
    const person = await connection.getFullChat(friend);
    expect(person.users).toContainEqual(expect.objectContaining({ id: peer.friendId, isContact: true }));
    peer.friendWrites("news", peer.supergroupId);
    const group = await supergroupOf(peer, connection);
    const full = await connection.getFullChat(group.peer);
    expect(full).toMatchObject({ memberCount: expect.any(Number), bio: null });
    expect(full.groups).toMatchObject([{ chatId: peer.supergroupId, type: "supergroup", canSend: true }]);
  });

  it("puts a person into the address book, renames them there and takes them out", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, friend } = opened;
    const found = async () => (await connection.getContacts()).find(({ id }) => id === peer.friendId);
    const name = { firstName: "Anna", lastName: "Petrova" };
    for (const _ of ["once", "again"]) await connection.saveContact({ peer: friend, ...name });
    expect(await found()).toMatchObject({ ...name, isContact: true });
    for (const _ of ["once", "again"]) await connection.removeContact(friend);
    expect(await found()).toBeUndefined();
    const refusal = await failureOf(connection.saveContact({ peer: friend, firstName: "", lastName: "" }));
    expect(refusal).toMatchObject({ kind: "refused", reason: "CONTACT_NAME_EMPTY" });
  });

  it("uploads a file in parts, and downloads it from a place in it", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, friend } = opened;
    const bytes = Buffer.from(Uint8Array.from({ length: 600_000 }, (_, at) => (at * 7) % 251));
    const file = { kind: "upload", type: "document", fileName: "a.bin", mimeType: "application/x-test" } as const;
    const about = { sizeBytes: bytes.length, width: null, height: null, durationSeconds: null, spoiler: false };
    const read = async function* () {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    };
    const { messages } = await connection.send(textTo(friend, "caption", { media: [{ ...file, ...about, read }] }));
    const media = { type: "document", fileName: "a.bin", mimeType: "application/x-test", sizeBytes: bytes.length };
    expect(messages).toMatchObject([{ text: "caption", media }]);
    const place = { peer: friend, messageId: messages[0]?.id ?? 0, thumbnail: false };
    expect((await buffer(connection.download(place))).equals(bytes)).toBe(true);
    const rest = await buffer(connection.download({ ...place, start: 530_001 }));
    expect(rest.equals(bytes.subarray(530_001))).toBe(true);
  });

  it("refuses a chat by the wrong hash, and a stranger by name", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection } = opened;
    const wrong = { chatId: peer.friendId, accessHash: "1" };
    const refusal = await failureOf(connection.send(textTo(wrong, "Hi")));
    expect(refusal).toMatchObject({ kind: "refused", reason: "PEER_ID_INVALID" });
    const unknown = await failureOf(connection.resolve({ username: "no_such_name_1" }));
    expect(unknown).toMatchObject({ kind: "refused", reason: "USERNAME_NOT_OCCUPIED" });
  });

  it("leaves a scheduled message with Telegram until it is taken back", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, friend } = opened;
    const scheduleDate = Math.floor(Date.now() / 1000) + 3_600;
    const { messages } = await connection.send(textTo(friend, "later", { scheduleDate }));
    expect(messages).toMatchObject([{ text: "later", scheduleDate }]);
    expect(opened.updates()).toEqual(expect.arrayContaining([expect.objectContaining({ type: "scheduled" })]));
    expect((await connection.getScheduled(friend)).messages).toMatchObject([{ text: "later", scheduleDate }]);
    await connection.deleteScheduled({ peer: friend, ids: [messages[0]?.id ?? 0] });
    expect((await connection.getScheduled(friend)).messages).toEqual([]);
  });
}

const countedOf = (updates: readonly TelegramUpdate[]) => updates.filter(({ pts }) => pts !== null);

function describeUpdates(it: ContractTest<TelegramPeer>): void {
  it("delivers messages in order with gapless pts, and with their sender", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { pts } = await opened.connection.getState();
    const texts = Array.from({ length: 20 }, (_, at) => `message ${at}`);
    for (const text of texts) peer.friendWrites(text);
    await vi.waitFor(() => expect(opened.texts()).toEqual(texts), { timeout: 15_000 });
    const counted = countedOf(opened.updates());
    expect(counted.map((update) => update.pts)).toEqual(texts.map((_, at) => pts + 1 + at));
    const sender = { chatId: peer.friendId, senderId: peer.friendId, isOutgoing: false };
    expect(counted[0]).toMatchObject({ channelId: null, ptsCount: 1, message: sender });
  });

  it("reports an interruption, and hands over what was missed meanwhile", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, states } = opened;
    const from = await connection.getState();
    await vi.waitFor(() => expect(states).toEqual(["up"]), { timeout: 15_000 });
    peer.interrupt();
    for (const text of ["one", "two", "three"]) peer.friendWrites(text);
    await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), { timeout: 5_000 });
    const difference = await connection.getDifference(from);
    if (difference.kind !== "last") throw new Error(`It is ${difference.kind}`);
    const { updates, users } = difference.batch;
    const missed = updates.flatMap((update) => (update.type === "message" ? [update.message.text] : []));
    expect(missed).toEqual(["one", "two", "three"]);
    expect(difference.state.pts).toBe(from.pts + 3);
    expect(users).toEqual(expect.arrayContaining([expect.objectContaining({ id: peer.friendId, isMin: false })]));
    expect(await connection.getDifference(difference.state)).toMatchObject({ kind: "none" });
  });

  it("counts a channel by itself", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection } = opened;
    peer.friendWrites("first", peer.supergroupId);
    await vi.waitFor(() => expect(opened.texts()).toEqual(["first"]), { timeout: 15_000 });
    const group = await supergroupOf(peer, connection);
    const account = await connection.getState();
    peer.friendWrites("second", peer.supergroupId);
    await vi.waitFor(() => expect(opened.texts()).toEqual(["first", "second"]), { timeout: 15_000 });
    expect(countedOf(opened.updates()).at(-1)).toMatchObject({ channelId: peer.supergroupId, pts: group.pts + 1 });
    expect(await connection.getState()).toMatchObject({ pts: account.pts });
    const difference = await connection.getChannelDifference(group);
    expect(difference).toMatchObject({
      ...{ kind: "part", isLast: true, pts: group.pts + 1 },
      batch: { updates: [{ type: "message", message: { text: "second", senderId: peer.friendId } }] },
    });
  });
}

function describeFailures(it: ContractTest<TelegramPeer>): void {
  it("says how long to wait, and what Telegram refused", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const send = () => failureOf(opened.connection.send(textTo(opened.friend, "Hi")));
    peer.refuseNextSend("FLOOD_WAIT_7");
    expect(await send()).toMatchObject({ kind: "flood", reason: "FLOOD_WAIT_7", waitSeconds: 7 });
    peer.refuseNextSend("PEER_FLOOD");
    expect(await send()).toMatchObject({ kind: "refused", reason: "PEER_FLOOD" });
    peer.refuseNextSend("INTERNAL");
    expect(await send()).toMatchObject({ kind: "down", reason: "INTERNAL", mayHaveHappened: true });
    expect(await opened.connection.getMe()).toMatchObject({ id: peer.account.id });
  });

  it("does not know what became of a message whose answer is lost, and sends it once", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    const { connection, friend, states } = opened;
    await vi.waitFor(() => expect(states).toEqual(["up"]), { timeout: 15_000 });
    const message = textTo(friend, "once");
    peer.loseNextAnswer();
    expect(await failureOf(connection.send(message))).toMatchObject({ kind: "down", mayHaveHappened: true });
    await vi.waitFor(() => expect(connection.isUp).toBe(true), { timeout: 5_000 });
    expect(await connection.send(message)).toEqual({ messages: [null] });
    const history = await connection.getHistory({ peer: friend, offsetId: 0, offsetDate: 0, limit: 10 });
    expect(history.messages.map(({ text }) => text)).toEqual(["once"]);
  });

  it("says once that the session has ended", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    peer.revoke();
    const failure = await vi.waitFor(() => failureOnceBack(opened.connection), { timeout: 5_000 });
    expect(failure.kind).toBe("expired");
    expect(opened.expired).toEqual([failure.reason]);
    expect(await failureOf(opened.connection.getMe())).not.toMatchObject({ kind: "refused" });
    expect(opened.expired).toHaveLength(1);
  });

  it("fails what is under way when it is closed", async ({ peer }) => {
    await using opened = await openSignedIn(peer);
    peer.holdSends();
    const failing = failureOf(opened.connection.send(textTo(opened.friend, "Hi")));
    await opened.connection.close();
    expect(await failing).toMatchObject({ kind: "down" });
    expect(await failureOf(opened.connection.getMe())).toMatchObject({ kind: "down" });
  });
}

/** @throws while the connection is not back */
async function failureOnceBack(connection: TelegramConnection): Promise<TelegramFailure> {
  const failure = await failureOf(connection.getMe());
  expect(failure.kind).not.toBe("down");
  return failure;
}
