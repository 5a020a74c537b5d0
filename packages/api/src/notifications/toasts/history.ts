import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { identityOf } from "../../actor.ts";
import type { Context } from "../../context.ts";
import { malformed } from "../../errors.ts";
import { isUtcInstant } from "../../storable.ts";
import type { LiveAlert } from "../schema.ts";
import type { HistoryInput, HistoryItem, HistoryPage, Toast } from "./schema.ts";

type Row = { type: "alert" | "toast"; id: number | string; at: string; data: Omit<LiveAlert & Toast, "id"> };

/** Alerts and toasts that the caller was told or could have been, newest first. */
export async function readHistory(ctx: Context, { cursor, limit }: HistoryInput): Promise<HistoryPage> {
  const before = cursor ? parseCursor(cursor) : null;
  const reader = identityOf(ctx.actor);
  const earlier = (type: Row["type"], at: string) =>
    before
      ? sql`(${sql.raw(at)}, ${type}::text, id) < (${before.at}::timestamptz, ${before.type}::text, ${before.id}::bigint)`
      : sql`true`;
  const rows = rowsOf<Row>(
    await ctx.db.execute(sql`
      select type, id, to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, data from (
        (select 'alert' as type, id, published_at as at, jsonb_build_object('type', type, 'name', name, 'marketId', market_id,
            'confidence', confidence, 'ev', ev, 'sport', sport, 'expiresAt', expires_at, 'publishedAt', published_at) as data
          from live_alerts where ${earlier("alert", "published_at")} order by published_at desc, id desc limit ${limit + 1})
        union all
        (select 'toast', id, created_at, jsonb_build_object('level', level, 'title', title, 'createdAt', created_at)
          from toasts where (reader is null or reader = ${reader}) and ${earlier("toast", "created_at")}
          order by created_at desc, id desc limit ${limit + 1})) h
      order by at desc, type desc, id desc limit ${limit + 1}`),
  );
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(toItem),
    nextCursor: rows.length > limit && last ? `${last.at},${last.type},${last.id}` : null,
  };
}

const iso = (instant: string) => new Date(instant).toISOString();

function toItem({ type, id, at, data }: Row): HistoryItem {
  if (type === "toast")
    return { type, at: iso(at), toast: { ...data, id: String(id), createdAt: iso(data.createdAt) } };
  const instants = { expiresAt: iso(data.expiresAt), publishedAt: iso(data.publishedAt) };
  return { type, at: iso(at), alert: { ...data, id: String(id), ...instants } };
}

function parseCursor(cursor: string) {
  const [, at, type, id] = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z),(alert|toast),(\d{1,15})$/.exec(cursor) ?? [];
  if (!at || !type || !id || !isUtcInstant(at)) throw malformed("Invalid cursor; start again without one");
  return { at, type, id };
}
