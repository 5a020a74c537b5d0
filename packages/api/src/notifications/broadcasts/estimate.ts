import { rowsOf } from "@pult/db/rows.ts";
import { broadcastSubscriptions, broadcastTargets } from "@pult/db/schema/notifications.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { Bucket } from "../../outbox/pacer.ts";
import { roomIn } from "../../outbox/room.ts";
import { selectPauses } from "../../outbox/rows.ts";
import { botLease, customerBuckets, topicBuckets } from "../../telegram/telegram.ts";
import { notificationsError } from "../errors.ts";
import { MAX_BROADCAST_LENGTH, maxTextLength, starsFor } from "./limits.ts";
import { liveChatOf } from "./live-chat.ts";
import { requireBroadcaster } from "./rights.ts";
import type { Estimate, EstimateInput } from "./schema.ts";
import { recipientsOf } from "./send.ts";

/** What a broadcast would cost, by the limits that its calls will wait for. Nothing is sent. @throws DomainError as `sendBroadcast` */
export async function estimateBroadcast(ctx: Context, input: EstimateInput): Promise<Estimate> {
  await requireBroadcaster(ctx);
  const recipients = recipientsOf(input);
  if (recipients && "customers" in recipients) return estimateCustomers(ctx, input, recipients.languageCode ?? null);
  return estimateTopics(ctx, input, recipients?.topics);
}

async function estimateTopics(ctx: Context, input: EstimateInput, topics: number[] | undefined): Promise<Estimate> {
  const { telegram, chatId, threadId } = await liveChatOf(ctx);
  const threads = topics ? [...new Set(topics)] : [threadId];
  const messages = threads.length;
  const pins = input.pin ? messages : 0;
  const unpins =
    input.pin && input.unpinPrevious
      ? await ctx.db.$count(
          broadcastTargets,
          and(
            eq(broadcastTargets.chatId, chatId),
            eq(broadcastTargets.state, "pinned"),
            sql`coalesce(thread_id, 0) in (select x::bigint from jsonb_array_elements_text(${JSON.stringify(threads.map((one) => one ?? 0))}::jsonb) x)`,
          ),
        )
      : 0;
  const [row] = rowsOf<{ ahead: number | string }>(
    await ctx.db.execute(sql`
      select count(*) as ahead from outbox
      where state = 'pending' and kind = 'notifications.broadcast' and due_at <= ${ctx.now().toISOString()}::timestamptz`),
  );
  const calls = messages + pins + unpins;
  const buckets = topicBuckets(telegram, chatId);
  return {
    ...{ messages, pins, unpins, calls, stars: 0, maxTextLength: MAX_BROADCAST_LENGTH },
    ...(await waitFor(ctx, { buckets, calls, ahead: Number(row?.ahead ?? 0), isLater: input.startsAt !== undefined })),
  };
}

async function estimateCustomers(ctx: Context, input: EstimateInput, languageCode: string | null): Promise<Estimate> {
  const { telegram } = ctx;
  if (!telegram) throw notificationsError("noBot");
  const messages = await ctx.db.$count(
    broadcastSubscriptions,
    and(
      isNull(broadcastSubscriptions.endedAt),
      languageCode === null ? undefined : eq(broadcastSubscriptions.languageCode, languageCode),
    ),
  );
  const [row] = rowsOf<{ ahead: number | string | null }>(
    await ctx.db.execute(sql`
      select sum((counts->>'pending')::int) as ahead from broadcasts
      where (counts->>'pending')::int > 0 and state = 'active' and starts_at <= ${ctx.now().toISOString()}::timestamptz`),
  );
  const buckets = customerBuckets(telegram, input.paid);
  return {
    ...{ messages, pins: 0, unpins: 0, calls: messages },
    ...{ stars: input.paid ? starsFor(messages) : 0, maxTextLength: maxTextLength(languageCode) },
    ...(await waitFor(ctx, {
      buckets,
      calls: messages,
      ahead: Number(row?.ahead ?? 0),
      isLater: input.startsAt !== undefined,
    })),
  };
}

interface Planned {
  /** Outermost first; the innermost is the narrowest. */
  buckets: readonly Bucket[];
  calls: number;
  /** Calls that go before. */
  ahead: number;
  isLater: boolean;
}

async function waitFor(ctx: Context, planned: Planned): Promise<Pick<Estimate, "seconds" | "budget">> {
  const { buckets, calls, ahead, isLater } = planned;
  const bucket = buckets.at(-1);
  if (!bucket?.limit) return { seconds: null, budget: { perMinute: null, left: null } };
  const { limit } = bucket;
  const left = isLater ? limit.calls : roomIn(ctx, botLease(ctx.telegram?.botId ?? 0), bucket);
  const pauses = isLater ? [] : await selectPauses(ctx.db, ctx.now());
  const pausedMs = Math.max(
    0,
    ...pauses
      .filter((one) => buckets.some(({ name }) => name === one.bucket))
      .map(({ until }) => until.getTime() - ctx.now().getTime()),
  );
  const perMinute = Math.floor((limit.calls * 60_000) / limit.perMs);
  const seconds = Math.ceil(
    (pausedMs + durationOf({ limit, left: left ?? limit.calls, calls: calls + ahead })) / 1_000,
  );
  return { seconds, budget: { perMinute, left: limit.perMs === 60_000 ? left : null } };
}

/** Ms until the last of so many calls begins: the first fill what is left, the next wait for whole periods. */
export function durationOf(given: { limit: NonNullable<Bucket["limit"]>; left: number; calls: number }): number {
  const { limit, left, calls } = given;
  const periods = Math.ceil(Math.max(0, calls - left) / limit.calls);
  return periods * limit.perMs;
}
