import { z } from "zod";
import { isStorable } from "../../storable.ts";
import { followInput, type LiveAlert } from "../schema.ts";

export const TOAST_LEVELS = ["info", "success", "warning", "error"] as const;

/** A line that a user is told. */
export const toast = z.object({
  id: z.string(),
  level: z.enum(TOAST_LEVELS),
  title: z.string(),
  createdAt: z.iso.datetime(),
});
export type Toast = z.infer<typeof toast>;
export const toastEvent = z.object({ type: z.literal("toast"), toast });
export type ToastEvent = z.infer<typeof toastEvent>;

/** A Telegram user id, or an identity such as `app:42`. */
const userId = z.string().regex(/^([1-9]\d{0,15}|(telegram|app|wallet):\S{1,200})$/, "must be a Telegram user id");
export const toastInput = z.object({
  /** Default: everyone. */
  userIds: z.array(userId).min(1).max(1_000).optional(),
  message: z.string().trim().min(1).max(500).refine(isStorable, "No NUL or half characters"),
  level: z.enum(TOAST_LEVELS).default("info"),
  /** A repeat with the same id has no effect. */
  clientId: z.string().min(1).max(128).refine(isStorable, "No NUL or half characters").optional(),
});
export type ToastInput = z.infer<typeof toastInput>;

export const followToastsInput = followInput.extend({
  /** The caller's own, or those that everyone is told. */
  to: z.enum(["me", "everyone"]).default("me"),
});

export const historyInput = z.object({
  /** `nextCursor` of the page before. */
  cursor: z.string().max(100).nullish(),
  limit: z.int().min(1).max(100).default(50),
});
export type HistoryInput = z.infer<typeof historyInput>;
export type HistoryItem = ({ type: "alert"; alert: LiveAlert } | { type: "toast"; toast: Toast }) & {
  at: string;
};
export interface HistoryPage {
  /** Newest first. */
  items: HistoryItem[];
  nextCursor: string | null;
}

export const presenceInput = z.object({
  state: z.enum(["online", "away"]).optional(),
  /** `nextCursor` of the page before. */
  cursor: z.string().max(300).nullish(),
  limit: z.int().min(1).max(200).default(50),
});
export type PresenceInput = z.infer<typeof presenceInput>;

/** A user of the Mini App who is connected, or was within a month. */
export interface MiniAppUser {
  /** `unproven` for sockets that only named the id, with `LEGACY_AUTH=open`. */
  namespace: string;
  externalId: string;
  /** Null for one whom the workspace does not know. */
  personId: string | null;
  name: string | null;
  username: string | null;
  isOnline: boolean;
  /** When the last visit began. */
  since: string;
  /** When it ended; null while it lasts. */
  lastSeenAt: string | null;
}
export interface PresencePage {
  /** Users who are connected now. */
  online: number;
  /** Those who are connected first; then the last seen first. */
  users: MiniAppUser[];
  nextCursor: string | null;
}

/** Everyone who is connected, by whichever protocol. */
export interface ConnectedCount {
  connected: number;
}

/** Newest that are kept for a user who is away. */
export const MAX_MISSED = 100;
export const takeMissedInput = z.object({
  /** The newest are handed out; earlier ones are given up. */
  limit: z.int().min(1).max(MAX_MISSED).default(MAX_MISSED),
});

/** What a user was not there for, as a client of the Mini App protocol hears it. */
export type Missed = ({ type: "alert"; alert: LiveAlert } | { type: "toast"; toast: Toast }) & {
  /** Unix ms at which it was told to those who were there, and how long ago that is. */
  queuedAt: number;
  ageMs: number;
};
