import { Api } from "telegram/tl/index.js";
import type { Change, Chat } from "../state.ts";
import { toLong } from "../wire/tl.ts";
import { listEntries, readDifference, takePage } from "../world/history.ts";
import { countUnread } from "../world/messages.ts";
import { type Call, method } from "./method.ts";
import { toUpdates } from "./push.ts";
import type { View } from "./view.ts";

/** Nothing is numbered by `seq` here: it stands still. */
const SEQ = 1;
/** Seconds until a client may ask for a channel's difference again. */
const CHANNEL_TIMEOUT = 30;

export const updatesMethods = [
  method(Api.updates.GetState, (call) => toState(call)),
  method(Api.updates.GetDifference, getDifference),
  method(Api.updates.GetChannelDifference, getChannelDifference),
];

export function toState(call: Call, pts = call.account.box.pts): Api.updates.State {
  const chats = call.world.chatsOf(call.account);
  const unreadCount = chats.reduce((sum, chat) => sum + countUnread(call.world, chat, call.account), 0);
  return new Api.updates.State({ pts, qts: 0, date: call.now, seq: SEQ, unreadCount });
}

function getDifference(call: Call, request: Api.updates.GetDifference): Api.updates.TypeDifference {
  const difference = readDifference(call.account.box, request.pts, request.ptsLimit ?? undefined);
  if (difference.kind === "tooLong") return new Api.updates.DifferenceTooLong({ pts: call.account.box.pts });
  const stale = listStaleChannels(call, request.date);
  if (difference.kind === "empty" && stale.length === 0) {
    return new Api.updates.DifferenceEmpty({ date: call.now, seq: SEQ });
  }
  const view = call.view();
  const changes = difference.kind === "part" ? difference.changes : [];
  const fields = { ...toDifference(call, view, changes), newEncryptedMessages: [] };
  if (difference.kind === "part" && !difference.isFinal) {
    const intermediateState = toState(call, difference.pts);
    return new Api.updates.DifferenceSlice({ ...fields, ...view.peers(), intermediateState });
  }
  fields.otherUpdates.push(...stale.map((chat) => toChannelTooLong(view, chat)));
  return new Api.updates.Difference({ ...fields, ...view.peers(), state: toState(call) });
}

/** Channels in which something happened since then: their own differences tell what. */
function listStaleChannels(call: Call, since: number): Chat[] {
  const channels = call.world.chatsOf(call.account).filter(({ box }) => box !== null);
  return channels.filter(({ box }) => (box?.log.at(-1)?.at ?? 0) >= since);
}

function toChannelTooLong(view: View, chat: Chat): Api.UpdateChannelTooLong {
  view.peer(chat);
  return new Api.UpdateChannelTooLong({ channelId: toLong(chat.id), pts: chat.box?.pts });
}

/** A message that was also changed later is told once, as it is now. */
function toDifference(call: Call, view: View, changes: readonly Change[]) {
  const newMessages: Api.TypeMessage[] = [];
  const otherUpdates: Api.TypeUpdate[] = [];
  for (const change of changes) {
    const chat = call.world.chat(change.chat);
    if (chat === undefined) continue;
    for (const update of toUpdates(view, chat, change)) {
      const isNew = update instanceof Api.UpdateNewMessage || update instanceof Api.UpdateNewChannelMessage;
      if (isNew) newMessages.push(update.message);
      else if (!(update instanceof Api.UpdateMessageReactions)) otherUpdates.push(update);
    }
  }
  return { newMessages, otherUpdates };
}

function getChannelDifference(
  call: Call,
  request: Api.updates.GetChannelDifference,
): Api.updates.TypeChannelDifference {
  const chat = call.channel(request.channel);
  const box = chat.box ?? call.account.box;
  const difference = readDifference(box, request.pts, request.limit);
  if (difference.kind === "empty") {
    return new Api.updates.ChannelDifferenceEmpty({ final: true, pts: box.pts, timeout: CHANNEL_TIMEOUT });
  }
  const view = call.view();
  if (difference.kind === "tooLong") {
    const entries = takePage(listEntries(call.world, chat, call.account), { limit: request.limit });
    const messages = entries.map(({ message }) => view.message(chat, message));
    const dialog = view.dialog(chat);
    const fields = { final: true, timeout: CHANNEL_TIMEOUT, dialog, messages };
    return new Api.updates.ChannelDifferenceTooLong({ ...fields, ...view.peers() });
  }
  const fields = toDifference(call, view, difference.changes);
  const position = { final: difference.isFinal, pts: difference.pts, timeout: CHANNEL_TIMEOUT };
  return new Api.updates.ChannelDifference({ ...position, ...fields, ...view.peers() });
}
