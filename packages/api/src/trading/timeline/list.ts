import { type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { malformed } from "../../errors.ts";
import { isUtcInstant } from "../../storable.ts";
import { selectMessages } from "../chat/rows.ts";
import { toSummary } from "../rooms/rows.ts";
import { mayHearRoom, requireRoom } from "../rooms/state.ts";
import type { ListTimelineInput, TimelineEvent, TimelinePage } from "../schema.ts";
import { selectTrades, toTrade } from "../trades/rows.ts";
import { selectSpoken } from "../voice/spoken.ts";
import { type Bound, pageOf, parseBound, rankOf } from "./order.ts";

/**
 * The past of a room, newest first: trades, and for its members and staff what was written and said. The same order as `comparePlaces` gives
 * to what `onRoom` tells.
 * @throws DomainError as `requireRoom`, `VALIDATION` for a cursor that is none
 */
export async function listTimeline(
  ctx: Context,
  { cursor, limit, ...input }: ListTimelineInput,
): Promise<TimelinePage> {
  const before = cursor ? requireBound(cursor) : null;
  const room = await requireRoom(ctx, input.roomId);
  const isHeard = await mayHearRoom(ctx, input);
  const some = limit + 1;
  const ofRoom = sql`${room.id}::uuid`;
  const [trades, messages, spoken] = await Promise.all([
    selectTrades(
      ctx.db,
      sql`where d.room_id = ${ofRoom} and ${before?.sequence ? sql`d.sequence < ${before.sequence}` : sql`true`}
        and ${standsBefore(before, "traded", sql`d.created_at`, sql`d.sequence`)} order by d.sequence desc limit ${some}`,
    ),
    isHeard
      ? selectMessages(
          ctx.db,
          sql`where m.room_id = ${ofRoom} and ${standsBefore(before, "messageSent", sql`m.created_at`, sql`m.id`)}
            order by m.created_at desc, m.id desc limit ${some}`,
        )
      : [],
    isHeard
      ? selectSpoken(
          ctx.db,
          sql`where u.heard_in = ${ofRoom} and ${standsBefore(before, "spoke", sql`u.created_at`, sql`u.id`)}
            order by u.created_at desc, u.id desc limit ${some}`,
        )
      : [],
  ]);
  return pageOf({ room: toSummary(room), trades: trades.map(toTrade), messages, spoken }, limit, before);
}

/** What an event of a kind has to be for it to stand before a place, whose id is one of its own kind's. */
function standsBefore(before: Bound | null, type: TimelineEvent["type"], at: SQL, id: SQL): SQL {
  if (!before) return sql`true`;
  const { place } = before;
  const moment = sql`${place.at}::timestamptz`;
  if (rankOf(type) !== place.rank) return rankOf(type) < place.rank ? sql`${at} <= ${moment}` : sql`${at} < ${moment}`;
  return sql`(${at}, ${id}) < (${moment}, ${type === "spoke" ? sql`${place.id}::uuid` : sql`${place.id}::bigint`})`;
}

function requireBound(cursor: string): Bound {
  const bound = parseBound(cursor);
  if (!bound || !isUtcInstant(bound.place.at)) throw malformed("Invalid cursor; start again without one");
  return bound;
}
