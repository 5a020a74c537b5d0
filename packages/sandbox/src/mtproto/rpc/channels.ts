import { Api } from "telegram/tl/index.js";
import type { Chat } from "../state.ts";
import { toLong } from "../wire/tl.ts";
import { listEntries } from "../world/history.ts";
import { countUnread } from "../world/messages.ts";
import { type Call, method } from "./method.ts";
import type { View } from "./view.ts";

const TOPIC_COLOUR = 0x6fb9f0;

/** Groups, channels and forums. */
export const channelMethods = [
  method(Api.messages.GetChats, (call, { id }) => {
    const chats = id.map((one) => call.chat(new Api.InputPeerChat({ chatId: one })));
    return new Api.messages.Chats({ chats: chats.map((chat) => call.view().chat(chat)) });
  }),
  method(Api.channels.GetChannels, (call, { id }) => {
    return new Api.messages.Chats({ chats: id.map((input) => call.view().chat(call.channel(input))) });
  }),
  method(Api.messages.GetFullChat, getFullChat),
  method(Api.channels.GetFullChannel, getFullChannel),
  method(Api.channels.GetParticipants, getParticipants),
  method(Api.channels.GetForumTopics, (call, { channel, q, limit }) => {
    const chat = call.channel(channel);
    const topics = chat.topics.filter(({ title }) => title.toLowerCase().includes((q ?? "").toLowerCase()));
    return answerTopics(call, chat, topics.slice(0, limit || topics.length));
  }),
  method(Api.channels.GetForumTopicsByID, (call, { channel, topics }) => {
    const chat = call.channel(channel);
    const wanted = chat.topics.filter(({ uid }) => topics.includes(topicId(call, chat, uid)));
    return answerTopics(call, chat, wanted);
  }),
];

function settings(call: Call, chat: Chat): Api.PeerNotifySettings {
  const { mutedUntil } = call.world.dialog(chat, call.account);
  return new Api.PeerNotifySettings({ muteUntil: mutedUntil || undefined });
}

function getFullChat(call: Call, { chatId }: Api.messages.GetFullChat): Api.messages.ChatFull {
  const chat = call.chat(new Api.InputPeerChat({ chatId }));
  const view = call.view();
  view.peer(chat);
  const creator = chat.members.find(({ role }) => role === "creator")?.personId ?? call.account.personId;
  const participants = chat.members.map(({ personId, joinedAt, role }) => {
    const { userId } = view.person(personId);
    if (role === "creator") return new Api.ChatParticipantCreator({ userId });
    return new Api.ChatParticipant({ userId, inviterId: toLong(creator), date: joinedAt });
  });
  const fullChat = new Api.ChatFull({
    id: chatId,
    about: chat.about,
    participants: new Api.ChatParticipants({ chatId, participants, version: participants.length }),
    chatPhoto: view.media.findPhoto(chat.photo),
    notifySettings: settings(call, chat),
  });
  return new Api.messages.ChatFull({ fullChat, ...view.peers() });
}

function getFullChannel(call: Call, { channel }: Api.channels.GetFullChannel): Api.messages.ChatFull {
  const chat = call.channel(channel);
  const view = call.view();
  view.peer(chat);
  const { readInbox, readOutbox } = call.world.dialog(chat, call.account);
  const fullChat = new Api.ChannelFull({
    id: toLong(chat.id),
    about: chat.about,
    participantsCount: chat.members.length,
    canViewParticipants: chat.kind === "supergroup",
    readInboxMaxId: readInbox,
    readOutboxMaxId: readOutbox,
    unreadCount: countUnread(call.world, chat, call.account),
    chatPhoto: view.media.findPhoto(chat.photo) ?? new Api.PhotoEmpty({ id: toLong(0) }),
    notifySettings: settings(call, chat),
    botInfo: [],
    pts: chat.box?.pts ?? 0,
  });
  return new Api.messages.ChatFull({ fullChat, ...view.peers() });
}

function getParticipants(call: Call, request: Api.channels.GetParticipants): Api.channels.ChannelParticipants {
  const chat = call.channel(request.channel);
  const view = call.view();
  view.peer(chat);
  const page = chat.members.slice(request.offset, request.offset + Math.min(request.limit, 200));
  const participants = page.map(({ personId, joinedAt, role }) => {
    const { userId } = view.person(personId);
    if (role === "creator")
      return new Api.ChannelParticipantCreator({ userId, adminRights: new Api.ChatAdminRights({}) });
    return new Api.ChannelParticipant({ userId, date: joinedAt });
  });
  return new Api.channels.ChannelParticipants({ count: chat.members.length, participants, ...view.peers() });
}

/** A topic is named by the message that began it. */
function topicId(call: Call, chat: Chat, uid: number): number {
  const found = call.world.locateUid(uid);
  return found ? call.view().id(chat, found.message) : 0;
}

function answerTopics(call: Call, chat: Chat, list: Chat["topics"]): Api.messages.ForumTopics {
  const view = call.view();
  view.peer(chat);
  const rows = list.map((topic) => toTopic(call, { chat, view }, topic));
  const fields = { count: chat.topics.length, topics: rows.map(({ topic }) => topic), pts: chat.box?.pts ?? 0 };
  return new Api.messages.ForumTopics({ ...fields, messages: rows.flatMap(({ top }) => top), ...view.peers() });
}

function toTopic(
  call: Call,
  { chat, view }: { chat: Chat; view: View },
  { uid, title, isClosed }: Chat["topics"][number],
) {
  const entries = listEntries(call.world, chat, call.account).filter(
    ({ message }) => message.topic === uid || message.uid === uid,
  );
  const { readInbox, readOutbox } = call.world.dialog(chat, call.account);
  const root = call.world.locateUid(uid)?.message;
  const [newest] = entries;
  const topic = new Api.ForumTopic({
    id: topicId(call, chat, uid),
    date: root?.date ?? chat.createdAt,
    title,
    closed: isClosed,
    iconColor: TOPIC_COLOUR,
    topMessage: newest?.id ?? 0,
    readInboxMaxId: readInbox,
    readOutboxMaxId: readOutbox,
    unreadCount: entries.filter(({ id }) => id > readInbox).length,
    unreadMentionsCount: 0,
    unreadReactionsCount: 0,
    fromId: view.person(root?.fromId ?? call.account.personId),
    notifySettings: new Api.PeerNotifySettings({}),
  });
  return { topic, top: newest ? [view.message(chat, newest.message)] : [] };
}
