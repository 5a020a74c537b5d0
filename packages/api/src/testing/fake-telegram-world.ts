import {
  type MessageMedia,
  readChatId,
  type TelegramGroup,
  type TelegramMessage,
  type TelegramUpdate,
  type TelegramUser,
  type UpdateBatch,
  type UpdateBody,
} from "../chats/engine/telegram.ts";

export interface FakeUser {
  id: number;
  firstName: string;
  lastName: string | null;
  username: string | null;
  phoneNumber: string | null;
  /** What signs in; the password only where there is one. */
  code: string;
  password: string | null;
  isBot: boolean;
  photoId: string | null;
  contactIds: Set<number>;
  /** What contacts are called in this user's address book, where that is not what they call themselves. */
  contactNames: Map<number, Pick<FakeUser, "firstName" | "lastName">>;
}

export interface FakeGroup {
  chatId: number;
  type: TelegramGroup["type"];
  title: string;
  username: string | null;
  memberIds: Set<number>;
  canSend: boolean;
}

/** A message as one box holds it; copies of one message in several boxes share `uid`. */
export interface StoredMessage {
  uid: number;
  authorId: number;
  message: TelegramMessage;
  bytes: Uint8Array | null;
}

export interface FakeContent {
  text?: string;
  entities?: TelegramMessage["entities"];
  media?: MessageMedia | null;
  bytes?: Uint8Array | null;
  replyToMessageId?: number | null;
  groupId?: string | null;
  forwardFromId?: number | null;
}

/** What one pts counts: an account's private chats and basic groups, or one channel. */
export class FakeBox {
  readonly channelId: number | null;
  readonly messages = new Map<number, StoredMessage>();
  readonly log: TelegramUpdate[] = [];
  pts = 1;
  lastId = 0;

  constructor(channelId: number | null) {
    this.channelId = channelId;
  }

  record(body: UpdateBody, ptsCount = 1): TelegramUpdate {
    this.pts += ptsCount;
    const update: TelegramUpdate = { channelId: this.channelId, pts: this.pts, ptsCount, qts: null, ...body };
    this.log.push(update);
    return update;
  }

  of(chatId: number): StoredMessage[] {
    return [...this.messages.values()].filter(({ message }) => message.chatId === chatId);
  }
}

export const EMPTY_MESSAGE: TelegramMessage = {
  id: 0,
  chatId: 0,
  senderId: null,
  text: "",
  entities: [],
  media: null,
  groupId: null,
  date: 0,
  editedDate: null,
  forwardFromId: null,
  forwardFromName: null,
  replyToMessageId: null,
  viewsCount: null,
  reactions: [],
  isOutgoing: false,
  isService: false,
  scheduleDate: null,
};

/** People, chats and messages of a Telegram in memory. */
export class FakeWorld {
  readonly users = new Map<number, FakeUser>();
  readonly groups = new Map<number, FakeGroup>();
  /** By user id, and by chat id of channels. */
  readonly boxes = new Map<number, FakeBox>();
  /** Where each user has read to, by `user:chat`. */
  readonly readTo = new Map<string, number>();
  /** Ids that messages of a random id got, by `user:randomId`. */
  readonly sentIds = new Map<string, number>();
  readonly scheduled: StoredMessage[] = [];
  /** Hears of every update, with the user to whom it goes. */
  onPush: (userId: number, batch: UpdateBatch) => void = () => {};
  readonly now: () => number;
  #lastId = 1_000;

