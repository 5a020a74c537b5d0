/** Whom a message goes to: a person who wrote, or once the author of a comment. */
export type InstagramRecipient = { id: string } | { commentId: string };

export interface InstagramMessage {
  to: InstagramRecipient;
  content: { text: string } | { imageUrl: string };
  /** An agent answers after the standard window; the app needs Meta's approval for it. */
  tag?: "HUMAN_AGENT";
}

export interface InstagramIdentity {
  /** The id that webhooks name the account by. */
  id: string;
  username: string;
}

export interface InstagramToken {
  token: string;
  expiresInSeconds: number;
}

/** A message of a conversation, as the API lists it. */
export interface ListedMessage {
  id: string;
  /** ISO 8601. */
  createdAt: string;
  from: { id: string; username: string | null };
  /** The other side of the conversation, where the account wrote it. */
  to: { id: string; username: string | null } | null;
  text: string;
}

export interface ListedComment {
  id: string;
  mediaId: string;
  /** ISO 8601. */
  createdAt: string;
  from: { id: string | null; username: string | null };
  text: string;
}

/** A page of a list, newest first. */
export interface InstagramPage<Item> {
  items: Item[];
  /** For the next page; null at the end. */
  after: string | null;
}

/** A conversation or a post. */
export interface InstagramThread<Item> {
  id: string;
  newest: InstagramPage<Item>;
}

/**
 * What Meta said no to, sorted by what to do about it.
 * - `limited`: wait `retryAfterMs`, then the same call
 * - `down`: network, timeout, 5xx or no answer of the API; see `mayHaveArrived`
 * - `tokenInvalid`: expired or revoked; every call fails until there is a new one
 * - `windowClosed`: the time in which the person may be written to is over
 * - `gone`: the person, comment or message does not exist, or may not be written to
 * - `refused`: everything else, in Meta's own words
 */
export type InstagramFailure = "limited" | "down" | "tokenInvalid" | "windowClosed" | "gone" | "refused";

export class InstagramError extends Error {
  readonly failure: InstagramFailure;
  readonly retryAfterMs: number | null;
  /** With `down`: the request left, and what came of it is not known. */
  readonly mayHaveArrived: boolean;

  constructor(
    failure: InstagramFailure,
    message: string,
    details: { retryAfterMs?: number | null; mayHaveArrived?: boolean } = {},
  ) {
    super(message);
    this.name = "InstagramError";
    this.failure = failure;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.mayHaveArrived = details.mayHaveArrived ?? false;
  }
}

/**
 * The Instagram API with Instagram Login as Pult uses it, for the account that a token belongs to. Every method throws `InstagramError` and nothing
 * else; none retries or waits by itself.
 * @see https://developers.facebook.com/docs/instagram-platform
 */
export interface Instagram {
  getMe(token: string): Promise<InstagramIdentity>;
  /** The token with a later end; Meta refuses it for tokens younger than a day. */
  refreshToken(token: string): Promise<InstagramToken>;
  /** Never to be repeated blindly: Meta recognises no repeats. */
  sendMessage(token: string, message: InstagramMessage): Promise<{ messageId: string }>;
  /** Answers a comment in public, below it. */
  replyToComment(token: string, reply: { commentId: string; text: string }): Promise<{ commentId: string }>;
  /** Name and username of a person who wrote to the account; null where they have none. */
  getProfile(token: string, id: string): Promise<{ name: string | null; username: string | null }>;
  /** Conversations with their newest messages. */
  listConversations(
    token: string,
    after?: string,
  ): Promise<InstagramPage<InstagramThread<ListedMessage> & { updatedAt: string }>>;
  /** Further messages of a conversation. Meta may refuse those that are not among its newest. */
  listMessages(token: string, conversationId: string, after: string): Promise<InstagramPage<ListedMessage>>;
  /** The account's posts with their newest comments. */
  listMedia(token: string, after?: string): Promise<InstagramPage<InstagramThread<ListedComment>>>;
  listComments(token: string, mediaId: string, after: string): Promise<InstagramPage<ListedComment>>;
  /** Fields of which Meta sends webhooks about the account. */
  getSubscribedFields(token: string): Promise<string[]>;
  subscribe(token: string, fields: readonly string[]): Promise<void>;
  /** The bytes of an attachment, at most `maxBytes`; only from public addresses. */
  download(url: string, limits: { maxBytes: number }): Promise<AsyncIterable<Uint8Array>>;
}

/** Longest text of a message, in bytes of UTF-8. @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api */
export const MAX_MESSAGE_BYTES = 1_000;
/** Images that Meta takes, and bytes of one. */
export const IMAGE_TYPES: readonly string[] = ["image/jpeg", "image/png", "image/gif"];
export const MAX_IMAGE_BYTES = 8 * 1024 * 1024;

/** Everything that one installation does with its account: calls out, its token, its reconciliation. */
export const INSTAGRAM_LEASE = "instagram";

/** The account of this installation. */
export interface InstagramApp {
  api: Instagram;
  /** Of the environment; replaced by what it is refreshed to. */
  startToken: string;
  /** Meta approved the app's Human Agent feature: agents may answer for 7 days. */
  humanAgent: boolean;
  /** Whether it loads photos over https alone, as Meta does. */
  needsHttps: boolean;
}
