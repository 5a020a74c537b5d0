import { FileStore } from "../file-store.ts";
import type { Comment, InstagramHost, Message } from "./state.ts";
import { findMedia, takeMid, takeNumericId } from "./state.ts";
import { viewInstagram } from "./view.ts";
import { WebhookSender } from "./webhooks.ts";

const KEPT_MESSAGES = 500;
/** More than the largest webhook carries. */
const KEPT_COMMENTS = 2_000;

/** The parts of Instagram's servers that the Graph API and people's actions share. */
export class InstagramBackend {
  readonly host: InstagramHost;
  readonly files: FileStore<{ unique: string; mime: string }>;
  readonly webhooks: WebhookSender;

  constructor(host: InstagramHost) {
    this.host = host;
    this.files = new FileStore(host);
    this.webhooks = new WebhookSender(host, () => this.announce());
  }

  addMessage(draft: Pick<Message, "personId" | "by"> & Partial<Message>): Message {
    const { state } = this.host;
    const message: Message = {
      text: "",
      attachment: null,
      replyToMid: null,
      storyId: null,
      reaction: null,
      isUnsent: false,
      isSeen: false,
      ...draft,
      mid: takeMid(state),
      at: this.host.now().getTime(),
    };
    state.messages.push(message);
    state.messages.splice(0, state.messages.length - KEPT_MESSAGES);
    this.announce();
    return message;
  }

  addComment(draft: Pick<Comment, "mediaId" | "fromId" | "text"> & Partial<Comment>): Comment {
    const { state } = this.host;
    const comment: Comment = {
      parentId: null,
      isOnAir: findMedia(state, draft.mediaId)?.isLive === true,
      hasPrivateReply: false,
      ...draft,
      id: takeNumericId(state),
      at: this.host.now().getTime(),
    };
    state.comments.push(comment);
    state.comments.splice(0, state.comments.length - KEPT_COMMENTS);
    this.announce();
    return comment;
  }

  /** To be called after every change. */
  announce(): void {
    this.host.changed();
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    // Once for all that happens in one turn: a thousand comments are one event.
    setImmediate(() => {
      this.#isAnnounced = false;
      this.host.emit({ type: "instagram", instagram: viewInstagram(this.host.state).instagram });
    });
  }

  #isAnnounced = false;
}
