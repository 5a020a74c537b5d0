import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { type Actor, actorKeyOf, identityOf } from "../../actor.ts";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { malformed } from "../../errors.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import type { LogView } from "../../realtime/view.ts";
import { toastsTopic } from "../events.ts";
import { enterAsReader, readerOf } from "../readers/reader-board.ts";
import type { Toast, ToastEvent, ToastInput } from "./schema.ts";

interface NewToast extends Pick<Toast, "level" | "title"> {
  /** Null for everyone. */
  reader: string | null;
}

/** Stores toasts. @returns what is to be appended to logs; nothing for a repeat */
export async function storeToasts(
  tx: Transaction,
  { toasts, now, requestKey = null }: { toasts: readonly NewToast[]; now: Date; requestKey?: string | null },
): Promise<NewEntry[]> {
  if (toasts.length === 0) return [];
  const rows = rowsOf<NewToast & { id: number }>(
    await tx.execute(sql`
      insert into toasts (reader, level, title, created_at, request_key)
      select reader, level, title, ${now.toISOString()}::timestamptz, ${requestKey}
      from jsonb_to_recordset(${JSON.stringify(toasts)}::jsonb) as x(reader text, level text, title text)
      on conflict do nothing returning id, reader, level, title`),
  );
  return rows.map(({ id, reader, level, title }) => ({
    topic: toastsTopic.name(reader ?? "all"),
    payload: { type: "toast", toast: { id: String(id), level, title, createdAt: now.toISOString() } },
  }));
}

/**
 * Tells users something in a line: those who are connected at once, those who are away when they return.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 */
export async function sendToast(ctx: Context, input: ToastInput): Promise<{ count: number }> {
  requireStaff(ctx.actor, "notifications:write");
  const { message: title, level, userIds, clientId } = input;
  const readers = userIds ? [...new Set(userIds.map((id) => (id.includes(":") ? id : `telegram:${id}`)))] : [null];
  const requestKey = clientId === undefined ? null : `${actorKeyOf(ctx.actor)}:${clientId}`;
  const { count, appended } = await ctx.db.transaction(async (tx) => {
    const toasts = readers.map((reader) => ({ reader, level, title }));
    const entries = await storeToasts(tx, { toasts, now: ctx.now(), requestKey });
    if (entries.length > 0) {
      const details = { users: userIds ? entries.length : "all", level };
      await recordAudit(tx, ctx, { action: "bot.toastSent", details });
    }
    return { count: entries.length, appended: await appendToLogs(tx, entries) };
  });
  publishAppended(ctx.bus, appended);
  return { count };
}

/**
 * Toasts as they come. A customer who follows their own counts as connected.
 * @throws DomainError `VALIDATION` for a key's own
 */
export function followToasts(ctx: Context, to: "me" | "everyone"): LogView<ToastEvent, null> {
  const key = to === "me" ? identityOf(ctx.actor) : "all";
  if (key === null) throw malformed("A key has no toasts of its own; follow those to everyone");
  const reader = to === "me" ? readerOf(ctx.actor) : null;
  return {
    kind: "log",
    topic: toastsTopic.name(key),
    viewer: "reader",
    mayRead: (actor: Actor) => toastsTopic.mayRead(actor, key),
    present: (payload) => payload as ToastEvent,
    // What was told before the log was cut is in the history.
    snapshot: async () => null,
    ...(reader === null
      ? {}
      : {
          entered() {
            const entry = enterAsReader(ctx, reader);
            return () => entry.leave({ isClean: true });
          },
        }),
  };
}
