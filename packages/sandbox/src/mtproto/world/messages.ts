import type { Account, Change, Chat, Message, Plain } from "../state.ts";
import type { Located, World } from "./world.ts";

/** What a new message says; what is left out is empty. */
export type Draft = Pick<Message, "fromId"> & Partial<Omit<Message, "uid" | "ids">>;

/** How a call's own answer learns of the change in its account's box. */
export interface Done {
  message: Message;
  /** In the box of the account that acts; undefined when it has none there. */
  change: Change | undefined;
}

export function createMessage(world: World, draft: Draft): Message {
  return {
    uid: world.takeId(),
    date: world.host.unixNow,
    editedAt: null,
    text: "",
    entities: [],
    media: null,
    replyTo: null,
    topic: null,
    forward: null,
    album: null,
    reactions: [],
    action: null,
    isSilent: false,
    fromScheduled: false,
    ids: {},
    ...draft,
  };
}

/** Posts a message and tells everybody in the chat, except the connection that sends it. */
export function post(world: World, at: { chat: Chat; origin?: unknown }, draft: Draft | Message): Done {
  const { chat, origin } = at;
  const message = "uid" in draft ? draft : createMessage(world, draft);
  world.append(chat, message);
  const change = recordAll(world, { chat, origin, message, kind: "message" });
  world.changed();
  return { message, change };
}

export interface Edit {
  text?: string;
  entities?: Plain[];
  media?: Message["media"];
}

export function edit(world: World, at: Located & { origin?: unknown; by: number | null }, change: Edit): Done {
  const { message } = at;
  Object.assign(message, change, { editedAt: world.host.unixNow });
  const done = { message, change: recordAll(world, { ...at, kind: "edit" }) };
  world.changed();
  return done;
}

/** Sets or, with null, takes back a person's reaction. */
export function react(world: World, at: Located & { origin?: unknown; by: number }, emoji: string | null): Done {
  const { message, by } = at;
  message.reactions = message.reactions.filter(({ personId }) => personId !== by);
  if (emoji !== null) message.reactions.push({ personId: by, emoji, at: world.host.unixNow });
  const done = { message, change: recordAll(world, { ...at, kind: "reactions" }) };
  world.changed();
  return done;
}

/** @returns the change in the box of `by`, else of the message's author */
function recordAll(
  world: World,
  {
    chat,
    message,
    kind,
    origin,
    by,
  }: Located & { kind: "message" | "edit" | "reactions"; origin?: unknown; by?: number | null },
): Change | undefined {
  const actor = by ?? message.fromId;
  let own: Change | undefined;
  for (const target of world.boxesOf(chat)) {
    if (message.ids[target.key] === undefined) continue;
    const change = world.record(target, { chat, kind, uid: message.uid, count: 1 }, origin);
    if (chat.box !== null || target.accounts[0]?.personId === actor) own = change;
  }
  return own;
}

/** Deletes messages of one chat: for everybody, or in the box of one account only. */
export function remove(
  world: World,
  at: { chat: Chat; origin?: unknown; onlyFor?: Account; by?: Account },
  messages: readonly Message[],
): Change | undefined {
  const { chat, onlyFor, by = onlyFor } = at;
  let own: Change | undefined;
  for (const target of world.boxesOf(chat)) {
    if (onlyFor !== undefined && chat.box === null && target.accounts[0] !== onlyFor) continue;
    const ids = messages.flatMap((message) => message.ids[target.key] ?? []);
    if (ids.length === 0) continue;
    for (const message of messages) world.remove({ chat, message }, [target.key]);
    const change = world.record(target, { chat, kind: "delete", ids, count: ids.length }, at.origin);
    if (by !== undefined && target.accounts.includes(by)) own = change;
  }
  world.changed();
  return own;
}

/** A person has read the chat up to and with a message. Never moves back. @returns the reader's own change, if they have a box */
export function read(
  world: World,
  at: { chat: Chat; by: number; origin?: unknown },
  upTo: Message,
): Change | undefined {
  const own = readInbox(world, at, upTo);
  for (const account of world.accountsIn(at.chat)) {
    if (account.personId !== at.by) readOutbox(world, { chat: at.chat, account }, upTo);
  }
  world.changed();
  return own;
}

function readInbox(world: World, at: { chat: Chat; by: number; origin?: unknown }, upTo: Message): Change | undefined {
  const { chat, by, origin } = at;
  const account = world.account(by);
  if (account === undefined) return undefined;
  const dialog = world.dialog(chat, account);
  const maxId = upTo.ids[world.boxKey(chat, account)] ?? 0;
  if (maxId <= dialog.readInbox) return undefined;
  dialog.readInbox = maxId;
  dialog.isMarkedUnread = false;
  const unread = countUnread(world, chat, account);
  if (chat.box !== null) {
    world.notify(account, { kind: "channelRead", chat, direction: "inbox", maxId, unread }, origin);
    return undefined;
  }
  const target = { box: account.box, accounts: [account] };
  return world.record(target, { chat, kind: "readInbox", maxId, unread, count: 1 }, origin);
}

/** Tells an author how far others have read. */
function readOutbox(world: World, { chat, account }: { chat: Chat; account: Account }, upTo: Message): void {
  const key = world.boxKey(chat, account);
  const newest = chat.messages.findLast(
    ({ uid, fromId, ids }) => uid <= upTo.uid && fromId === account.personId && ids[key] !== undefined,
  );
  const maxId = newest?.ids[key] ?? 0;
  const dialog = world.dialog(chat, account);
  if (maxId <= dialog.readOutbox) return;
  dialog.readOutbox = maxId;
  if (chat.box !== null) {
    world.notify(account, { kind: "channelRead", chat, direction: "outbox", maxId, unread: 0 });
  } else {
    world.record({ box: account.box, accounts: [account] }, { chat, kind: "readOutbox", maxId, count: 1 });
  }
}

/** Messages of others that the account has not read. */
export function countUnread(world: World, chat: Chat, account: Account): number {
  const { readInbox } = world.dialog(chat, account);
  const key = world.boxKey(chat, account);
  let unread = 0;
  for (let at = chat.messages.length - 1; at >= 0; at--) {
    const message = chat.messages[at];
    const id = message?.ids[key];
    if (id === undefined) continue;
    if (id <= readInbox) break;
    if (message?.fromId !== account.personId) unread++;
  }
  return unread;
}
