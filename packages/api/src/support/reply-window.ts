import type { Transaction } from "@pult/db/database.ts";
import type { DomainError } from "../errors.ts";
import { type ConnectionRow, readConnection } from "../instagram/connection.ts";
import type { InstagramApp } from "../instagram/instagram.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import { supportError } from "./errors.ts";
import type { ReplyWindow } from "./schema.ts";
import type { MessageWrite } from "./write.ts";

const HOUR_MS = 60 * 60_000;
/** @see https://developers.facebook.com/docs/messenger-platform/policy/policy-overview#standard-messaging-window */
const STANDARD_MS = 24 * HOUR_MS;
/** For people, not programs, in apps whose Human Agent feature Meta approved. */
const HUMAN_AGENT_MS = 7 * 24 * HOUR_MS;

/** The window that something the customer did opens: it counts from when they did it. */
export const windowFrom = (
  openedBy: ReplyWindow["openedBy"],
  at: Date,
  app: Pick<InstagramApp, "humanAgent"> | null,
): ReplyWindow => ({
  openedBy,
  openedAt: at.toISOString(),
  until: new Date(at.getTime() + (app?.humanAgent ? HUMAN_AGENT_MS : STANDARD_MS)).toISOString(),
});

/** Of two windows the one that ends later: events may come in any order. */
export const laterWindow = (one: ReplyWindow | null, other: ReplyWindow | null): ReplyWindow | null =>
  !one || (other && other.until > one.until) ? other : one;

/** Whether an answer now needs the tag that says a person wrote it. */
export const needsTag = ({ openedAt }: ReplyWindow, now: Date): boolean =>
  now.getTime() > Date.parse(openedAt) + STANDARD_MS;

/** @returns null while the conversation may be answered on its channel */
export function windowRefusal(
  { channel, replyWindow }: Pick<ConversationRecord, "channel" | "replyWindow">,
  now: Date,
): "replyWindowNotOpen" | "replyWindowOver" | null {
  if (channel !== "instagram") return null;
  if (!replyWindow) return "replyWindowNotOpen";
  return replyWindow.until > now.toISOString() ? null : "replyWindowOver";
}

/** What decides over the answers of a batch: nothing is read where none goes to Instagram. */
export interface ReplyRules {
  app: InstagramApp | null;
  connection: ConnectionRow | null;
  now: Date;
}

type Answer = Pick<MessageWrite, "kind" | "source">;

/** Answers from the support group, where nothing can be refused, are stored and fail on their way instead. */
const isRefusable = ({ kind, source }: Answer): boolean =>
  kind === "agent" && (source === "dashboard" || source === "api");

export async function readReplyRules(
  tx: Transaction,
  answers: readonly { write: Answer; channel: string | undefined }[],
  { instagram: app, now }: { instagram: InstagramApp | null; now: () => Date },
): Promise<ReplyRules> {
  const isAsked = answers.some(({ write, channel }) => channel === "instagram" && isRefusable(write));
  return { app, connection: isAsked ? await readConnection(tx, app) : null, now: now() };
}

/** Why an agent's answer cannot go out; null for what can, and for everything that is none. */
export function replyRefusal(
  write: Answer,
  record: Pick<ConversationRecord, "channel" | "replyWindow">,
  { app, connection, now }: ReplyRules,
): DomainError | null {
  if (record.channel !== "instagram" || !isRefusable(write)) return null;
  if (!app) return supportError("instagramOff");
  if (connection?.failure) return supportError("instagramTokenInvalid", { reason: connection.failure });
  const refusal = windowRefusal(record, now);
  return refusal && supportError(refusal);
}
