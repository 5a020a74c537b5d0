import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { requireOwner } from "./owner.ts";
import type { DeliveriesInput, NoticeDelivery } from "./schema.ts";
import { HANDED_OVER } from "./standing.ts";

type Row = Omit<NoticeDelivery, "answers">;

/**
 * What became of what was to be pushed, newest first: also what waits or was held back, with the reason.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for others' without `notifications:read`, and for keys that name no person
 */
export async function listDeliveries(
  ctx: Context,
  input: DeliveriesInput,
): Promise<{ deliveries: NoticeDelivery[]; nextBefore: number | null }> {
  const personId = await whoseDeliveries(ctx, input);
  const state = input.state === "waiting" ? "pending" : input.state;
  const rows = rowsOf<Row>(
    await ctx.db.execute(sql`
      select o.id, o.subject, coalesce(o.payload->>'notice', o.kind) as kind, o.route, o.person_id as "personId", p.name as "personName",
        case when o.state = 'pending' then 'waiting' else o.state end as state, o.reason, o.problem, coalesce(o.params, '{}') as params, o.attempts,
        ${isoOf("created_at")} as "createdAt", ${isoOf("due_at")} as "dueAt", ${isoOf("finished_at")} as "finishedAt"
      from outbox o left join people p on p.id = o.person_id
      where o.route in ('push', 'bot') and o.person_id is not null
        and not (o.state = 'skipped' and coalesce(o.reason, '') in ${textsIn(HANDED_OVER)})
        ${personId === null ? sql`` : sql`and o.person_id = ${personId}::uuid`}
        ${state === undefined ? sql`` : sql`and o.state = ${state}`}
        ${input.before === undefined ? sql`` : sql`and o.id < ${input.before}`}
      order by o.id desc limit ${input.limit + 1}`),
  );
  const page = rows.slice(0, input.limit);
  const answers = await selectAnswers(ctx, page);
  return {
    deliveries: page.map((row) => ({
      ...row,
      answers: answers.filter(({ outboxId }) => outboxId === row.id).map(({ outboxId: _, ...answer }) => answer),
    })),
    nextBefore: rows.length > input.limit ? (page.at(-1)?.id ?? null) : null,
  };
}

const isoOf = (column: string) => sql.raw(`to_char(o.${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

/** @returns null for everyone's */
async function whoseDeliveries(ctx: Context, { personId }: DeliveriesInput): Promise<string | null> {
  const isOwn = personId === "me" || (ctx.actor.kind === "agent" && ctx.actor.personId === personId);
  if (isOwn) return (await ctx.db.transaction((tx) => requireOwner(ctx, tx))).personId;
  requireStaff(ctx.actor, "notifications:read");
  return personId === "all" ? null : personId;
}

type Answer = NoticeDelivery["answers"][number] & { outboxId: number | null };

async function selectAnswers({ db }: Context, rows: readonly Row[]): Promise<Answer[]> {
  const subjects = [...new Set(rows.map(({ subject }) => subject))];
  return rowsOf<Answer>(
    await db.execute(sql`
      select outbox_id as "outboxId", subscription_id as "deviceId", state, provider_status as "providerStatus", reason,
        to_char(attempted_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
      from push_attempts where subject in ${textsIn(subjects)} order by id`),
  );
}
