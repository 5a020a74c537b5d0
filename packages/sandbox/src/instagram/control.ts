import { z } from "zod";

/**
 * Instagram in the control API: requests below `instagram/`, and what the page is shown. The page imports types of it only.
 *
 * | request | body | answer |
 * |---|---|---|
 * | `POST messages` | `WriteMessage` as JSON, or multipart: field `json` plus a file `photo` | `{ mid }` |
 * | `POST story-mention` | `{ personId }` | `{ mid }` |
 * | `POST share` | `{ personId, mediaId }` | `{ mid }` |
 * | `POST account-message` | `{ personId, text }`: from Instagram's own app | `{ mid }` |
 * | `POST react` | `{ personId, mid, emoji }`, null takes it back | `{}` |
 * | `POST read` | `{ personId }` | `{}` |
 * | `POST unsend` | `{ personId, mid }` | `{}` |
 * | `POST comments` | `WriteComment`: live on a video that is on air | `{ commentId }` |
 * | `POST mention` | `{ personId, text }`: in a comment elsewhere | `{ commentId }` |
 * | `POST burst` | `{ mediaId, count }`: so many comments in one webhook | `{}` |
 * | `POST live` | `{ isLive }`: begins or ends the live video | `{}` |
 * | `POST callback` | `{ url }`: verified as Meta does, then webhooks go there | `{}` |
 * | `POST retry` | `{ webhookId }`: sends a webhook again now | `{}` |
 * | `GET files/:id` | | the bytes of a picture |
 */

export const writeMessage = z.object({
  personId: z.string(),
  text: z.string().default(""),
  replyToMid: z.string().optional(),
  /** Set for a reply to this story. */
  storyId: z.string().optional(),
});
export type WriteMessage = z.input<typeof writeMessage>;

export const writeComment = z.object({
  personId: z.string(),
  mediaId: z.string(),
  text: z.string().min(1).max(2_200),
  parentId: z.string().optional(),
});
export type WriteComment = z.infer<typeof writeComment>;

export const burst = z.object({ mediaId: z.string(), count: z.int().min(1).max(1_000).default(1_000) });

export interface SandboxInstagramPerson {
  id: string;
  name: string;
  username: string;
}

export const instagramMediaKind = z.enum(["post", "story", "live"]);

export interface SandboxInstagramMedia {
  id: string;
  kind: z.infer<typeof instagramMediaKind>;
  caption: string;
  /** Load it at `instagram/files/<file>`. */
  file: string;
  /** Live videos only: on air. */
  isLive: boolean;
}

export interface SandboxInstagramComment {
  id: string;
  /** Null: a post of another account, where this one is mentioned. */
  mediaId: string | null;
  parentId: string | null;
  from: { id: string; username: string };
  text: string;
  at: string;
  /** The account has answered it in private. */
  hasPrivateReply: boolean;
}

export interface SandboxInstagramMessage {
  mid: string;
  personId: string;
  /** Who wrote it: the person, or the account by the API or in Instagram's own app. */
  by: "person" | "api" | "app";
  text: string;
  /** A picture of the sandbox is `file`, one that the product sent is at `url`. */
  attachment: { type: "image" | "share" | "story_mention"; file: string | null; url: string | null } | null;
  /** Text of what it answers. */
  replyTo: string | null;
  storyId: string | null;
  reaction: string | null;
  isUnsent: boolean;
  isSeen: boolean;
  at: string;
}

/** A webhook on its way to the product, or one of the latest that arrived. */
export interface SandboxWebhook {
  id: string;
  /** What it carries, such as `comments` or `comments × 1000`. */
  title: string;
  at: string;
  attempts: number;
  /** HTTP status of the latest answer; 0: none came; null: not sent yet. */
  status: number | null;
  state: "waiting" | "delivered" | "given up";
}

export interface SandboxInstagram {
  account: { id: string; name: string; username: string };
  /** Whether webhooks have a verified address. */
  isConnected: boolean;
  people: SandboxInstagramPerson[];
  media: SandboxInstagramMedia[];
  /** The latest of each post, oldest first. */
  comments: SandboxInstagramComment[];
  messages: SandboxInstagramMessage[];
  /** Newest first. */
  webhooks: SandboxWebhook[];
}

/** Fault switches of Instagram. */
export interface InstagramFaults {
  /**
   * What the Graph API answers. `tokenExpired`: error 190; `lost`: the call takes effect and the connection is cut; `html`:
   * a proxy's page, and nothing takes effect. Null: off.
   */
  instagramApi: "tokenExpired" | "serverError" | "html" | "lost" | "rateLimited" | null;
  /** How webhooks are sent. `late`: their times lie two days back. Null: as they should be. */
  instagramWebhooks: "twice" | "reordered" | "unsigned" | "wronglySigned" | "late" | null;
}
