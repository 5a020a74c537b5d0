import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import { requireAccount, viewerOf } from "../../chats/access.ts";
import { selectWaits, type Wait } from "../../chats/store/waits.ts";
import type { Context } from "../../context.ts";
import { clockOf } from "../../notices/quiet-hours.ts";
import { invalidField } from "../errors.ts";
import type { ResponsesInput } from "../inputs.ts";
import type { MemberResponses, Responses, ResponseTimes } from "./schema.ts";
import { quantileOf, withoutNights } from "./times.ts";

const MAX_WAITS = 100_000;

/**
 * How long people who wrote in private chats waited for an answer, by who gave it; those who wait still are told beside, and are in no figure.
 * @throws DomainError `FORBIDDEN`, `NOT_FOUND` for an account that the caller does not see, `VALIDATION`
 */
export async function readResponses(ctx: Context, input: ResponsesInput): Promise<Responses> {
  requireStaff(ctx.actor, "chats:read");
  const { from, to, accountId, excludeNights } = input;
  if (excludeNights) requireTimeZone(excludeNights.timeZone);
  const storeId = accountId === undefined ? null : (await requireAccount(ctx, accountId)).storeId;
  const waits = await selectWaits(ctx.db, viewerOf(ctx), { from, to, storeId }, MAX_WAITS + 1);
  if (waits.length > MAX_WAITS) throw invalidField("from", "Too many messages; ask for a shorter time");
  const answered = waits.flatMap(({ begunAt, answeredAt, ...wait }) => {
    if (answeredAt === null) return [];
    const ms = excludeNights ? withoutNights(begunAt, answeredAt, excludeNights) : answeredAt - begunAt;
    return [{ ...wait, ms }];
  });
  const open = waits.filter(({ answeredAt }) => answeredAt === null);
  const [oldest] = open;
  return {
    all: timesOf(answered),
    members: await membersOf(ctx, answered),
    unanswered: { count: open.length, oldestAt: oldest ? new Date(oldest.begunAt).toISOString() : null },
  };
}

function requireTimeZone(timeZone: string): void {
  try {
    clockOf(timeZone);
  } catch {
    throw invalidField("excludeNights", `${timeZone}: no such time zone`);
  }
}

type Answered = Pick<Wait, "answeredBy" | "isFirst"> & { ms: number };

const figuresOf = (answered: readonly Answered[]): ResponseTimes["responses"] => {
  const sorted = answered.map(({ ms }) => ms / 1_000).sort((a, b) => a - b);
  return { count: sorted.length, medianSeconds: quantileOf(sorted, 0.5), p90Seconds: quantileOf(sorted, 0.9) };
};

const timesOf = (answered: readonly Answered[]): ResponseTimes => ({
  firstResponses: figuresOf(answered.filter(({ isFirst }) => isFirst)),
  responses: figuresOf(answered),
});

async function membersOf({ db }: Context, answered: readonly Answered[]): Promise<MemberResponses[]> {
  const byMember = Map.groupBy(answered, ({ answeredBy }) => answeredBy);
  const ids = [...byMember.keys()].filter((id) => id !== null);
  const people = rowsOf<{ id: string; name: string }>(
    await db.execute(sql`select id::text as id, name from people where id::text in ${textsIn(ids)}`),
  );
  const names = new Map(people.map(({ id, name }) => [id, name]));
  return [...byMember]
    .map(([memberId, own]) => ({ memberId, name: names.get(memberId ?? "") ?? null, ...timesOf(own) }))
    .sort((a, b) => b.responses.count - a.responses.count || (a.memberId ?? "").localeCompare(b.memberId ?? ""));
}
