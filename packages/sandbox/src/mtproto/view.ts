import type {
  SandboxMtproto,
  SandboxMtprotoAccount,
  SandboxMtprotoChat,
  SandboxMtprotoChatRow,
  SandboxMtprotoMessage,
} from "./control.ts";
import type { Account, Chat, Message, MtprotoState, Person, StoredFile } from "./state.ts";

const SHOWN_MESSAGES = 100;
const SHOWN_CHATS = 60;

/** The data centre as the page shows it. */
export function viewMtproto(state: MtprotoState): { mtproto: SandboxMtproto } {
  const newest = (chat: Chat) => chat.messages.at(-1)?.uid ?? 0;
  const chats = [...state.chats].sort((a, b) => newest(b) - newest(a)).slice(0, SHOWN_CHATS);
  return {
    mtproto: {
      accounts: state.accounts.map((account) => viewAccount(state, account)),
      people: state.people.map(({ id, username, phone, isBot, ...names }) => {
        return { id, name: nameOf(names), username, phone, isBot };
      }),
      chats: chats.map((chat) => viewRow(state, chat)),
    },
  };
}

function nameOf({ firstName, lastName }: Pick<Person, "firstName" | "lastName">): string {
  return `${firstName} ${lastName}`.trim();
}

function viewAccount(state: MtprotoState, { personId, password, codes, restriction }: Account): SandboxMtprotoAccount {
  const sessions = state.authKeys.filter(({ accountId }) => accountId === personId);
  return {
    personId,
    phone: state.people.find(({ id }) => id === personId)?.phone ?? "",
    password,
    code: codes.at(-1)?.value ?? null,
    restriction,
    sessions: sessions.map(({ hash, device, activeAt }) => ({ hash, device: device.model, activeAt: toIso(activeAt) })),
  };
}

function viewRow(state: MtprotoState, chat: Chat): SandboxMtprotoChatRow {
  const ids = chat.kind === "private" ? new Set(chat.key.slice(1).split("-").map(Number)) : [];
  const people = [...ids, ...chat.members.map(({ personId }) => personId)];
  const names = people.flatMap((id) => state.people.find((one) => one.id === id) ?? []).map(nameOf);
  return {
    key: chat.key,
    kind: chat.kind,
    title: chat.title || names.join(", "),
    people,
    topics: chat.topics.map(({ uid, title }) => ({ uid, title })),
    latest: viewMessages(state, chat, 1)[0] ?? null,
  };
}

/** A chat with its latest messages. */
export function viewChat(state: MtprotoState, chat: Chat): SandboxMtprotoChat {
  return {
    ...viewRow(state, chat),
    messages: viewMessages(state, chat, SHOWN_MESSAGES),
    scheduled: chat.scheduled.map(({ accountId, dueAt, message }) => {
      return { uid: message.uid, accountId, text: message.text, dueAt: toIso(dueAt) };
    }),
  };
}

function viewMessages(state: MtprotoState, chat: Chat, count: number): SandboxMtprotoMessage[] {
  return chat.messages.slice(-count).map((message) => viewMessage(state, chat, message));
}

function viewMessage(state: MtprotoState, chat: Chat, message: Message): SandboxMtprotoMessage {
  const { uid, fromId, text, replyTo, topic, album, reactions, action, date, editedAt, ids } = message;
  const readBy = Object.entries(chat.dialogs).filter(([accountId, { readInbox }]) => {
    const id = ids[chat.box === null ? accountId : chat.key];
    return id !== undefined && id <= readInbox && Number(accountId) !== fromId;
  });
  return {
    uid,
    fromId,
    text: action === null ? text : action._.replace("MessageAction", ""),
    media: viewMedia(state, message),
    replyTo,
    topic,
    album,
    reactions: reactions.map(({ personId, emoji }) => ({ personId, emoji })),
    isService: action !== null,
    sentAt: toIso(date),
    editedAt: editedAt === null ? null : toIso(editedAt),
    readBy: readBy.map(([accountId]) => Number(accountId)),
  };
}

function viewMedia(state: MtprotoState, { media }: Message): SandboxMtprotoMessage["media"] {
  if (media === null) return null;
  if (media.kind === "other") return { type: "other", file: null, name: null };
  const file = state.files.find(({ unique }) => unique === media.file);
  if (file === undefined) return { type: "photo", file: media.file, name: null };
  const named = file.attributes.find(({ _ }) => _ === "DocumentAttributeFilename");
  return { type: typeOf(file), file: file.unique, name: named ? String(named.fileName) : null };
}

function typeOf({ kind, attributes }: StoredFile): "photo" | "voice" | "video" | "document" {
  if (kind === "photo") return "photo";
  if (attributes.some(({ _, voice }) => _ === "DocumentAttributeAudio" && voice === true)) return "voice";
  return attributes.some(({ _ }) => _ === "DocumentAttributeVideo") ? "video" : "document";
}

function toIso(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}
