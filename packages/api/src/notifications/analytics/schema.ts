import { z } from "zod";
import { instant } from "../../instant.ts";
import { alertRef } from "../schema.ts";

const MAX_DAYS = 31;
export const MAX_ALERTS = 500;
export const analyticsInput = z
  .object({ from: instant, to: instant })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], message: "must be after from" })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= MAX_DAYS * 86_400_000, {
    path: ["to"],
    message: `must be at most ${MAX_DAYS} days after from`,
  });
export type AnalyticsInput = z.infer<typeof analyticsInput>;

const ids = z.array(alertRef.shape.id).min(1).max(200);
export const reachInput = z.object({ ids });
export const seenInput = z.object({ ids: ids.max(50) });

/** Whom an alert reached. */
export interface Reach {
  /** Users of the Mini App who were connected when it was published. */
  connected: number;
  /** Users it was written to as it was published. */
  received: number;
  /** Users who were handed it on their return. */
  receivedLater: number;
  /** Users who opened it. */
  opened: number;
}
export interface AlertReach extends Reach {
  id: string;
  name: string;
  publishedAt: string;
}

/** What was told in a time, and whom it reached. */
export interface Analytics {
  /** The newest 500. */
  alerts: AlertReach[];
  alertTotals: Reach & { published: number };
  /** Calls of broadcasts that were begun in the time, by what they came to. */
  broadcasts: { sent: number; failed: number; waiting: number; cancelled: number; count: number };
  /** Pushes and bot messages about alerts. */
  pushes: { sent: number; failed: number; waiting: number; skipped: number };
  toasts: number;
}

export interface StatusSample {
  at: string;
  running: boolean;
  connected: number;
  messages: number;
  alerts: number;
  profit: number;
  /** How long 95 % of what left in ten minutes waited at most; null when nothing left. */
  deliveryMs: number | null;
}
