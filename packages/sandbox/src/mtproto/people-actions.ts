import type { z } from "zod";
import { Refusal, type Upload } from "../http.ts";
import type { MtprotoBackend } from "./backend.ts";
import type {
  Burst,
  CreateAccount,
  CreatePerson,
  InChat,
  onConnections,
  Plan,
  restriction,
  SandboxMtprotoChat,
  sessionEnd,
  Typing,
  Write,
} from "./control.ts";
import { plannedFault } from "./control.ts";
import { createAccount, createPerson } from "./seed.ts";
import type { Account, Chat, Media, Plain } from "./state.ts";
import { viewChat } from "./view.ts";
import { type Draft, edit, post, react, read, remove } from "./world/messages.ts";
import type { Located } from "./world/world.ts";

/** Above those of demo people. */
const FIRST_ACCOUNT_ID = 7_000_000_000;

export interface Attachments {
  photos?: readonly Upload[];
  voices?: readonly Upload[];
  videos?: readonly Upload[];
  documents?: readonly Upload[];
}

/** What people on Telegram do in their apps, and what Telegram does to its clients. Methods throw `Refusal`. */
export class MtprotoActions {
  readonly #backend: MtprotoBackend;

  constructor(backend: MtprotoBackend) {
    this.#backend = backend;
  }