  constructor(now: () => number) {
    this.now = now;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Of a user, or of a channel. */
  boxOf(id: number): FakeBox {
    const known = this.boxes.get(id);
    if (known) return known;
    const box = new FakeBox(id < 0 ? id : null);
    this.boxes.set(id, box);
    return box;
  }

  /** Where a user's messages of a chat are. */
  boxFor(userId: number, chatId: number): FakeBox {
    return this.boxOf(readChatId(chatId).kind === "channel" ? chatId : userId);
  }

  accessHash(viewerId: number, chatId: number): string | null {
    return readChatId(chatId).kind === "group" ? null : String(viewerId * 1_000_003 + (Math.abs(chatId) % 1_000_003));
  }

  viewUser(viewerId: number, user: FakeUser): TelegramUser {
    const isContact = this.users.get(viewerId)?.contactIds.has(user.id) ?? false;
    const isSelf = user.id === viewerId;
    const { id, isBot, username, photoId } = user;
    const { firstName, lastName } = (isContact && this.users.get(viewerId)?.contactNames.get(id)) || user;
    return {
      ...{ id, isBot, firstName, lastName, username, photoId },
      accessHash: this.accessHash(viewerId, id),
      isMin: false,
      isSelf,
      isContact,
      isMutual: isContact && user.contactIds.has(viewerId),
      isDeleted: false,
      phoneNumber: isSelf || isContact ? user.phoneNumber : null,
      status: null,
    };
  }

  /** Puts a person into a user's address book or takes them out, on whichever device; the user's sessions hear of it. */
  setContact(ownerId: number, userId: number, name: Pick<FakeUser, "firstName" | "lastName"> | null): void {
    const owner = this.users.get(ownerId);
    if (name === null) owner?.contactIds.delete(userId);
    else owner?.contactIds.add(userId);
    if (name === null) owner?.contactNames.delete(userId);
    else owner?.contactNames.set(userId, name);
    this.pushBody(ownerId, { type: "chatChanged", chatId: userId });
  }

  viewGroup(viewerId: number, group: FakeGroup): TelegramGroup {
    const { chatId, type, title, username, canSend } = group;
    const isGone = !group.memberIds.has(viewerId);
    return {
      ...{ chatId, type, title, username },
      accessHash: this.accessHash(viewerId, chatId),
      isMin: false,
      memberCount: group.memberIds.size,
      photoId: null,
      canSend: canSend && !isGone,
      isGone,
      isForum: false,
    };
  }

  viewMessage(viewerId: number, { authorId, message }: StoredMessage): TelegramMessage {
    const group = this.groups.get(message.chatId);
    if (group?.type === "group" || !group) return structuredClone(message);
    return {
      ...structuredClone(message),
      senderId: group.type === "channel" ? null : authorId,
      isOutgoing: authorId === viewerId,
    };
  }

  /** Updates as one user sees them, with whom they speak of. */
  batchFor(viewerId: number, updates: readonly TelegramUpdate[]): UpdateBatch {
    const seen = updates.map((update) => this.#viewUpdate(viewerId, update));
    const ids = seen.flatMap((update) => [
      ...("chatId" in update ? [update.chatId] : []),
      ...("userId" in update ? [update.userId] : []),
      ...("message" in update ? [update.message.chatId, update.message.senderId, update.message.forwardFromId] : []),
    ]);
    return { ...this.listsFor(viewerId, ids), updates: seen, seq: null, date: this.now() };
  }

  listsFor(viewerId: number, chatIds: readonly (number | null)[]) {
    const ids = new Set(chatIds);
    return {
      users: [...this.users.values()].filter(({ id }) => ids.has(id)).map((user) => this.viewUser(viewerId, user)),
      groups: [...this.groups.values()]
        .filter(({ chatId }) => ids.has(chatId))
        .map((group) => this.viewGroup(viewerId, group)),
    };
  }

  #viewUpdate(viewerId: number, update: TelegramUpdate): TelegramUpdate {
    if (update.type !== "message" && update.type !== "edited") return update;
    const stored = this.boxFor(viewerId, update.message.chatId).messages.get(update.message.id);
    if (!stored) return structuredClone(update);
    return { ...update, message: this.viewMessage(viewerId, { ...stored, message: update.message }) };
  }

  /** Tells a user of updates that came together. */
  push(userId: number, ...updates: TelegramUpdate[]): void {
    this.onPush(userId, this.batchFor(userId, updates));
  }

  pushBody(userId: number, body: UpdateBody): void {
    this.push(userId, { channelId: null, pts: null, ptsCount: 0, qts: null, ...body });
  }

  /** To whose boxes a message of this author and chat goes, and as what chat each sees it. */
  placesOf(authorId: number, chatId: number): { userIds: number[]; boxId: number; chatId: number }[] {
    const group = this.groups.get(chatId);
    if (!group) {
      const own = { userIds: [authorId], boxId: authorId, chatId };
      return chatId === authorId ? [own] : [own, { userIds: [chatId], boxId: chatId, chatId: authorId }];
    }
    const members = [...group.memberIds];
    if (group.type !== "group") return [{ userIds: members, boxId: chatId, chatId }];
    return members.map((id) => ({ userIds: [id], boxId: id, chatId }));
  }
}
