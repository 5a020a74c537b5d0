import {
  type CallOptions,
  type ConnectOptions,
  type OutgoingMessage,
  type SentMessages,
  type TelegramConnection,
  TelegramFailure,
} from "@pult/api/chats/engine/port.ts";
import type { Peer, TypingAction, UpdateBatch, UpdateBody } from "@pult/api/chats/engine/telegram.ts";
import type { TextEntity } from "@pult/api/telegram/entities.ts";
import { Api } from "telegram";
import { AccountLink, type AccountLinkOptions } from "./account-link.ts";
import { downloadFile, placeOf } from "./download.ts";
import { FileLinks } from "./file-links.ts";
import { isChannel, toInputChannel, toInputUser } from "./input.ts";
import type { AnyRequest } from "./link.ts";
import { ReadingConnection } from "./reading.ts";
import { forwardMessages, sendMessage } from "./sending.ts";
import { type KeptSession, readSession } from "./session-text.ts";
import { checkPassword, exportLoginToken, sendCode, signIn } from "./sign-in.ts";
import { toLong } from "./tl-peers.ts";
import { fromEntities } from "./tl-text.ts";
import { toBatch } from "./tl-updates.ts";

/** Opens an account's connection. @throws TelegramFailure */
export async function openConnection(
  options: ConnectOptions,
  settings: Pick<AccountLinkOptions, "locate" | "times">,
): Promise<TelegramConnection> {
  const kept = options.session === null ? {} : await restore(options.session);
  const { api, device, onState, onSession, onCall = () => {} } = options;
  const account: AccountLink = new AccountLink(
    {
      ...{ ...settings, api, device, onState, onSession, onCall },
      onUpdates: (updates) => options.onUpdates(toBatch(updates, { selfId: account.userId })),
      onExpired: (reason) => {
        files.close();
        options.onExpired(reason);
      },
    },
    kept,
  );
  const files = new FileLinks(account);
  await account.open();
  return new GramjsConnection(account, files, options.onUpdates);
}

async function restore(session: string): Promise<KeptSession> {
  try {
    return await readSession(session);
  } catch (error) {
    throw new TelegramFailure("expired", "AUTH_KEY_INVALID", { cause: error });
  }
}

class GramjsConnection extends ReadingConnection implements TelegramConnection {
  readonly #files: FileLinks;
  readonly #emit: (batch: UpdateBatch) => void;

  constructor(account: AccountLink, files: FileLinks, emit: (batch: UpdateBatch) => void) {
    super(account);
    this.#files = files;
    this.#emit = emit;
  }

  get session(): string {
    return this.account.session;
  }

  get isUp(): boolean {
    return this.account.isUp;
  }

  get dataCentre(): number {
    return this.account.dataCentre;
  }

  sendCode(phoneNumber: string) {
    return sendCode(this.account, phoneNumber);
  }

  signIn(input: { phoneNumber: string; codeHash: string; code: string }) {
    return signIn(this.account, input);
  }

  checkPassword(password: string) {
    return checkPassword(this.account, password);
  }

  exportLoginToken() {
    return exportLoginToken(this.account);
  }

  async logOut(): Promise<void> {
    await this.account.call(new Api.auth.LogOut());
    await this.close();
  }

  get #tools() {
    const findMedia = (peer: Peer, messageId: number) => this.findMedia(peer, messageId);
    return { account: this.account, files: this.#files, emit: this.#emit, findMedia };
  }

  send(message: OutgoingMessage, options: CallOptions = {}): Promise<SentMessages> {
    return sendMessage(this.#tools, message, options);
  }

  forward(input: {
    from: Peer;
    to: Peer;
    ids: readonly number[];
    randomIds: readonly string[];
  }): Promise<SentMessages> {
    return forwardMessages(this.#tools, input);
  }

  /** What the answer carries goes the way of all updates. */
  async #change(request: AnyRequest<Api.TypeUpdates>): Promise<void> {
    const onAnswer = (answer: Api.TypeUpdates) => this.#emit(toBatch(answer, { selfId: this.account.userId }));
    await this.account.call(request, { onAnswer });
  }

  /** For answers that count in a box without an update: this account is not told of what it did itself. */
  async #affect(request: AnyRequest<Api.messages.AffectedMessages>, place: { channelId: number | null } & UpdateBody) {
    const onAnswer = ({ pts, ptsCount }: Api.messages.AffectedMessages) => this.#report({ ...place, pts, ptsCount });
    await this.account.call(request, { onAnswer });
  }

