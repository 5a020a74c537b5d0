import { Api } from "telegram/tl/index.js";
import type { MtprotoFiles } from "../files.ts";
import { type Account, type Chat, type Message, type Person, SERVICE_ID } from "../state.ts";
import { toLong } from "../wire/tl.ts";
import { topEntry } from "../world/history.ts";
import { countUnread } from "../world/messages.ts";
import type { World } from "../world/world.ts";
import { DC_ID, MediaView } from "./media.ts";
import { fromPlain, fromPlains } from "./plain.ts";

/** People who are shown as reacting. */
const SHOWN_REACTIONS = 20;

/**
 * TL objects as one account sees them: its own message ids, access hashes and names. Everybody mentioned in them is
 * gathered for the `users` and `chats` of the answer.
 */
export class View {
  readonly account: Account;
  readonly media: MediaView;
  readonly #world: World;
  readonly #people = new Set<number>();
  readonly #chats = new Set<Chat>();

  constructor(world: World, files: MtprotoFiles, account: Account) {
    this.#world = world;
    this.account = account;
    this.media = new MediaView(files, world.host.state);
    this.#people.add(account.personId);
  }

  /** Everybody mentioned so far. */
  peers(): { users: Api.TypeUser[]; chats: Api.TypeChat[] } {
    const people = [...this.#people].flatMap((id) => this.#world.person(id) ?? []);
    return { users: people.map((one) => this.user(one)), chats: [...this.#chats].map((chat) => this.chat(chat)) };
  }

  mention(...ids: readonly number[]): void {
    for (const id of ids) this.#people.add(id);
  }

  find(uid: number | undefined): Message | undefined {
    return this.#world.locateUid(uid)?.message;
  }

  /** Id of the message for this account; 0 when it does not have it. */
  id(chat: Chat, message: Message): number {
    return message.ids[this.#world.boxKey(chat, this.account)] ?? 0;
  }

  peer(chat: Chat): Api.TypePeer {
    if (chat.kind === "private") return this.person(this.#world.otherIn(chat, this.account.personId));
    this.#chats.add(chat);
    const id = toLong(chat.id);
    return chat.kind === "group" ? new Api.PeerChat({ chatId: id }) : new Api.PeerChannel({ channelId: id });
  }

  person(id: number): Api.PeerUser {
    this.#people.add(id);
    return new Api.PeerUser({ userId: toLong(id) });
  }

  user(person: Person): Api.User {
    const { id, isBot, username } = person;
    const contact = this.account.contacts.find(({ personId }) => personId === id);
    const isSelf = id === this.account.personId;
    const photoId = this.media.toPhotoId(person.photo);
    return new Api.User({
      id: toLong(id),
      accessHash: toLong(this.#world.accessHash(this.account, `u${id}`)),
      self: isSelf,
      bot: isBot,
      botInfoVersion: isBot ? 1 : undefined,
      verified: id === SERVICE_ID,
      support: id === SERVICE_ID,
      contact: contact !== undefined,
      mutualContact: contact !== undefined && this.#isContactOf(id),
      firstName: contact?.firstName ?? person.firstName,
      lastName: (contact?.lastName ?? person.lastName) || undefined,
      username: username ?? undefined,
      phone: ((isSelf || contact) && person.phone) || undefined,
      photo: photoId && new Api.UserProfilePhoto({ photoId, dcId: DC_ID }),
      status: isBot ? undefined : this.status(person),
    });
  }

  status({ isOnline, seenAt }: Person): Api.TypeUserStatus {
    if (isOnline) return new Api.UserStatusOnline({ expires: this.#world.host.unixNow + 300 });
    return seenAt > 0 ? new Api.UserStatusOffline({ wasOnline: seenAt }) : new Api.UserStatusRecently({});
  }

  chat(chat: Chat): Api.TypeChat {
    const photoId = this.media.toPhotoId(chat.photo);
    const photo = photoId ? new Api.ChatPhoto({ photoId, dcId: DC_ID }) : new Api.ChatPhotoEmpty();
    const own = chat.members.find(({ personId }) => personId === this.account.personId);
    const facts = {
      id: toLong(chat.id),
      title: chat.title,
      photo,
      participantsCount: chat.members.length,
      date: own?.joinedAt ?? chat.createdAt,
      creator: own?.role === "creator",
      left: own === undefined,
    };
    if (chat.kind === "group") return new Api.Chat({ ...facts, version: chat.members.length });
    const canPost = own?.role === "creator" || own?.role === "admin";
    return new Api.Channel({
      ...facts,
      accessHash: toLong(this.#world.accessHash(this.account, chat.key)),
      username: chat.username ?? undefined,
      megagroup: chat.kind === "supergroup",
      broadcast: chat.kind === "channel",
      forum: chat.isForum,
      adminRights: canPost
        ? new Api.ChatAdminRights({ postMessages: true, editMessages: true, deleteMessages: true })
        : undefined,
    });
  }

  dialog(chat: Chat): Api.Dialog {
    const dialog = this.#world.dialog(chat, this.account);
    return new Api.Dialog({
      peer: this.peer(chat),
      topMessage: topEntry(this.#world, chat, this.account)?.id ?? 0,
      pinned: dialog.isPinned,
      unreadMark: dialog.isMarkedUnread,
      readInboxMaxId: dialog.readInbox,
      readOutboxMaxId: dialog.readOutbox,
      unreadCount: countUnread(this.#world, chat, this.account),
      unreadMentionsCount: 0,
      unreadReactionsCount: 0,
      notifySettings: new Api.PeerNotifySettings({ muteUntil: dialog.mutedUntil || undefined }),
      pts: chat.box?.pts,
      draft: this.draft(chat),
      folderId: dialog.isArchived ? 1 : undefined,
    });
  }

  draft(chat: Chat): Api.TypeDraftMessage | undefined {
    const { draft } = this.#world.dialog(chat, this.account);
    if (draft === null) return undefined;
    return new Api.DraftMessage({
      message: draft.text,
      entities: draft.entities.length > 0 ? fromPlains(draft.entities) : undefined,
      replyTo: draft.replyTo === null ? undefined : new Api.InputReplyToMessage({ replyToMsgId: draft.replyTo }),
      date: draft.date,
    });
  }

  /** `id`: of a scheduled message, which has none in the box. */
  message(chat: Chat, message: Message, as: { id?: number; editHide?: boolean } = {}): Api.TypeMessage {
    const id = as.id ?? this.id(chat, message);
    if (id === 0) return new Api.MessageEmpty({ id });
    const facts = {
      id,
      out: message.fromId === this.account.personId,
      post: chat.kind === "channel",
      silent: message.isSilent,
      peerId: this.peer(chat),
      fromId: this.#sender(chat, message),
      date: message.date,
      replyTo: this.#replyTo(chat, message),
    };
    if (message.action !== null) return new Api.MessageService({ ...facts, action: fromPlain(message.action) });
    const { editedAt, entities } = message;
    return new Api.Message({
      ...facts,
      message: message.text,
      entities: entities.length > 0 ? fromPlains(entities) : undefined,
      media: this.media.toMedia(message.media),
      fwdFrom: this.#forward(message),
      editDate: editedAt ?? undefined,
      editHide: as.editHide,
      fromScheduled: message.fromScheduled,
      groupedId: message.album === null ? undefined : toLong(message.album),
      views: chat.kind === "channel" ? chat.members.length : undefined,
      forwards: chat.kind === "channel" ? 0 : undefined,
      reactions: message.reactions.length > 0 ? this.reactions(message) : undefined,
    });
  }

  reactions({ reactions }: Message): Api.MessageReactions {
    const own = reactions.find(({ personId }) => personId === this.account.personId);
    const counts = new Map<string, number>();
    for (const { emoji } of reactions) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
    const toReaction = (emoticon: string) => new Api.ReactionEmoji({ emoticon });
    return new Api.MessageReactions({
      canSeeList: true,
      results: [...counts].map(
        ([emoji, count]) =>
          new Api.ReactionCount({
            reaction: toReaction(emoji),
            count,
            chosenOrder: own?.emoji === emoji ? 0 : undefined,
          }),
      ),
      recentReactions: reactions.slice(-SHOWN_REACTIONS).map(
        ({ personId, emoji, at }) =>
          new Api.MessagePeerReaction({
            peerId: this.person(personId),
            my: personId === own?.personId,
            date: at,
            reaction: toReaction(emoji),
          }),
      ),
    });
  }

  /** Incoming messages of private chats name no sender: it is the peer. */
  #sender(chat: Chat, { fromId }: Message): Api.TypePeer | undefined {
    if (fromId === null) return undefined;
    const isIncoming = chat.kind === "private" && fromId !== this.account.personId;
    return isIncoming ? undefined : this.person(fromId);
  }

  #replyTo(chat: Chat, { replyTo, topic }: Message): Api.MessageReplyHeader | undefined {
    const find = (uid: number | null) => {
      const found = this.#world.locateUid(uid);
      return (found && this.id(chat, found.message)) || undefined;
    };
    const [parent, top] = [find(replyTo), find(topic)];
    if (parent === undefined && top === undefined) return undefined;
    return new Api.MessageReplyHeader({
      replyToMsgId: parent ?? top,
      replyToTopId: parent === undefined ? undefined : top,
      forumTopic: top !== undefined,
    });
  }

  #forward({ forward }: Message): Api.MessageFwdHeader | undefined {
    if (forward === null) return undefined;
    const channel = forward.channel === null ? undefined : this.#world.chat(forward.channel);
    const fromId = channel ? this.peer(channel) : forward.fromId === null ? undefined : this.person(forward.fromId);
    return new Api.MessageFwdHeader({ fromId, fromName: forward.name ?? undefined, date: forward.date });
  }

  #isContactOf(personId: number): boolean {
    const other = this.#world.account(personId);
    return other?.contacts.some((one) => one.personId === this.account.personId) ?? true;
  }
}
