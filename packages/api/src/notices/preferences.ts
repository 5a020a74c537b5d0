import { noticePreferences as table } from "@pult/db/schema/notices.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../context.ts";
import { slices } from "../slices.ts";
import { noticesError } from "./errors.ts";
import { type ChosenKinds, type NoticeKind, preferenceOf } from "./kinds.ts";
import { canGet, type Owner, requireOwner } from "./owner.ts";
import { clockOf } from "./quiet-hours.ts";
import type { NoticePreferences, SetPreferencesInput } from "./schema.ts";

type Row = typeof table.$inferSelect;

const DEFAULTS: Omit<Row, "personId"> = {
  kinds: {},
  timeZone: "UTC",
  quietFrom: null,
  quietTo: null,
  batchSeconds: 60,
  maxPerHour: 60,
  sound: false,
};

/** The caller's preferences, whole. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for keys */
export async function getPreferences(ctx: Context): Promise<NoticePreferences> {
  return ctx.db.transaction(async (tx) => {
    const owner = await requireOwner(ctx, tx);
    const [row] = await tx.select().from(table).where(eq(table.personId, owner.personId));
    return toPreferences(ctx, owner, row ?? null);
  });
}

/** Every kind that there is. */
export const allKinds = (): NoticeKind[] => slices.flatMap(({ notices }) => notices);

function toPreferences(ctx: Context, { reader }: Pick<Owner, "reader">, row: Row | null): NoticePreferences {
  const { kinds, quietFrom, quietTo, timeZone, batchSeconds, maxPerHour, sound } = row ?? DEFAULTS;
  const mine = allKinds().filter((kind) => canGet(ctx.actor, kind));
  return {
    kinds: Object.fromEntries(mine.map((kind) => [kind.name, preferenceOf(kind, reader, kinds as ChosenKinds)])),
    timeZone,
    quietHours: quietFrom !== null && quietTo !== null ? { from: quietFrom, to: quietTo } : null,
    batchSeconds,
    maxPerHour,
    sound,
  };
}

/**
 * Changes what is named; pushes that wait are decided about again when they are due.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for keys, `VALIDATION` for an unknown time zone or kind
 */
export async function setPreferences(ctx: Context, input: SetPreferencesInput): Promise<NoticePreferences> {
  if (input.timeZone !== undefined) requireTimeZone(input.timeZone);
  for (const name of Object.keys(input.kinds ?? {}))
    if (!allKinds().some((kind) => kind.name === name && canGet(ctx.actor, kind)))
      throw noticesError("unknownKind", { kind: name });
  return ctx.db.transaction(async (tx) => {
    const owner = await requireOwner(ctx, tx);
    await tx.insert(table).values({ personId: owner.personId }).onConflictDoNothing();
    const [before] = await tx.select().from(table).where(eq(table.personId, owner.personId)).for("update");
    const [after] = await tx
      .update(table)
      .set(changesOf(before?.kinds as ChosenKinds, input))
      .where(eq(table.personId, owner.personId))
      .returning();
    return toPreferences(ctx, owner, after ?? null);
  });
}

function requireTimeZone(timeZone: string): void {
  try {
    clockOf(timeZone);
  } catch {
    throw noticesError("unknownTimeZone", { timeZone });
  }
}

function changesOf(chosen: ChosenKinds, { kinds, quietHours, ...rest }: SetPreferencesInput): Partial<Row> {
  const merged: Record<string, ChosenKinds[string]> = { ...chosen };
  for (const [name, change] of Object.entries(kinds ?? {})) merged[name] = { ...merged[name], ...change };
  const quiet =
    quietHours === undefined ? {} : { quietFrom: quietHours?.from ?? null, quietTo: quietHours?.to ?? null };
  return { ...rest, ...quiet, kinds: merged };
}
