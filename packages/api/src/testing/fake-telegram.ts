import {
  type ConnectOptions,
  type FailureKind,
  type TelegramClients,
  type TelegramConnection,
  TelegramFailure,
} from "../chats/engine/port.ts";
import { markChannel, markGroup, type TelegramMessage, type TypingAction } from "../chats/engine/telegram.ts";
import { changeMessage, deleteMessages, fireScheduled, postMessage, readUpTo } from "./fake-telegram-actions.ts";
import { FakeConnection } from "./fake-telegram-connection.ts";
import type { FakeSession, TelegramMethod } from "./fake-telegram-link.ts";
import { type FakeContent, type FakeGroup, type FakeUser, FakeWorld } from "./fake-telegram-world.ts";

/** Telegram in memory. It refuses what Telegram refuses; failures of other kinds are told to it beforehand. */
export class FakeTelegram implements TelegramClients {
  readonly world: FakeWorld;
  readonly sessions = new Map<string, FakeSession>();
  /** Open ones, oldest first. */
  readonly connections: FakeConnection[] = [];
  /** Every call in the order of arrival, also those that failed. */
  readonly calls: { method: TelegramMethod; userId: number | null }[] = [];
  /** While set, `connect` and every call fail with `down`. */
  isAway = false;
  /** While set, nothing is pushed; what answers of calls carry arrives all the same. */
  losesPushes = false;
  /** At most this many updates in one difference. */
  sliceSize = 100;
  /** More than this many missed updates are too long a difference. */
  tooLongAfter = 1_000;
  readonly #failures: { method: TelegramMethod; failure: TelegramFailure; after: boolean }[] = [];
  readonly #held = new Map<TelegramMethod, PromiseWithResolvers<void>>();

