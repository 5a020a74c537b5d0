import type {
  Device,
  HistoryPage,
  OutgoingMedia,
  OutgoingMessage,
  SentMessages,
  TelegramConnection,
} from "../chats/engine/port.ts";
import {
  type ChannelDifference,
  type DialogsPage,
  type Difference,
  type MessagesPage,
  type Peer,
  readChatId,
  type TelegramMessage,
  type TelegramUpdate,
  type TelegramUser,
  type TypingAction,
  type UpdateState,
} from "../chats/engine/telegram.ts";
import { changeMessage, deleteMessages, postMessage, readUpTo } from "./fake-telegram-actions.ts";
import { FakeLink, refuse } from "./fake-telegram-link.ts";
import { dialogsOf, pageOf } from "./fake-telegram-lists.ts";
import { EMPTY_MESSAGE, type FakeContent } from "./fake-telegram-world.ts";

/** What was missed is whole: it counts no more. */
const uncounted = (update: TelegramUpdate): TelegramUpdate => ({ ...update, pts: null, ptsCount: 0 });

export class FakeConnection extends FakeLink implements TelegramConnection {
  getDifference({ pts }: Pick<UpdateState, "pts" | "qts" | "date">): Promise<Difference> {
    return this.call("getDifference", (): Difference => {
      const missed = this.world.boxOf(this.me).log.filter((update) => (update.pts ?? 0) > pts);
      if (missed.length === 0) return { kind: "none", state: { date: this.world.now(), seq: 0 } };
      if (missed.length > this.home.tooLongAfter) return { kind: "tooLong", pts: this.world.boxOf(this.me).pts };
      const updates = missed.slice(0, this.home.sliceSize);
      return {
        kind: updates.length < missed.length ? "slice" : "last",
        batch: this.world.batchFor(this.me, updates.map(uncounted)),
        state: this.state(updates.at(-1)?.pts ?? pts),
      };
    });
  }

  getChannelDifference({ peer, pts }: { peer: Peer; pts: number }): Promise<ChannelDifference> {
    return this.call("getChannelDifference", (): ChannelDifference => {
      const chatId = this.chatOf(peer);
      if (!this.world.groups.get(chatId)?.memberIds.has(this.me)) return refuse("CHANNEL_PRIVATE");
      const box = this.world.boxOf(chatId);
      const missed = box.log.filter((update) => (update.pts ?? 0) > pts);
      if (missed.length > this.home.tooLongAfter) return this.#newestOf(chatId);
      const updates = missed.slice(0, this.home.sliceSize);
      const batch = this.world.batchFor(this.me, updates.map(uncounted));
      return { kind: "part", batch, pts: updates.at(-1)?.pts ?? pts, isLast: updates.length === missed.length };
    });
  }

