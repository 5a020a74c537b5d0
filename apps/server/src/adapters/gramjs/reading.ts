import { type Device, type HistoryPage, TelegramFailure } from "@pult/api/chats/engine/port.ts";
import {
  type ChannelDifference,
  type DialogsPage,
  type Difference,
  type FullChat,
  type MessagesPage,
  type Peer,
  readChatId,
  type TelegramGroup,
  type TelegramUser,
  type UpdateState,
} from "@pult/api/chats/engine/telegram.ts";
import { Api } from "telegram";
import type { AccountLink } from "./account-link.ts";
import { isChannel, toInputChannel, toInputPeer, toInputUser } from "./input.ts";
import type { AnyRequest } from "./link.ts";
import type { MessageContext } from "./tl-message.ts";
import {
  toChannelDifference,
  toDevices,
  toDialogsPage,
  toDifference,
  toFullChat,
  toFullUser,
  toMessagesPage,
  toPeerDialogs,
  toState,
} from "./tl-pages.ts";
import { chatIdOf, toGroups, toLong, toUser, toUsers } from "./tl-peers.ts";

const DIFFERENCE_LIMIT = 100;
const ZERO = toLong(0);

/** The part of a connection that changes nothing: its calls are repeated when the connection drops under them. */
export class ReadingConnection {
  protected readonly account: AccountLink;

  constructor(account: AccountLink) {
    this.account = account;
  }