  /** @param now in Unix seconds */
  constructor(now: () => number = () => Math.floor(Date.now() / 1000)) {
    this.world = new FakeWorld(now);
    this.world.onPush = (userId, batch) => {
      for (const connection of this.#openOf(userId)) connection.push(batch, this.losesPushes);
    };
  }

  async connect(options: ConnectOptions): Promise<TelegramConnection> {
    if (this.isAway) throw new TelegramFailure("down", "TIMEOUT");
    const name = options.session ?? `session-${this.world.nextId()}`;
    const session = this.sessions.get(name) ?? { name, userId: null, waitingFor: null, qr: null, endedBy: null };
    if (session.endedBy === "AUTH_KEY_UNKNOWN" || (options.session !== null && !this.sessions.has(name)))
      throw new TelegramFailure("expired", "AUTH_KEY_UNKNOWN");
    this.sessions.set(name, session);
    const connection = new FakeConnection(this, session, options);
    this.connections.push(connection);
    setImmediate(() => connection.isUp && options.onState("up"));
    return connection;
  }

  addUser(given: Partial<FakeUser> = {}): FakeUser {
    const id = given.id ?? this.world.nextId();
    const user: FakeUser = {
      id,
      firstName: `User ${id}`,
      lastName: null,
      username: null,
      phoneNumber: `1000000${id}`,
      code: "12345",
      password: null,
      isBot: false,
      photoId: null,
      contactIds: new Set(),
      contactNames: new Map(),
      ...given,
    };
    this.world.users.set(id, user);
    return user;
  }

  addGroup(given: { type: FakeGroup["type"]; memberIds: readonly number[] } & Partial<Omit<FakeGroup, "memberIds">>) {
    const id = this.world.nextId();
    const chatId = given.type === "group" ? markGroup(id) : markChannel(id);
    const memberIds = new Set(given.memberIds);
    const group: FakeGroup = { chatId, title: `Group ${id}`, username: null, canSend: true, ...given, memberIds };
    this.world.groups.set(chatId, group);
    return group;
  }

  /** A session that is signed in. @returns what `connect` takes */
  signIn(userId: number): string {
    const name = `session-${this.world.nextId()}`;
    this.sessions.set(name, { name, userId, waitingFor: null, qr: null, endedBy: null });
    return name;
  }

  /** A person writes to another, or into a group. @returns the message as the author sees it */
  write(fromId: number, toChatId: number, content: string | FakeContent): TelegramMessage {
    const given = typeof content === "string" ? { text: content } : content;
    return postMessage(this.world, { authorId: fromId, chatId: toChatId, ...given });
  }

  /** @param id as `userId` sees it */
  edit(userId: number, chatId: number, id: number, content: FakeContent): void {
    changeMessage(this.world, { userId, chatId, id }, content);
  }

  delete(userId: number, chatId: number, ids: readonly number[]): void {
    deleteMessages(this.world, { userId, chatId, ids, forEveryone: true });
  }

  read(userId: number, chatId: number, maxId = Number.MAX_SAFE_INTEGER): void {
    readUpTo(this.world, { userId, chatId, maxId });
  }

  type(fromId: number, toUserId: number, action: TypingAction | "cancel" = "typing"): void {
    this.world.pushBody(toUserId, { type: "typing", chatId: fromId, userId: fromId, action });
  }

  /** Sends what is scheduled until now. */
  fireScheduled(): void {
    fireScheduled(this.world);
  }

  /** The phone scans the QR code and accepts it. */
  acceptLogin(url: string, userId: number): void {
    const session = [...this.sessions.values()].find(({ qr }) => qr === url);
    if (!session) throw new Error("There is no such login token");
    const user = this.world.users.get(userId);
    session.waitingFor = userId;
    session.qr = user?.password === null ? "accepted" : "password";
    const update = { channelId: null, pts: null, ptsCount: 0, qts: null, type: "loginToken" } as const;
    for (const connection of this.connections.filter(({ login }) => login === session))
      connection.options.onUpdates({ users: [], groups: [], updates: [update], seq: null, date: this.world.now() });
  }

  /**
   * Telegram ends the sessions of a user. An unknown key shows at once and at `connect`; everything else after a reconnect, at the first
   * call.
   */
  expire(userId: number, reason = "AUTH_KEY_UNREGISTERED"): void {
    for (const session of this.sessions.values()) if (session.userId === userId) session.endedBy = reason;
    for (const connection of this.#openOf(userId)) {
      if (reason === "AUTH_KEY_UNKNOWN") connection.expire(reason);
      else connection.interrupt();
    }
  }

  /** Connections of a user drop, and come back. Without `back` they stay away until `restore`. */
  drop(userId: number, { back = true } = {}): void {
    for (const connection of this.#openOf(userId)) {
      if (back) connection.interrupt();
      else connection.goDown();
    }
  }

  restore(userId: number): void {
    for (const connection of this.#openOf(userId)) connection.goUp();
  }

  /** The next call of this method throws this. @param after whether Telegram carries it out first: the answer is lost */
  failNext(method: TelegramMethod, failure: TelegramFailure, { after = false } = {}): void {
    this.#failures.push({ method, failure, after });
  }

  failNextWith(method: TelegramMethod, kind: FailureKind, reason: string, waitSeconds = 0): void {
    this.failNext(method, new TelegramFailure(kind, reason, { waitSeconds }));
  }

  /** Calls of this method wait until the returned function is called. */
  hold(method: TelegramMethod): () => void {
    const held = Promise.withResolvers<void>();
    this.#held.set(method, held);
    return () => {
      this.#held.delete(method);
      held.resolve();
    };
  }

  countCalls(method: TelegramMethod): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  /** For connections: records a call, and says what was announced for it. */
  async arrive(method: TelegramMethod, userId: number | null) {
    this.calls.push({ method, userId });
    await this.#held.get(method)?.promise;
    const index = this.#failures.findIndex((failure) => failure.method === method);
    const [announced] = index < 0 ? [] : this.#failures.splice(index, 1);
    return announced;
  }

  #openOf(userId: number): FakeConnection[] {
    return this.connections.filter(({ login }) => login.userId === userId);
  }
}
