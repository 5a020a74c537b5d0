import { randomBytes } from "node:crypto";
import { Refusal, type Upload } from "../http.ts";
import { readImageSize } from "../image-size.ts";
import type { InstagramBackend } from "./backend.ts";
import type { WriteComment, WriteMessage } from "./control.ts";
import { commentEvent, mentionEvent, messageEvent, reactionEvent, seenEvent, unsendEvent } from "./events.ts";
import type { Media, Message, Person } from "./state.ts";
import { findMedia, findMessage, findPerson, takeNumericId } from "./state.ts";

const PHOTO_LIMIT_BYTES = 8 * 1024 * 1024;
const TEXT_LIMIT = 1_000;

/** People on Instagram, and what their apps let them do. Methods throw `Refusal` for everything else. */
export class InstagramPeople {
  readonly #backend: InstagramBackend;

  constructor(backend: InstagramBackend) {
    this.#backend = backend;
  }

  /** A direct message to the account: a text or a picture, perhaps as an answer to a message or a story. */
  write(input: WriteMessage, photo?: Upload): { mid: string } {
    const { id: personId } = this.#person(input.personId);
    const text = input.text?.trim() ?? "";
    if (text === "" && photo === undefined) throw new Refusal(400, "The message is empty");
    if (text.length > TEXT_LIMIT) throw new Refusal(400, "The message is too long");
    if (input.storyId !== undefined && this.#media(input.storyId).kind !== "story")
      throw new Refusal(404, "No such story");
    if (input.replyToMid !== undefined) this.#message(input.replyToMid);
    const attachment = photo === undefined ? null : { type: "image" as const, file: this.#store(photo), url: null };
    const place = { replyToMid: input.replyToMid ?? null, storyId: input.storyId ?? null };
    return this.#send({ personId, by: "person", text, attachment, ...place });
  }

  /** The person's own story mentions the account, which gets a message about it. */
  mentionInStory(personId: string): { mid: string } {
    const { id } = this.#person(personId);
    const attachment = { type: "story_mention" as const, file: "picture-3", url: null };
    return this.#send({ personId: id, by: "person", attachment });
  }

  /** Sends a post of the account to the account. */
  share({ personId, mediaId }: { personId: string; mediaId: string }): { mid: string } {
    const attachment = { type: "share" as const, file: this.#media(mediaId).file, url: null };
    return this.#send({ personId: this.#person(personId).id, by: "person", attachment });
  }

  /** The business answers in Instagram's own app, so the product hears of it by an echo. */
  writeAsAccount({ personId, text }: { personId: string; text: string }): { mid: string } {
    if (text.trim() === "") throw new Refusal(400, "The message is empty");
    return this.#send({ personId: this.#person(personId).id, by: "app", text: text.trim() });
  }

  react({ personId, mid, emoji }: { personId: string; mid: string; emoji: string | null }): void {
    const message = this.#message(mid, personId);
    message.reaction = emoji;
    this.#announce([reactionEvent(this.#backend.host, message, this.#now)]);
  }

  /** The person opens the conversation: all that the account wrote is seen. */
  read(personId: string): void {
    const { messages } = this.#backend.host.state;
    const fresh = messages.filter((one) => one.personId === personId && one.by !== "person" && !one.isSeen);
    const latest = fresh.at(-1);
    if (latest === undefined) return;
    for (const message of fresh) message.isSeen = true;
    this.#announce([seenEvent(this.#backend.host, latest, this.#now)]);
  }

  /** Takes back a message of the person's own. */
  unsend({ personId, mid }: { personId: string; mid: string }): void {
    const message = this.#message(mid, personId);
    if (message.by !== "person") throw new Refusal(403, "Only one's own messages can be taken back");
    if (message.isUnsent) return;
    Object.assign(message, { isUnsent: true, text: "", attachment: null });
    this.#announce([unsendEvent(this.#backend.host, message, this.#now)]);
  }

  comment({ personId, mediaId, text, parentId }: WriteComment): { commentId: string } {
    const { host, webhooks } = this.#backend;
    const media = this.#media(mediaId);
    if (media.kind === "story") throw new Refusal(403, "A story is answered by a message");
    if (media.kind === "live" && !media.isLive) throw new Refusal(403, "The live video is over");
    if (parentId !== undefined && !host.state.comments.some(({ id }) => id === parentId)) {
      throw new Refusal(404, "No such comment");
    }
    const fromId = this.#person(personId).id;
    const comment = this.#backend.addComment({ mediaId, fromId, text, parentId: parentId ?? null });
    webhooks.send([commentEvent(host, comment)]);
    return { commentId: comment.id };
  }

  /** Mentions the account in a comment under another account's post. */
  mention({ personId, text }: { personId: string; text: string }): { commentId: string } {
    const { host, webhooks } = this.#backend;
    const comment = this.#backend.addComment({ mediaId: null, fromId: this.#person(personId).id, text });
    webhooks.send([mentionEvent(comment, takeNumericId(host.state))]);
    return { commentId: comment.id };
  }

  /** Comments of all people under one post, in a single webhook. */
  commentBurst({ mediaId, count }: { mediaId: string; count: number }): void {
    const { host, webhooks } = this.#backend;
    this.#media(mediaId);
    const { people } = host.state;
    const comments = Array.from({ length: count }, (_, index) =>
      this.#backend.addComment({
        mediaId,
        fromId: people[index % people.length]?.id ?? "",
        text: `Comment ${index + 1}`,
      }),
    );
    webhooks.send(comments.map((comment) => commentEvent(host, comment)));
  }

  /** The account's live video goes on air, or ends. */
  setLive(isLive: boolean): void {
    for (const media of this.#backend.host.state.media) if (media.kind === "live") media.isLive = isLive;
    this.#backend.announce();
  }

  /** Sets where webhooks go. @throws Refusal 409 when it does not answer Meta's challenge */
  connect(url: string): Promise<void> {
    return this.#backend.webhooks.connect(url);
  }

  /** Sends one of the latest webhooks again now. */
  retryWebhook(id: string): void {
    this.#backend.webhooks.retry(id);
  }

  get #now(): number {
    return this.#backend.host.now().getTime();
  }

  #send(draft: Pick<Message, "personId" | "by"> & Partial<Message>): { mid: string } {
    const message = this.#backend.addMessage(draft);
    this.#backend.webhooks.send([messageEvent(this.#backend.host, message)]);
    return { mid: message.mid };
  }

  #announce(events: Parameters<InstagramBackend["webhooks"]["send"]>[0]): void {
    this.#backend.announce();
    this.#backend.webhooks.send(events);
  }

  #person(id: string): Person {
    const person = findPerson(this.#backend.host.state, id);
    if (person === undefined) throw new Refusal(404, "No such person");
    return person;
  }

  #media(id: string): Media {
    const media = findMedia(this.#backend.host.state, id);
    if (media === undefined) throw new Refusal(404, "No such post");
    return media;
  }

  #message(mid: string, personId?: string): Message {
    const message = findMessage(this.#backend.host.state, mid);
    if (message === undefined || (personId !== undefined && message.personId !== personId)) {
      throw new Refusal(404, "No such message");
    }
    return message;
  }

  #store({ bytes }: Upload): string {
    const size = readImageSize(bytes);
    if (size === null || bytes.length > PHOTO_LIMIT_BYTES) throw new Refusal(400, "Not a picture of up to 8 MB");
    const unique = `IG${randomBytes(12).toString("hex")}`;
    return this.#backend.files.add(bytes, { unique, mime: size.mime }).unique;
  }
}
