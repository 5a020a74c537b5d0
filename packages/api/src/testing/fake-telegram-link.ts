import {
  type ConnectOptions,
  type FinishedCall,
  type TelegramConnection,
  TelegramFailure,
} from "../chats/engine/port.ts";
import type { LoginToken, Peer, SignedIn, TelegramUser, UpdateBatch, UpdateState } from "../chats/engine/telegram.ts";
import type { FakeUser, FakeWorld } from "./fake-telegram-world.ts";

type Methods = {
  [Name in keyof TelegramConnection]: TelegramConnection[Name] extends (...args: never[]) => unknown ? Name : never;
};
export type TelegramMethod = Exclude<Methods[keyof TelegramConnection], "close">;

export interface FakeSession {
  name: string;
  userId: number | null;
  /** Whose code was right, or whose phone scanned: the password is missing. */
  waitingFor: number | null;
  /** Address of the QR code that is shown, or what became of it. */
  qr: string | "accepted" | "password" | null;
  endedBy: string | null;
}

/** What connections need of the Telegram that opened them. */
interface Home {
  readonly world: FakeWorld;
  isAway: boolean;
  sliceSize: number;
  tooLongAfter: number;
  readonly sessions: Map<string, FakeSession>;
  readonly connections: FakeLink[];
  arrive(
    method: TelegramMethod,
    userId: number | null,
  ): Promise<{ failure: TelegramFailure; after: boolean } | undefined>;
}

export const refuse = (reason: string): never => {
  throw new TelegramFailure("refused", reason);
};

/** A connection's life, and who is signed in. */
export class FakeLink {
  readonly session: string;
  readonly dataCentre = 2;
  isUp = true;
  readonly login: FakeSession;
  readonly options: ConnectOptions;
  protected readonly home: Home;
  /** What the call under way has changed; its answer carries it. */
  protected answer: UpdateBatch[] | null = null;
  readonly #closed = Promise.withResolvers<never>();

  constructor(home: Home, login: FakeSession, options: ConnectOptions) {
    this.home = home;
    this.login = login;
    this.#closed.promise.catch(() => {});
    this.session = login.name;
    this.options = options;
  }

  push(batch: UpdateBatch, isLost: boolean): void {
    if (this.answer) this.answer.push(batch);
    else if (this.isUp && !isLost) this.options.onUpdates(batch);
  }