  #newestOf(chatId: number): ChannelDifference {
    const [dialog = null] = dialogsOf(this.world, this.me, [chatId]).dialogs;
    const box = this.world.boxOf(chatId);
    const newest = box.of(chatId).slice(-10);
    const updates = newest.map(({ message }) => ({
      ...{ channelId: chatId, pts: null, ptsCount: 0, qts: null },
      ...({ type: "message", message } as const),
    }));
    return { kind: "tooLong", batch: this.world.batchFor(this.me, updates), dialog, pts: box.pts };
  }

  getDialogs(page: { after: DialogsPage["next"]; limit: number; isArchived: boolean }): Promise<DialogsPage> {
    return this.call("getDialogs", () => {
      if (page.isArchived) return dialogsOf(this.world, this.me, []);
      const whole = dialogsOf(this.world, this.me, null);
      const from = page.after ? whole.dialogs.findIndex(({ chatId }) => chatId === page.after?.peer.chatId) + 1 : 0;
      const chosen = whole.dialogs.slice(from, from + page.limit);
      const last = chosen.at(-1);
      const hasMore = from + chosen.length < whole.dialogs.length;
      const lists = dialogsOf(this.world, this.me, chosen.map(({ chatId }) => chatId)); // biome-ignore format: a line
      const top = lists.messages.find(({ chatId }) => chatId === last?.chatId);
      const peer = { chatId: last?.chatId ?? 0, accessHash: null };
      return {
        ...lists,
        totalCount: whole.totalCount,
        next: hasMore && top ? { date: top.date, id: top.id, peer } : null,
      };
    });
  }

  getPeerDialogs(peers: readonly Peer[]): Promise<DialogsPage> {
    return this.call("getPeerDialogs", () => {
      return dialogsOf(
        this.world,
        this.me,
        peers.map((peer) => this.chatOf(peer)),
      );
    });
  }

  getHistory(page: HistoryPage): Promise<MessagesPage> {
    return this.call("getHistory", () => {
      const all = this.#storedOf(page.peer).toSorted(
        (a, b) => b.message.date - a.message.date || b.message.id - a.message.id,
      );
      const from = all.findIndex(({ message }) => {
        return (
          (page.offsetId === 0 || message.id < page.offsetId) &&
          (page.offsetDate === 0 || message.date < page.offsetDate)
        );
      });
      const stored = all.slice(Math.max(0, (from < 0 ? all.length : from) + (page.addOffset ?? 0)));
      return { ...pageOf(this.world, this.me, { stored, limit: page.limit }), totalCount: all.length };
    });
  }

  getMessages({ peer, ids }: { peer: Peer; ids: readonly number[] }): Promise<MessagesPage> {
    return this.call("getMessages", () => {
      const stored = this.#storedOf(peer).filter(({ message }) => ids.includes(message.id));
      return pageOf(this.world, this.me, { stored, limit: ids.length });
    });
  }

  getScheduled(peer: Peer): Promise<MessagesPage> {
    return this.call("getScheduled", () => {
      const chatId = this.chatOf(peer);
      const stored = this.world.scheduled.filter((one) => one.authorId === this.me && one.message.chatId === chatId);
      return pageOf(this.world, this.me, { stored, limit: 100 });
    });
  }

  search(page: { peer: Peer | null; query: string; offsetId: number; limit: number }): Promise<MessagesPage> {
    return this.call("search", () => {
      const all = page.peer
        ? this.#storedOf(page.peer)
        : dialogsOf(this.world, this.me, null).dialogs.flatMap(({ chatId }) =>
            this.world.boxFor(this.me, chatId).of(chatId),
          );
      const words = page.query.toLowerCase();
      const stored = all.filter(
        ({ message }) =>
          message.text.toLowerCase().includes(words) && (page.offsetId === 0 || message.id < page.offsetId),
      );
      return pageOf(this.world, this.me, { stored, limit: page.limit });
    });
  }

  #storedOf(peer: Peer) {
    const chatId = this.chatOf(peer);
    return this.world.boxFor(this.me, chatId).of(chatId);
  }

  getFullChat(peer: Peer) {
    return this.call("getFullChat", () => {
      const chatId = this.chatOf(peer);
      const memberCount = this.world.groups.get(chatId)?.memberIds.size ?? null;
      const isUser = readChatId(chatId).kind === "user";
      const words = isUser ? { bio: `Bio of ${chatId}`, about: null } : { bio: null, about: `About ${chatId}` };
      return { ...words, memberCount, ...this.world.listsFor(this.me, [chatId]) };
    });
  }

  getContacts(): Promise<TelegramUser[]> {
    return this.call("getContacts", () => {
      const ids = [...(this.world.users.get(this.me)?.contactIds ?? [])];
      return this.world.listsFor(this.me, ids).users;
    });
  }

  saveContact({ peer, firstName, lastName }: { peer: Peer; firstName: string; lastName: string }): Promise<void> {
    return this.call("saveContact", () => {
      if (firstName === "") return refuse("CONTACT_NAME_EMPTY");
      this.world.setContact(this.me, this.chatOf(peer), { firstName, lastName: lastName || null });
    });
  }

  removeContact(peer: Peer): Promise<void> {
    return this.call("removeContact", () => this.world.setContact(this.me, this.chatOf(peer), null));
  }

  resolve(input: { username: string } | { phoneNumber: string }) {
    return this.call("resolve", () => {
      const people = [...this.world.users.values()];
      const user =
        "username" in input
          ? people.find(({ username }) => username === input.username)
          : people.find(({ phoneNumber }) => phoneNumber === input.phoneNumber.replace(/\D/g, ""));
      const group =
        "username" in input
          ? [...this.world.groups.values()].find((one) => one.username === input.username)
          : undefined;
      const reason = "username" in input ? "USERNAME_NOT_OCCUPIED" : "PHONE_NOT_OCCUPIED";
      const chatId = user?.id ?? group?.chatId ?? refuse(reason);
      return { ...this.world.listsFor(this.me, [chatId]), chatId };
    });
  }

  async send(message: OutgoingMessage): Promise<SentMessages> {
    const files = await Promise.all(message.media.map((media) => this.#loadFile(media)));
    return this.call("send", () => {
      const chatId = this.writable(message.peer);
      const groupId = files.length > 1 ? String(this.world.nextId()) : null;
      const { text, entities, replyToMessageId, scheduleDate } = message;
      const parts: FakeContent[] = (files.length > 0 ? files : [null]).map((file, at) => ({
        ...(at === 0 ? { text, entities, replyToMessageId } : {}),
        ...{ media: file?.media ?? null, bytes: file?.bytes ?? null, groupId },
      }));
      return {
        messages: parts.map((part, at) => this.#post(chatId, { part, randomId: message.randomIds[at], scheduleDate })),
      };
    });
  }

  #post(
    chatId: number,
    {
      part,
      randomId = "",
      scheduleDate = null,
    }: { part: FakeContent; randomId?: string; scheduleDate?: number | null },
  ): TelegramMessage | null {
    const world = this.world;
    if (world.sentIds.has(`${this.me}:${randomId}`)) return null;
    if (scheduleDate !== null) return this.#schedule(chatId, { part, randomId, scheduleDate });
    const answer = this.answer;
    const before = answer?.length ?? 0;
    const message = postMessage(world, { authorId: this.me, chatId, randomId, ...part });
    const sent = {
      channelId: null,
      pts: null,
      ptsCount: 0,
      qts: null,
      type: "sent",
      randomId,
      id: message.id,
    } as const;
    answer?.[before]?.updates.unshift(sent);
    return message;
  }

  #schedule(
    chatId: number,
    { part, randomId, scheduleDate }: { part: FakeContent; randomId: string; scheduleDate: number },
  ): TelegramMessage {
    const world = this.world;
    const { bytes = null, ...content } = part;
    const placed = {
      id: world.nextId(),
      chatId,
      senderId: this.me,
      isOutgoing: true,
      date: scheduleDate,
      scheduleDate,
    };
    const message = { ...EMPTY_MESSAGE, ...content, ...placed };
    world.scheduled.push({ uid: message.id, authorId: this.me, message, bytes });
    world.sentIds.set(`${this.me}:${randomId}`, message.id);
    world.pushBody(this.me, { type: "scheduled", message });
    return message;
  }

  async #loadFile(file: OutgoingMedia): Promise<Required<Pick<FakeContent, "media" | "bytes">>> {
    if (file.kind === "message") {
      const stored = this.#storedOf(file.peer).find(({ message }) => message.id === file.messageId);
      return { media: stored?.message.media ?? refuse("MEDIA_EMPTY"), bytes: stored?.bytes ?? null };
    }
    const { type, fileName, mimeType, sizeBytes, width, height, durationSeconds } = file;
    const parts: Uint8Array[] = [];
    for await (const part of file.read()) parts.push(part);
    const media = {
      type,
      fileName,
      mimeType,
      sizeBytes,
      width,
      height,
      durationSeconds,
      hasThumbnail: false,
      caption: null,
    };
    return { media, bytes: new Uint8Array(Buffer.concat(parts)) };
  }

  edit(input: { peer: Peer; id: number; text: string; entities: TelegramMessage["entities"] }): Promise<void> {
    return this.call("edit", () => {
      const { id, text, entities } = input;
      const stored = this.#storedOf(input.peer).find(({ message }) => message.id === id);
      if (!stored) return refuse("MESSAGE_ID_INVALID");
      if (stored.authorId !== this.me) return refuse("MESSAGE_AUTHOR_REQUIRED");
      if (stored.message.text === text) return refuse("MESSAGE_NOT_MODIFIED");
      changeMessage(this.world, { userId: this.me, chatId: input.peer.chatId, id }, { text, entities });
    });
  }

  delete({ peer, ids, forEveryone }: { peer: Peer; ids: readonly number[]; forEveryone: boolean }): Promise<void> {
    return this.call("delete", () => {
      deleteMessages(this.world, { userId: this.me, chatId: this.chatOf(peer), ids, forEveryone });
    });
  }

  forward(input: {
    from: Peer;
    to: Peer;
    ids: readonly number[];
    randomIds: readonly string[];
  }): Promise<SentMessages> {
    return this.call("forward", () => {
      const chatId = this.writable(input.to);
      const stored = this.#storedOf(input.from);
      const messages = input.ids.map((id, at) => {
        const source = stored.find(({ message }) => message.id === id) ?? refuse("MESSAGE_ID_INVALID");
        const { text, entities, media, senderId: forwardFromId } = source.message;
        const part = { text, entities, media, forwardFromId, bytes: source.bytes };
        return this.#post(chatId, { part, randomId: input.randomIds[at] });
      });
      return { messages };
    });
  }

  react({ peer, id, emoji }: { peer: Peer; id: number; emoji: string | null }): Promise<void> {
    return this.call("react", () => {
      const stored = this.#storedOf(peer).find(({ message }) => message.id === id) ?? refuse("MESSAGE_ID_INVALID");
      const others = stored.message.reactions.filter(({ isMine }) => !isMine);
      const reactions = emoji === null ? others : [...others, { emoji, count: 1, isMine: true }];
      stored.message = { ...stored.message, reactions };
      this.world.pushBody(this.me, { type: "reactions", chatId: peer.chatId, id, reactions });
    });
  }

  deleteScheduled({ peer, ids }: { peer: Peer; ids: readonly number[] }): Promise<void> {
    return this.call("deleteScheduled", () => {
      const chatId = this.chatOf(peer);
      const { scheduled } = this.world;
      const gone = scheduled.filter(({ authorId, message }) => authorId === this.me && ids.includes(message.id));
      for (const one of gone) scheduled.splice(scheduled.indexOf(one), 1);
      this.world.pushBody(this.me, { type: "scheduledDeleted", chatId, ids: [...ids], sentIds: [] });
    });
  }

  setTyping({ peer, action }: { peer: Peer; action: TypingAction | "cancel" }): Promise<void> {
    return this.call("setTyping", () => {
      const chatId = this.chatOf(peer);
      for (const place of this.world.placesOf(this.me, chatId))
        for (const userId of place.userIds)
          if (userId !== this.me)
            this.world.pushBody(userId, { type: "typing", chatId: place.chatId, userId: this.me, action });
    });
  }

  markRead({ peer, maxId }: { peer: Peer; maxId: number }): Promise<void> {
    return this.call("markRead", () => {
      readUpTo(this.world, { userId: this.me, chatId: this.chatOf(peer), maxId });
    });
  }

  async *download(input: { peer: Peer; messageId: number; start?: number }): AsyncIterable<Uint8Array> {
    const bytes = await this.call("download", () => {
      const stored = this.#storedOf(input.peer).find(({ message }) => message.id === input.messageId);
      return stored?.bytes ?? refuse("MESSAGE_ID_INVALID");
    });
    yield bytes.subarray(input.start ?? 0);
  }

  async *downloadPhoto({ peer, photoId }: { peer: Peer; photoId: string }): AsyncIterable<Uint8Array> {
    yield await this.call("downloadPhoto", () => {
      if (this.world.users.get(this.chatOf(peer))?.photoId !== photoId) return refuse("LOCATION_INVALID");
      return new TextEncoder().encode(`photo ${photoId}`);
    });
  }

  getDevices(): Promise<Device[]> {
    return this.call("getDevices", () =>
      [...this.home.sessions.values()]
        .filter(({ userId, endedBy }) => userId === this.me && endedBy === null)
        .map(({ name }) => ({
          ...{ id: name === this.session ? "0" : name, device: name, platform: "Fake", ip: "192.0.2.1" },
          ...{ createdAt: this.world.now(), activeAt: this.world.now(), isCurrent: name === this.session },
        })),
    );
  }

  endDevice(id: string): Promise<void> {
    return this.call("endDevice", () => {
      const session = this.home.sessions.get(id) ?? refuse("HASH_INVALID");
      session.endedBy = "SESSION_REVOKED";
    });
  }
}