  #report(update: { channelId: number | null; pts: number | null; ptsCount: number } & UpdateBody): void {
    this.#emit({ users: [], groups: [], updates: [{ qts: null, ...update }], seq: null, date: null });
  }

  async edit(input: {
    peer: Peer;
    id: number;
    text: string;
    entities: TextEntity[];
    mentioned: Record<string, string>;
  }): Promise<void> {
    const entities = fromEntities(input.entities, input.mentioned);
    const { id, text: message } = input;
    await this.#change(new Api.messages.EditMessage({ peer: this.input(input.peer), id, message, entities }));
  }

  async delete({
    peer,
    ids,
    forEveryone,
  }: {
    peer: Peer;
    ids: readonly number[];
    forEveryone: boolean;
  }): Promise<void> {
    const id = [...ids];
    const channelId = isChannel(peer) ? peer.chatId : null;
    const request = isChannel(peer)
      ? new Api.channels.DeleteMessages({ channel: toInputChannel(peer), id })
      : new Api.messages.DeleteMessages({ id, revoke: forEveryone });
    await this.#affect(request, { channelId, type: "deleted", chatId: channelId, ids: id });
  }

  async react({ peer, id, emoji }: { peer: Peer; id: number; emoji: string | null }): Promise<void> {
    const reaction = emoji === null ? [] : [new Api.ReactionEmoji({ emoticon: emoji })];
    await this.#change(new Api.messages.SendReaction({ peer: this.input(peer), msgId: id, reaction }));
  }

  /** Their phone number stays hidden from them as it was. */
  async saveContact({ peer, firstName, lastName }: { peer: Peer; firstName: string; lastName: string }) {
    const id = toInputUser(peer, this.account.userId);
    await this.#change(new Api.contacts.AddContact({ id, firstName, lastName, phone: "" }));
  }

  async removeContact(peer: Peer): Promise<void> {
    await this.#change(new Api.contacts.DeleteContacts({ id: [toInputUser(peer, this.account.userId)] }));
  }

  async deleteScheduled({ peer, ids }: { peer: Peer; ids: readonly number[] }): Promise<void> {
    await this.#change(new Api.messages.DeleteScheduledMessages({ peer: this.input(peer), id: [...ids] }));
  }

  async setTyping({ peer, action }: { peer: Peer; action: TypingAction | "cancel" }): Promise<void> {
    await this.account.call(new Api.messages.SetTyping({ peer: this.input(peer), action: toTypingAction(action) }));
  }

  async markRead({ peer, maxId }: { peer: Peer; maxId: number }): Promise<void> {
    const read = { type: "readInbox", chatId: peer.chatId, maxId, unreadCount: null } as const;
    if (!isChannel(peer)) {
      const request = new Api.messages.ReadHistory({ peer: this.input(peer), maxId });
      return await this.#affect(request, { channelId: null, ...read });
    }
    await this.account.call(new Api.channels.ReadHistory({ channel: toInputChannel(peer), maxId }));
    this.#report({ channelId: peer.chatId, pts: null, ptsCount: 0, ...read });
  }

  async *download(input: {
    peer: Peer;
    messageId: number;
    thumbnail: boolean;
    start?: number;
    signal?: AbortSignal;
  }): AsyncIterable<Uint8Array> {
    const find = async () => {
      const place = placeOf(await this.findMedia(input.peer, input.messageId), input.thumbnail);
      if (!place) throw new TelegramFailure("refused", "MEDIA_EMPTY");
      return place;
    };
    yield* downloadFile({ files: this.#files, find, start: input.start ?? 0, signal: input.signal });
  }

  async *downloadPhoto({ peer, photoId, signal }: { peer: Peer; photoId: string; signal?: AbortSignal }) {
    const photo = { peer: this.input(peer), photoId: toLong(photoId), big: true };
    const place = { location: new Api.InputPeerPhotoFileLocation(photo), dataCentre: this.account.dataCentre };
    yield* downloadFile({ files: this.#files, find: async () => place, start: 0, signal });
  }

  async endDevice(id: string): Promise<void> {
    await this.account.call(new Api.account.ResetAuthorization({ hash: toLong(id) }));
  }

  async close(): Promise<void> {
    this.#files.close();
    this.account.close();
  }
}

function toTypingAction(action: TypingAction | "cancel"): Api.TypeSendMessageAction {
  switch (action) {
    case "cancel":
      return new Api.SendMessageCancelAction();
    case "recordingVoice":
      return new Api.SendMessageRecordAudioAction();
    case "uploadingPhoto":
      return new Api.SendMessageUploadPhotoAction({ progress: 0 });
    case "uploadingVideo":
      return new Api.SendMessageUploadVideoAction({ progress: 0 });
    case "uploadingDocument":
      return new Api.SendMessageUploadDocumentAction({ progress: 0 });
    case "choosingSticker":
      return new Api.SendMessageChooseStickerAction();
    case "playing":
      return new Api.SendMessageGamePlayAction();
    case "typing":
    case "other":
      return new Api.SendMessageTypingAction();
  }
}
