import {
  type Instagram,
  InstagramError,
  type InstagramIdentity,
  type InstagramMessage,
  type InstagramPage,
  type InstagramThread,
  type ListedComment,
  type ListedMessage,
  MAX_MESSAGE_BYTES,
} from "../instagram/instagram.ts";

const EXPIRES_IN_SECONDS = 5_184_000;

type Method = keyof Instagram;

/** Instagram in memory, for one account. It refuses what Meta refuses; failures of other kinds are told to it beforehand. */
export class FakeInstagram implements Instagram {
  readonly account: InstagramIdentity = { id: "17840000000000001", username: "fake_shop" };
  /** Tokens that are accepted. */
  readonly tokens = new Set(["first-token"]);
  /** People who wrote to the account, by id. */
  readonly people = new Map<string, { name: string | null; username: string | null }>();
  /** Comments that exist. */
  readonly comments = new Set<string>();
  readonly sent: (InstagramMessage & { messageId: string })[] = [];
  readonly replies: { commentId: string; text: string; id: string }[] = [];
  /** By address. */
  readonly files = new Map<string, Uint8Array>();
  /** Pages of lists, newest first, with all their messages or comments. */
  conversations: { updatedAt: string; messages: ListedMessage[] }[][] = [];
  media: { comments: ListedComment[] }[][] = [];
  subscribed: string[] = [];
  /** Every call, also those that failed. */
  readonly calls: Method[] = [];
  /** Thrown by every call while it is set. */
  failAll: InstagramError | null = null;
  readonly #failures: { method: Method; error: InstagramError; after: boolean }[] = [];
  #lastId = 0;

  /** The next call of this method throws this. @param after whether Meta carries it out first: the answer is lost */
  failNext(method: Method, error: InstagramError, { after = false } = {}): void {
    this.#failures.push({ method, error, after });
  }

  async getMe(token: string): Promise<InstagramIdentity> {
    return this.#call("getMe", token, () => this.account);
  }

  async refreshToken(token: string) {
    return this.#call("refreshToken", token, () => {
      const fresh = `refreshed-${++this.#lastId}`;
      this.tokens.add(fresh);
      return { token: fresh, expiresInSeconds: EXPIRES_IN_SECONDS };
    });
  }

  async sendMessage(token: string, message: InstagramMessage): Promise<{ messageId: string }> {
    return this.#call("sendMessage", token, () => {
      const { to, content } = message;
      if ("text" in content && Buffer.byteLength(content.text) > MAX_MESSAGE_BYTES)
        throw new InstagramError("refused", "The message is too long");
      if ("id" in to ? !this.people.has(to.id) : !this.comments.has(to.commentId))
        throw new InstagramError("gone", "No matching user found");
      const messageId = `mid.${++this.#lastId}`;
      this.sent.push({ ...message, messageId });
      return { messageId };
    });
  }

  async replyToComment(token: string, { commentId, text }: { commentId: string; text: string }) {
    return this.#call("replyToComment", token, () => {
      if (!this.comments.has(commentId)) throw new InstagramError("gone", "The comment does not exist");
      const id = `reply.${++this.#lastId}`;
      this.replies.push({ commentId, text, id });
      return { commentId: id };
    });
  }

  async getProfile(token: string, id: string) {
    return this.#call("getProfile", token, () => {
      const found = this.people.get(id);
      if (!found) throw new InstagramError("gone", "The person does not exist");
      return found;
    });
  }

  async listConversations(token: string, after?: string) {
    const threads = this.conversations.map((page, at) =>
      page.map(({ updatedAt, messages }, index) => ({ ...threadOf(`${at}:${index}`, messages), updatedAt })),
    );
    return this.#call("listConversations", token, () => pageOf(threads, after));
  }

  async listMessages(token: string, id: string, after: string) {
    const [at = 0, index = 0] = id.split(":").map(Number);
    const messages = this.conversations[at]?.[index]?.messages ?? [];
    return this.#call("listMessages", token, () => pageOf(portionsOf(messages), after));
  }

  async listMedia(token: string, after?: string) {
    const threads = this.media.map((page, at) =>
      page.map(({ comments }, index) => threadOf(`${at}:${index}`, comments)),
    );
    return this.#call("listMedia", token, () => pageOf(threads, after));
  }

  async listComments(token: string, id: string, after: string) {
    const [at = 0, index = 0] = id.split(":").map(Number);
    const comments = this.media[at]?.[index]?.comments ?? [];
    return this.#call("listComments", token, () => pageOf(portionsOf(comments), after));
  }

  async getSubscribedFields(token: string): Promise<string[]> {
    return this.#call("getSubscribedFields", token, () => [...this.subscribed]);
  }

  async subscribe(token: string, fields: readonly string[]): Promise<void> {
    return this.#call("subscribe", token, () => {
      this.subscribed = [...fields];
    });
  }

  async download(url: string, { maxBytes }: { maxBytes: number }): Promise<AsyncIterable<Uint8Array>> {
    return this.#call("download", null, () => {
      const bytes = this.files.get(url);
      if (!bytes) throw new InstagramError("gone", "The attachment answered 404");
      if (bytes.length > maxBytes) throw new InstagramError("refused", "The attachment is too large");
      return (async function* () {
        yield bytes;
      })();
    });
  }

  #call<Result>(method: Method, token: string | null, carryOut: () => Result): Result {
    this.calls.push(method);
    const index = this.#failures.findIndex((failure) => failure.method === method);
    const [announced] = index < 0 ? [] : this.#failures.splice(index, 1);
    if (announced && !announced.after) throw announced.error;
    if (this.failAll) throw this.failAll;
    if (token !== null && !this.tokens.has(token))
      throw new InstagramError("tokenInvalid", "Error validating access token: the session has expired");
    const result = carryOut();
    if (announced) throw announced.error;
    return result;
  }
}

const PORTION = 25;

const portionsOf = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / PORTION) }, (_, at) => items.slice(at * PORTION, (at + 1) * PORTION));

const threadOf = <Item>(id: string, items: readonly Item[]): InstagramThread<Item> => ({
  id,
  newest: pageOf(portionsOf(items), undefined),
});

function pageOf<Item>(pages: Item[][], after: string | undefined): InstagramPage<Item> {
  const at = after === undefined ? 0 : Number(after);
  return { items: pages[at] ?? [], after: at + 1 < pages.length ? String(at + 1) : null };
}
