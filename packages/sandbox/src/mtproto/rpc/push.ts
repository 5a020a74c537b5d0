import { Api } from "telegram/tl/index.js";
import type { Change, Chat, Message } from "../state.ts";
import { toLong } from "../wire/tl.ts";
import type { Signal } from "../world/world.ts";
import { fromPlain } from "./plain.ts";
import type { View } from "./view.ts";

/** An account's own updates for a change, with its `pts`. Empty when its message is gone. */
export function toUpdates(view: View, chat: Chat, change: Change): Api.TypeUpdate[] {
  const { kind, pts, count: ptsCount } = change;
  const position = { pts, ptsCount };
  const channelId = toLong(chat.id);
  if (kind === "delete") {
    const messages = change.ids ?? [];
    if (chat.box === null) return [new Api.UpdateDeleteMessages({ messages, ...position })];
    return [new Api.UpdateDeleteChannelMessages({ channelId, messages, ...position })];
  }
  if (kind === "readInbox" || kind === "readOutbox") {
    const read = { peer: view.peer(chat), maxId: change.maxId ?? 0, ...position };
    if (kind === "readOutbox") return [new Api.UpdateReadHistoryOutbox(read)];
    return [new Api.UpdateReadHistoryInbox({ ...read, stillUnreadCount: change.unread ?? 0 })];
  }
  const message = view.find(change.uid);
  const msgId = message ? view.id(chat, message) : 0;
  if (message === undefined || msgId === 0) return [];
  const shown = { message: view.message(chat, message, { editHide: kind === "reactions" }), ...position };
  if (kind === "message") return [chat.box ? new Api.UpdateNewChannelMessage(shown) : new Api.UpdateNewMessage(shown)];
  const edited = chat.box ? new Api.UpdateEditChannelMessage(shown) : new Api.UpdateEditMessage(shown);
  if (kind === "edit") return [edited];
  // Reactions have no place of their own in the sequence: an edit without a mark holds it.
  return [new Api.UpdateMessageReactions({ peer: view.peer(chat), msgId, reactions: view.reactions(message) }), edited];
}

/** What a signal looks like on the wire; undefined when there is nothing left to tell. */
export function toPush(view: View, signal: Signal, date: number): Api.TypeUpdates | undefined {
  if (signal.kind === "change") {
    const short = toShortMessage(view, signal.chat, signal.change);
    if (short !== undefined) return short;
  }
  return wrap(view, toSignalUpdates(view, signal), date);
}

/** `Updates` with everybody mentioned in them; undefined for none. */
export function wrap(view: View, updates: Api.TypeUpdate[], date: number): Api.Updates | undefined {
  if (updates.length === 0) return undefined;
  return new Api.Updates({ updates, ...view.peers(), date, seq: 0 });
}

/**
 * Plain text in a private chat arrives in the short form, except the first message: a client must know the person already.
 */
function toShortMessage(view: View, chat: Chat, { kind, uid, pts, count }: Change): Api.UpdateShortMessage | undefined {
  if (kind !== "message" || chat.kind !== "private") return undefined;
  const message = view.find(uid);
  const isFirst = chat.messages.length < 2;
  if (message === undefined || isFirst || !isPlainText(message)) return undefined;
  const other = Number(
    chat.key
      .slice(1)
      .split("-")
      .find((id) => id !== String(view.account.personId)),
  );
  if (Number.isNaN(other)) return undefined;
  return new Api.UpdateShortMessage({
    out: message.fromId === view.account.personId,
    silent: message.isSilent,
    id: view.id(chat, message),
    userId: toLong(other),
    message: message.text,
    pts,
    ptsCount: count,
    date: message.date,
  });
}

function isPlainText(message: Message): boolean {
  const { action, media, forward, replyTo, entities, album, fromScheduled } = message;
  return !action && !media && !forward && !replyTo && !album && !fromScheduled && entities.length === 0;
}

function toSignalUpdates(view: View, signal: Signal): Api.TypeUpdate[] {
  switch (signal.kind) {
    case "change":
      return toUpdates(view, signal.chat, signal.change);
    case "channelRead":
      return [toChannelRead(signal)];
    case "typing":
      return [toTyping(view, signal)];
    case "draft": {
      const draft = view.draft(signal.chat) ?? new Api.DraftMessageEmpty({});
      return [new Api.UpdateDraftMessage({ peer: view.peer(signal.chat), draft })];
    }
    case "dialog":
      return toDialogUpdates(view, signal);
    case "scheduled": {
      const { id, message } = signal.scheduled;
      return [new Api.UpdateNewScheduledMessage({ message: view.message(signal.chat, message, { id }) })];
    }
    case "unscheduled": {
      const { chat, ids: messages, sentIds } = signal;
      const sentMessages = sentIds.length > 0 ? sentIds : undefined;
      return [new Api.UpdateDeleteScheduledMessages({ peer: view.peer(chat), messages, sentMessages })];
    }
    case "contact":
      return [new Api.UpdatePeerSettings({ peer: view.person(signal.person.id), settings: new Api.PeerSettings({}) })];
    case "status":
      return [new Api.UpdateUserStatus({ userId: toLong(signal.person.id), status: view.status(signal.person) })];
  }
}

function toChannelRead({ chat, direction, maxId, unread }: Extract<Signal, { kind: "channelRead" }>): Api.TypeUpdate {
  const channelId = toLong(chat.id);
  if (direction === "outbox") return new Api.UpdateReadChannelOutbox({ channelId, maxId });
  return new Api.UpdateReadChannelInbox({ channelId, maxId, stillUnreadCount: unread, pts: chat.box?.pts ?? 0 });
}

function toTyping(view: View, { chat, personId, action: plain }: Extract<Signal, { kind: "typing" }>): Api.TypeUpdate {
  const action = fromPlain<Api.TypeSendMessageAction>(plain);
  if (chat.kind === "private") return new Api.UpdateUserTyping({ userId: view.person(personId).userId, action });
  const fromId = view.person(personId);
  if (chat.kind === "group") return new Api.UpdateChatUserTyping({ chatId: toLong(chat.id), fromId, action });
  return new Api.UpdateChannelUserTyping({ channelId: toLong(chat.id), fromId, action });
}

function toDialogUpdates(view: View, { chat, dialog }: Extract<Signal, { kind: "dialog" }>): Api.TypeUpdate[] {
  const peer = view.peer(chat);
  const dialogPeer = new Api.DialogPeer({ peer });
  return [
    new Api.UpdateDialogPinned({ pinned: dialog.isPinned, peer: dialogPeer }),
    new Api.UpdateDialogUnreadMark({ unread: dialog.isMarkedUnread, peer: dialogPeer }),
    new Api.UpdateNotifySettings({
      peer: new Api.NotifyPeer({ peer }),
      notifySettings: new Api.PeerNotifySettings({ muteUntil: dialog.mutedUntil }),
    }),
  ];
}