  /** With its latest messages. */
  viewChat(key: string): SandboxMtprotoChat {
    const chat = this.#backend.world.chat(key);
    if (chat === undefined) throw new Refusal(404, "No such chat");
    return viewChat(this.#backend.host.state, chat);
  }

  /** A message; several files are an album, whose first part has the text. */
  write(input: Write, attachments: Attachments = {}): { chat: string; uids: number[] } {
    const chat = this.#chat(input);
    const { from, text = "", entities = [], replyTo = null, topic = null } = input;
    const media = this.#store(attachments);
    if (text === "" && media.length === 0) throw new Refusal(400, "The message is empty");
    if (replyTo !== null) this.#message(replyTo);
    const fromId = chat.kind === "channel" ? null : from;
    const album = media.length > 1 ? String(this.#backend.world.takeId()) : null;
    const parts = (media.length > 0 ? media : [null]).map((one, index): Draft => {
      const words = index === 0 ? { text, entities } : {};
      return { fromId, ...words, replyTo: index === 0 ? replyTo : null, topic, media: one, album };
    });
    return { chat: chat.key, uids: parts.map((draft) => post(this.#backend.world, { chat }, draft).message.uid) };
  }

  /** Many messages at once, numbered from 1. */
  burst({ count, ...input }: Burst): { chat: string; uids: number[] } {
    const sent = Array.from({ length: count }, (_, n) =>
      this.write({ ...input, text: `${input.text ?? ""} ${n + 1}` }),
    );
    return { chat: this.#chat(input).key, uids: sent.flatMap(({ uids }) => uids) };
  }

  edit({ uid, text }: { uid: number; text: string }): void {
    const found = this.#message(uid);
    edit(this.#backend.world, { ...found, by: found.message.fromId }, { text, entities: [] });
  }

  /** For everybody. */
  delete(uids: readonly number[]): void {
    for (const uid of uids) {
      const { chat, message } = this.#message(uid);
      remove(this.#backend.world, { chat }, [message]);
    }
  }

  react({ uid, from, emoji }: { uid: number; from: number; emoji: string | null }): void {
    const found = this.#message(uid);
    this.#assertIn(found.chat, from);
    react(this.#backend.world, { ...found, by: from }, emoji);
  }

  /** The person reads all of the chat. */
  read(input: InChat): void {
    const chat = this.#chat(input);
    const latest = chat.messages.at(-1);
    if (latest !== undefined) read(this.#backend.world, { chat, by: input.from }, latest);
  }

  typing({ action = "SendMessageTypingAction", ...input }: Typing): void {
    const { world } = this.#backend;
    const chat = this.#chat(input);
    const plain = /Upload/.test(action) ? { _: action, progress: 50 } : { _: action };
    for (const account of world.accountsIn(chat)) {
      if (account.personId === input.from) continue;
      world.notify(account, { kind: "typing", chat, personId: input.from, action: plain });
    }
  }

  setOnline({ from, isOnline }: { from: number; isOnline: boolean }): void {
    const person = this.#backend.world.person(from);
    if (person === undefined) throw new Refusal(404, "No such person");
    this.#backend.world.setOnline(person, isOnline);
  }

  /** @returns the code that Telegram has sent to this account last and that still counts */
  signInCode(accountId: number): string {
    const code = this.#account(accountId).codes.at(-1);
    if (code === undefined) throw new Refusal(404, "No code was sent");
    return code.value;
  }

  expireCode(accountId: number): void {
    for (const code of this.#account(accountId).codes) code.expiresAt = 0;
    this.#backend.world.changed();
  }

  /** The account's phone scans a QR code: `token` is base64url, or the whole `tg://login?token=` address. */
  scan({ token, accountId }: { token: string; accountId: number }): void {
    const text = token
      .replace(/^tg:\/\/login\?token=/, "")
      .replaceAll("+", "-")
      .replaceAll("/", "_");
    const isKnown = this.#backend.centre?.scan(text.replace(/=+$/, ""), this.#account(accountId)) ?? false;
    if (!isKnown) throw new Refusal(404, "The QR code is unknown or has expired");
  }

  createAccount({ phone, firstName, lastName = "", username, password }: CreateAccount): { accountId: number } {
    const { world } = this.#backend;
    this.#assertFree(phone);
    const id = FIRST_ACCOUNT_ID + world.takeId();
    world.addPerson(createPerson({ id, firstName, lastName, phone, username: username ?? null }));
    world.addAccount({ ...createAccount(id), password: password ?? null });
    world.changed();
    return { accountId: id };
  }

  /** A person without a phone that can be linked. */
  createPerson({ firstName, lastName = "", username, phone }: CreatePerson): { personId: number } {
    const { world } = this.#backend;
    if (phone !== undefined) this.#assertFree(phone);
    const id = FIRST_ACCOUNT_ID + world.takeId();
    world.addPerson(createPerson({ id, firstName, lastName, username: username ?? null, phone: phone ?? null }));
    world.changed();
    return { personId: id };
  }

  /** A member gives a group or channel another title. */
  rename({ from, chat: key, title }: { from: number; chat: string; title: string }): void {
    const chat = this.#chat({ from, chat: key });
    if (chat.kind === "private") throw new Refusal(400, "A private chat has no title");
    chat.title = title;
    const fromId = chat.kind === "channel" ? null : from;
    post(this.#backend.world, { chat }, { fromId, action: { _: "MessageActionChatEditTitle", title } });
  }

  restrict(accountId: number, value: z.infer<typeof restriction>): void {
    this.#account(accountId).restriction = value;
    this.#backend.world.changed();
  }

  /** Ends every session of the account; its clients then get this error. */
  revoke(accountId: number, answer: z.infer<typeof sessionEnd> = "SESSION_REVOKED"): void {
    this.#backend.centre?.revoke(this.#account(accountId), answer);
  }

  /** What happens to the next calls of a method. */
  plan(fault: Plan): void {
    this.#backend.faults.plan(plannedFault.parse(fault));
  }

  connections(what: z.infer<typeof onConnections>): void {
    const { centre, host } = this.#backend;
    if (what === "drop") host.cutConnections();
    else if (what === "freeze") centre?.freezeConnections();
    else if (what === "rotateSalts") centre?.rotateSalts();
    else centre?.forgetKeys();
  }

  /** The next difference is too long: for an account, or a channel. */
  forgetUpdates({ accountId, chat }: { accountId?: number; chat?: string }): void {
    const box = chat === undefined ? this.#account(accountId ?? 0).box : this.#backend.world.chat(chat)?.box;
    if (!box) throw new Refusal(404, "No such channel");
    box.log = [];
    box.pts++;
    this.#backend.world.changed();
  }

  /** Sends what the account has scheduled, without waiting for its time. */
  sendScheduled(accountId: number): void {
    const { personId } = this.#account(accountId);
    this.#backend.scheduler.fire((scheduled) => scheduled.accountId === personId);
  }

  expireFiles(): void {
    this.#backend.host.state.fileEpoch++;
    this.#backend.world.changed();
  }

  /** How many connections of the account hear of updates now. */
  countListeners(accountId: number): number {
    return this.#backend.centre?.countListeners(this.#account(accountId)) ?? 0;
  }

  /** How clients find and trust this data centre. */
  describe(): { address: string; publicKey: string } {
    return { address: this.#backend.host.tcpAddress, publicKey: this.#backend.publicKey };
  }

  #store({ photos = [], voices = [], videos = [], documents = [] }: Attachments): Media[] {
    const add = (upload: Upload, kind: "photo" | "document", attributes: Plain[]): Media => {
      const named = kind === "photo" ? [] : [{ _: "DocumentAttributeFilename", fileName: upload.name }];
      const file = this.#backend.files.add(upload.bytes, {
        kind,
        mime: upload.mime,
        attributes: [...attributes, ...named],
      });
      return { kind: "file", file: file.unique, isSpoiler: false };
    };
    const audio = { _: "DocumentAttributeAudio", voice: true, duration: 3 };
    const video = { _: "DocumentAttributeVideo", duration: 3, w: 320, h: 240, supportsStreaming: true };
    return [
      ...photos.map((upload) => add(upload, "photo", [])),
      ...voices.map((upload) => add(upload, "document", [audio])),
      ...videos.map((upload) => add(upload, "document", [video])),
      ...documents.map((upload) => add(upload, "document", [])),
    ];
  }

  #assertFree(phone: string): void {
    const owner = this.#backend.world.findPerson((one) => one.phone === phone);
    if (owner !== undefined) throw new Refusal(409, "The phone number is taken");
  }

  #account(id: number): Account {
    const account = this.#backend.world.account(id);
    if (account === undefined) throw new Refusal(404, "No such account");
    return account;
  }

  #chat({ from, to, chat: key }: { from: number; to?: number; chat?: string }): Chat {
    const { world } = this.#backend;
    if (world.person(from) === undefined) throw new Refusal(404, "No such person");
    if (to !== undefined) return world.privateChat(from, this.#account(to).personId);
    const chat = key === undefined ? undefined : world.chat(key);
    if (chat === undefined) throw new Refusal(404, "No such chat");
    this.#assertIn(chat, from);
    return chat;
  }

  #assertIn(chat: Chat, personId: number): void {
    if (!this.#backend.world.has(chat, personId)) throw new Refusal(403, "This person is not in the chat");
  }

  #message(uid: number): Located {
    const found = this.#backend.world.locateUid(uid);
    if (found === undefined) throw new Refusal(404, "No such message");
    return found;
  }
}
