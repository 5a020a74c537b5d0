import { createHash } from "node:crypto";
import type { Account, Box, Change, Chat, Dialog, Message, MtprotoHost, Person, Plain, Scheduled } from "../state.ts";

/** Messages kept of a chat, and changes kept of a box; the oldest are forgotten. */
const KEPT_MESSAGES = 20_000;
const KEPT_CHANGES = 20_000;

/** What an account's clients hear of. */
export type Signal =
  | { kind: "change"; chat: Chat; change: Change }
  | { kind: "channelRead"; chat: Chat; direction: "inbox" | "outbox"; maxId: number; unread: number }
  | { kind: "typing"; chat: Chat; personId: number; action: Plain }
  | { kind: "draft"; chat: Chat }
  | { kind: "dialog"; chat: Chat; dialog: Dialog }
  | { kind: "scheduled"; chat: Chat; scheduled: Scheduled }
  | { kind: "unscheduled"; chat: Chat; ids: number[]; sentIds: number[] }
  | { kind: "contact"; person: Person }
  | { kind: "status"; person: Person };

export interface Notice {
  account: Account;
  signal: Signal;
  /** The connection that caused it: its answer tells it. Undefined for what people do. */
  origin: unknown;
}

export type WorldHost = Pick<MtprotoHost, "state" | "unixNow" | "changed" | "emit">;

export interface Located {
  chat: Chat;
  message: Message;
}

/** People, chats and boxes of messages: look-ups, and the few primitives by which they change. Knows no TL. */
export class World {
  readonly host: WorldHost;
  readonly #listeners = new Set<(notice: Notice) => void>();
  #people = new Map<number, Person>();
  #accounts = new Map<number, Account>();
  #chats = new Map<string, Chat>();
  /** By box, then by the id there. */
  #messages = new Map<string, Map<number, Located>>();
  #byUid = new Map<number, Located>();
  /** The two of each private chat. */
  readonly #pairs = new WeakMap<Chat, number[]>();

  constructor(host: WorldHost) {
    this.host = host;
    this.index();
  }

  /** Reads the state anew, after it was replaced. */
  index(): void {
    const { people, accounts, chats } = this.host.state;
    this.#people = new Map(people.map((one) => [one.id, one]));
    this.#accounts = new Map(accounts.map((one) => [one.personId, one]));
    this.#chats = new Map(chats.map((one) => [one.key, one]));
    this.#messages = new Map();
    this.#byUid = new Map();
    for (const chat of chats) for (const message of chat.messages) this.#remember(chat, message);
  }