  goDown(): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.options.onState("down");
  }

  goUp(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.options.onState("up");
  }

  interrupt(): void {
    this.goDown();
    this.goUp();
  }

  expire(reason: string): void {
    if (!this.home.connections.includes(this)) return;
    this.#forget();
    this.options.onExpired(reason);
  }

  async close(): Promise<void> {
    this.#forget();
  }

  #forget(): void {
    this.isUp = false;
    const index = this.home.connections.indexOf(this);
    if (index >= 0) this.home.connections.splice(index, 1);
    this.#closed.reject(new TelegramFailure("down", "CLOSED", { mayHaveHappened: true }));
  }

  protected get world(): FakeWorld {
    return this.home.world;
  }

  /** Of the signed-in user. */
  protected get me(): number {
    return this.login.userId ?? refuse("AUTH_KEY_UNREGISTERED");
  }

  /** What every call goes through. */
  protected async call<Result>(method: TelegramMethod, carryOut: () => Result): Promise<Result> {
    let outcome: FinishedCall["outcome"] = "ok";
    try {
      return await this.#call(method, carryOut);
    } catch (error) {
      outcome = error instanceof TelegramFailure ? error.kind : "down";
      throw error;
    } finally {
      this.options.onCall?.({ method, outcome, ms: 1 });
    }
  }

  async #call<Result>(method: TelegramMethod, carryOut: () => Result): Promise<Result> {
    const announced = await Promise.race([this.home.arrive(method, this.login.userId), this.#closed.promise]);
    if (!this.home.connections.includes(this)) throw new TelegramFailure("down", "CLOSED");
    if (announced && !announced.after) throw announced.failure;
    if (this.home.isAway || !this.isUp) throw new TelegramFailure("down", "TIMEOUT");
    if (this.login.endedBy !== null) {
      this.expire(this.login.endedBy);
      throw new TelegramFailure("expired", this.login.endedBy);
    }
    const answer: UpdateBatch[] = [];
    this.answer = answer;
    try {
      const result = carryOut();
      if (announced) throw announced.failure;
      for (const batch of answer) this.options.onUpdates(batch);
      return structuredClone(result);
    } finally {
      this.answer = null;
    }
  }

  /** @throws TelegramFailure unless the account knows the chat by this hash */
  protected chatOf({ chatId, accessHash }: Peer): number {
    const world = this.world;
    if (!world.users.has(chatId) && !world.groups.has(chatId)) return refuse("PEER_ID_INVALID");
    if (chatId !== this.me && accessHash !== world.accessHash(this.me, chatId)) return refuse("PEER_ID_INVALID");
    return chatId;
  }

  protected writable(peer: Peer): number {
    const chatId = this.chatOf(peer);
    const group = this.world.groups.get(chatId);
    if (group && !(group.canSend && group.memberIds.has(this.me))) return refuse("CHAT_WRITE_FORBIDDEN");
    return chatId;
  }

  #self(): TelegramUser {
    const user = this.world.users.get(this.me) ?? refuse("USER_DEACTIVATED");
    return this.world.viewUser(user.id, user);
  }

  #enter(user: FakeUser): SignedIn {
    if (user.password !== null) {
      this.login.waitingFor = user.id;
      return { kind: "password", hint: `As always, ${user.firstName}` };
    }
    this.login.userId = user.id;
    return { kind: "user", user: this.#self() };
  }

  #byPhone(phoneNumber: string): FakeUser {
    const digits = phoneNumber.replace(/\D/g, "");
    const user = [...this.world.users.values()].find((one) => one.phoneNumber === digits);
    return user ?? refuse("PHONE_NUMBER_INVALID");
  }

  sendCode(phoneNumber: string) {
    return this.call("sendCode", () => ({ codeHash: `hash-${this.#byPhone(phoneNumber).id}`, timeoutSeconds: 120 }));
  }

  signIn(input: { phoneNumber: string; codeHash: string; code: string }): Promise<SignedIn> {
    return this.call("signIn", () => {
      const user = this.#byPhone(input.phoneNumber);
      if (input.codeHash !== `hash-${user.id}`) return refuse("PHONE_CODE_EXPIRED");
      if (input.code !== user.code) return refuse("PHONE_CODE_INVALID");
      return this.#enter(user);
    });
  }

  checkPassword(password: string): Promise<TelegramUser> {
    return this.call("checkPassword", () => {
      const user = this.world.users.get(this.login.waitingFor ?? 0);
      if (!user || user.password !== password) return refuse("PASSWORD_HASH_INVALID");
      this.login.userId = user.id;
      return this.#self();
    });
  }

  exportLoginToken(): Promise<LoginToken> {
    return this.call("exportLoginToken", () => {
      const { qr, waitingFor } = this.login;
      const user = this.world.users.get(waitingFor ?? 0);
      if (user && (qr === "accepted" || qr === "password")) return this.#enter(user);
      const url = `tg://login?token=${this.world.nextId()}`;
      this.login.qr = url;
      return { kind: "token", url, expiresAt: this.world.now() + 30 };
    });
  }

  async logOut(): Promise<void> {
    await this.call("logOut", () => {
      this.home.sessions.delete(this.session);
    });
    this.#forget();
  }

  getMe(): Promise<TelegramUser> {
    return this.call("getMe", () => this.#self());
  }

  getState(): Promise<UpdateState> {
    return this.call("getState", () => this.state(this.world.boxOf(this.me).pts));
  }

  protected state(pts: number): UpdateState {
    return { pts, qts: 0, date: this.world.now(), seq: 0 };
  }
}