  get #context(): MessageContext {
    return { selfId: this.account.userId };
  }

  protected ask<Answer>(request: AnyRequest<Answer>): Promise<Answer> {
    return this.account.call(request, { repeats: true });
  }

  protected input(peer: Peer): Api.TypeInputPeer {
    return toInputPeer(peer, this.account.userId);
  }

  async getMe(): Promise<TelegramUser> {
    const [me] = await this.ask(new Api.users.GetUsers({ id: [new Api.InputUserSelf()] }));
    if (me?.className !== "User") throw new TelegramFailure("refused", "USER_ID_INVALID");
    const user = toUser(me);
    this.account.setUser(user.id);
    return user;
  }

  async getState(): Promise<UpdateState> {
    return toState(await this.ask(new Api.updates.GetState()));
  }

  async getDifference({ pts, qts, date }: Pick<UpdateState, "pts" | "qts" | "date">): Promise<Difference> {
    return toDifference(await this.ask(new Api.updates.GetDifference({ pts, qts, date })), this.#context);
  }

  async getChannelDifference({ peer, pts }: { peer: Peer; pts: number }): Promise<ChannelDifference> {
    const filter = new Api.ChannelMessagesFilterEmpty();
    const place = { channel: toInputChannel(peer), filter, pts, limit: DIFFERENCE_LIMIT };
    const answer = await this.ask(new Api.updates.GetChannelDifference(place));
    return toChannelDifference(answer, { ...this.#context, channelId: peer.chatId });
  }

  async getDialogs(page: { after: DialogsPage["next"]; limit: number; isArchived: boolean }): Promise<DialogsPage> {
    const { after, limit, isArchived } = page;
    const request = new Api.messages.GetDialogs({
      excludePinned: after !== null,
      folderId: isArchived ? 1 : 0,
      offsetDate: after?.date ?? 0,
      offsetId: after?.id ?? 0,
      offsetPeer: after ? this.input(after.peer) : new Api.InputPeerEmpty(),
      limit,
      hash: ZERO,
    });
    return toDialogsPage(await this.ask(request), { ...this.#context, limit });
  }

  async getPeerDialogs(asked: readonly Peer[]): Promise<DialogsPage> {
    const peers = asked.map((peer) => new Api.InputDialogPeer({ peer: this.input(peer) }));
    return toPeerDialogs(await this.ask(new Api.messages.GetPeerDialogs({ peers })), this.#context);
  }

  async getHistory(page: HistoryPage): Promise<MessagesPage> {
    const { offsetId, offsetDate, limit, addOffset = 0 } = page;
    const peer = this.input(page.peer);
    const place = { peer, offsetId, offsetDate, addOffset, limit, maxId: 0, minId: 0, hash: ZERO };
    return toMessagesPage(await this.ask(new Api.messages.GetHistory(place)), this.#context);
  }

  async getMessages(asked: { peer: Peer; ids: readonly number[] }): Promise<MessagesPage> {
    return toMessagesPage(await this.#findMessages(asked), this.#context);
  }

  /** Ids of private chats and basic groups are those of the account, whatever the chat. */
  #findMessages({ peer, ids }: { peer: Peer; ids: readonly number[] }): Promise<Api.messages.TypeMessages> {
    const id = ids.map((one) => new Api.InputMessageID({ id: one }));
    if (!isChannel(peer)) return this.ask(new Api.messages.GetMessages({ id }));
    return this.ask(new Api.channels.GetMessages({ channel: toInputChannel(peer), id }));
  }

  /** What a message carries. @throws TelegramFailure when it carries nothing, or is in another chat */
  protected async findMedia(peer: Peer, messageId: number): Promise<Api.TypeMessageMedia> {
    const answer = await this.#findMessages({ peer, ids: [messageId] });
    const [message] = "messages" in answer ? answer.messages : [];
    if (message?.className !== "Message" || chatIdOf(message.peerId) !== peer.chatId)
      throw new TelegramFailure("refused", "MESSAGE_ID_INVALID");
    if (!message.media) throw new TelegramFailure("refused", "MEDIA_EMPTY");
    return message.media;
  }

  async getScheduled(peer: Peer): Promise<MessagesPage> {
    const answer = await this.ask(new Api.messages.GetScheduledHistory({ peer: this.input(peer), hash: ZERO }));
    return toMessagesPage(answer, { ...this.#context, isScheduled: true });
  }

  async search(page: { peer: Peer | null; query: string; offsetId: number; limit: number }): Promise<MessagesPage> {
    const { query: q, offsetId, limit } = page;
    const common = { q, filter: new Api.InputMessagesFilterEmpty(), minDate: 0, maxDate: 0, offsetId, limit };
    const request: AnyRequest<Api.messages.TypeMessages> = page.peer
      ? new Api.messages.Search({
          ...common,
          peer: this.input(page.peer),
          addOffset: 0,
          maxId: 0,
          minId: 0,
          hash: ZERO,
        })
      : new Api.messages.SearchGlobal({ ...common, offsetRate: 0, offsetPeer: new Api.InputPeerEmpty() });
    return toMessagesPage(await this.ask(request), this.#context);
  }

  async getFullChat(peer: Peer): Promise<FullChat> {
    const { kind, id } = readChatId(peer.chatId);
    if (kind === "user") {
      const asked = toInputUser(peer, this.account.userId);
      return toFullUser(await this.ask(new Api.users.GetFullUser({ id: asked })));
    }
    if (kind === "group") return toFullChat(await this.ask(new Api.messages.GetFullChat({ chatId: toLong(id) })));
    return toFullChat(await this.ask(new Api.channels.GetFullChannel({ channel: toInputChannel(peer) })));
  }

  async getContacts(): Promise<TelegramUser[]> {
    const answer = await this.ask(new Api.contacts.GetContacts({ hash: ZERO }));
    return answer.className === "contacts.Contacts" ? toUsers(answer.users) : [];
  }

  async resolve(
    input: { username: string } | { phoneNumber: string },
  ): Promise<{ users: TelegramUser[]; groups: TelegramGroup[]; chatId: number }> {
    const request: AnyRequest<Api.contacts.ResolvedPeer> =
      "username" in input
        ? new Api.contacts.ResolveUsername({ username: input.username })
        : new Api.contacts.ResolvePhone({ phone: input.phoneNumber });
    const { peer, users, chats } = await this.ask(request);
    return { users: toUsers(users), groups: toGroups(chats), chatId: chatIdOf(peer) };
  }

  async getDevices(): Promise<Device[]> {
    return toDevices(await this.ask(new Api.account.GetAuthorizations()));
  }
}