  subscribe(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(account: Account, signal: Signal, origin?: unknown): void {
    for (const listener of this.#listeners) listener({ account, signal, origin });
  }

  /** To be called after every change. */
  changed(): void {
    this.host.changed();
    this.host.emit({ type: "mtproto" });
  }

  takeId(): number {
    return this.host.state.nextId++;
  }

  person(id: number): Person | undefined {
    return this.#people.get(id);
  }

  findPerson(matches: (person: Person) => boolean): Person | undefined {
    return this.host.state.people.find(matches);
  }

  account(id: number | null): Account | undefined {
    return id === null ? undefined : this.#accounts.get(id);
  }

  /** `phone` in any form. */
  accountByPhone(phone: string): Account | undefined {
    const digits = phone.replace(/\D/g, "");
    const person = digits === "" ? undefined : this.findPerson((one) => one.phone === digits);
    return person && this.#accounts.get(person.id);
  }

  addPerson(person: Person): Person {
    this.host.state.people.push(person);
    this.#people.set(person.id, person);
    return person;
  }

  addAccount(account: Account): Account {
    this.host.state.accounts.push(account);
    this.#accounts.set(account.personId, account);
    return account;
  }

  chat(key: string): Chat | undefined {
    return this.#chats.get(key);
  }

  addChat(chat: Chat): Chat {
    this.host.state.chats.push(chat);
    this.#chats.set(chat.key, chat);
    return chat;
  }

  /** The chat of two people, begun if there was none; of one person with themselves when both are the same. */
  privateChat(a: number, b: number): Chat {
    const key = `u${Math.min(a, b)}-${Math.max(a, b)}`;
    return this.#chats.get(key) ?? this.addChat(createChat({ key, kind: "private", createdAt: this.host.unixNow }));
  }

  /** Ids of the people in it. */
  peopleIn(chat: Chat): number[] {
    if (chat.kind !== "private") return chat.members.map(({ personId }) => personId);
    const pair = this.#pairs.get(chat) ?? [...new Set(chat.key.slice(1).split("-").map(Number))];
    this.#pairs.set(chat, pair);
    return pair;
  }

  /** The other one of a private chat, or oneself in the chat with oneself. */
  otherIn(chat: Chat, personId: number): number {
    return this.peopleIn(chat).find((id) => id !== personId) ?? personId;
  }

  has(chat: Chat, personId: number): boolean {
    return this.peopleIn(chat).includes(personId);
  }

  accountsIn(chat: Chat): Account[] {
    return this.peopleIn(chat).flatMap((id) => this.#accounts.get(id) ?? []);
  }

  chatsOf(account: Account): Chat[] {
    return this.host.state.chats.filter((chat) => this.has(chat, account.personId));
  }

  /** Names the box that holds this account's ids of the chat's messages. */
  boxKey(chat: Chat, account: Account): string {
    return chat.box === null ? String(account.personId) : chat.key;
  }

  /** Every box that the chat's messages are in. */
  boxesOf(chat: Chat): { key: string; box: Box; accounts: Account[] }[] {
    const accounts = this.accountsIn(chat);
    if (chat.box !== null) return [{ key: chat.key, box: chat.box, accounts }];
    return accounts.map((account) => ({ key: String(account.personId), box: account.box, accounts: [account] }));
  }

  /** A message by its id in a box. */
  locate(boxKey: string, id: number): Located | undefined {
    return this.#messages.get(boxKey)?.get(id);
  }

  locateUid(uid: number | null | undefined): Located | undefined {
    return uid === null || uid === undefined ? undefined : this.#byUid.get(uid);
  }

  dialog(chat: Chat, account: Account): Dialog {
    chat.dialogs[account.personId] ??= createDialog();
    return chat.dialogs[account.personId] as Dialog;
  }

  /** Everybody who has a chat with the person sees it. */
  setOnline(person: Person, isOnline: boolean): void {
    Object.assign(person, { isOnline, seenAt: this.host.unixNow });
    for (const account of this.host.state.accounts) {
      const key = `u${Math.min(person.id, account.personId)}-${Math.max(person.id, account.personId)}`;
      const isNear = account.personId !== person.id && this.#chats.has(key);
      if (isNear) this.notify(account, { kind: "status", person });
    }
    this.changed();
  }

  /** A name for the peer that this account alone may use; strangers to it cannot guess it. Signed 64 bits. */
  accessHash(account: Account, peer: string): bigint {
    const text = `${this.host.state.secret}:${account.personId}:${peer}`;
    return createHash("sha256").update(text).digest().readBigInt64LE();
  }

  /** Puts a message at the end of a chat and gives it an id in every box. */
  append(chat: Chat, message: Message): void {
    for (const { key, box } of this.boxesOf(chat)) message.ids[key] ??= box.nextMessageId++;
    chat.messages.push(message);
    this.#remember(chat, message);
    if (chat.messages.length <= KEPT_MESSAGES) return;
    for (const oldest of chat.messages.splice(0, KEPT_MESSAGES / 10)) this.#forget(oldest);
  }

  /** Takes a message out of some boxes, and out of the chat when none is left. */
  remove({ chat, message }: Located, boxKeys: readonly string[]): void {
    for (const key of boxKeys) {
      const id = message.ids[key];
      if (id !== undefined) this.#messages.get(key)?.delete(id);
      delete message.ids[key];
    }
    if (Object.keys(message.ids).length > 0) return;
    chat.messages.splice(chat.messages.indexOf(message), 1);
    this.#byUid.delete(message.uid);
  }

  /** Enters a change in a box's log and tells the accounts. */
  record(
    { box, accounts }: { box: Box; accounts: readonly Account[] },
    { chat, count, ...what }: Omit<Change, "pts" | "at" | "chat"> & { chat: Chat },
    origin?: unknown,
  ): Change {
    box.pts += count;
    const change: Change = { ...what, count, pts: box.pts, at: this.host.unixNow, chat: chat.key };
    box.log.push(change);
    if (box.log.length > KEPT_CHANGES) box.log.splice(0, KEPT_CHANGES / 10);
    for (const account of accounts) this.notify(account, { kind: "change", chat, change }, origin);
    return change;
  }

  #remember(chat: Chat, message: Message): void {
    this.#byUid.set(message.uid, { chat, message });
    for (const [key, id] of Object.entries(message.ids)) {
      const byId = this.#messages.get(key) ?? new Map<number, Located>();
      this.#messages.set(key, byId.set(id, { chat, message }));
    }
  }

  #forget({ uid, ids }: Message): void {
    this.#byUid.delete(uid);
    for (const [key, id] of Object.entries(ids)) this.#messages.get(key)?.delete(id);
  }
}

export function createChat(given: Pick<Chat, "key" | "kind" | "createdAt"> & Partial<Chat>): Chat {
  const isChannel = given.kind === "channel" || given.kind === "supergroup";
  return {
    id: 0,
    title: "",
    username: null,
    about: "",
    photo: null,
    isForum: false,
    members: [],
    topics: [],
    box: isChannel ? createBox() : null,
    messages: [],
    dialogs: {},
    scheduled: [],
    ...given,
  };
}

export function createBox(): Box {
  return { pts: 1, nextMessageId: 1, log: [] };
}

function createDialog(): Dialog {
  return {
    readInbox: 0,
    readOutbox: 0,
    isPinned: false,
    isMarkedUnread: false,
    mutedUntil: 0,
    isArchived: false,
    draft: null,
  };
}
