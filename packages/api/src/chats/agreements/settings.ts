import type { Database, Transaction } from "@pult/db/database.ts";
import { telegramBulkSettings } from "@pult/db/schema/bulk.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import type { Context } from "../../context.ts";
import { requireAccount, requireOwner } from "../access.ts";
import type { BulkSettings, BulkSettingsInput, OfAccountInput } from "./schema.ts";
import { normalizeWord } from "./words.ts";

type Stored = Omit<BulkSettings, "accountId" | "effectiveLimit">;

/** How every account may send to many until its owner says otherwise. */
export const BULK_DEFAULTS: Stored = {
  dailyLimit: 20,
  gapSeconds: 30,
  windowFrom: "09:00",
  windowTo: "20:00",
  timeZone: "UTC",
  words: ["/agree"],
};

const DAY_MS = 24 * 60 * 60_000;
/** Telegram watches fresh accounts most closely: of one linked for fewer days, messages a day at most. */
const FRESH: readonly [days: number, limit: number][] = [
  [7, 10],
  [30, 30],
];

/** What of a daily limit an account may use that was first linked at this moment. */
export function limitOf(dailyLimit: number, linkedAt: Date, now: Date): number {
  const days = (now.getTime() - linkedAt.getTime()) / DAY_MS;
  return Math.min(dailyLimit, FRESH.find(([fewer]) => days < fewer)?.[1] ?? dailyLimit);
}

/** The settings of an account's store. */
export async function selectSettings(
  db: Database | Transaction,
  storeId: string,
  now: Date,
): Promise<Stored & { effectiveLimit: number }> {
  const [found] = await db
    .select({ linkedAt: telegramStores.createdAt, settings: telegramBulkSettings })
    .from(telegramStores)
    .leftJoin(telegramBulkSettings, eq(telegramBulkSettings.storeId, telegramStores.id))
    .where(eq(telegramStores.id, storeId));
  const { dailyLimit, gapSeconds, windowFrom, windowTo, timeZone, words } = found?.settings ?? BULK_DEFAULTS;
  const effectiveLimit = limitOf(dailyLimit, found?.linkedAt ?? now, now);
  return { dailyLimit, gapSeconds, windowFrom, windowTo, timeZone, words: words as string[], effectiveLimit };
}

/** @throws DomainError `NOT_FOUND` */
export async function getSettings(ctx: Context, { accountId }: OfAccountInput): Promise<BulkSettings> {
  const account = await requireAccount(ctx, accountId);
  return { accountId: account.id, ...(await selectSettings(ctx.db, account.storeId, ctx.now())) };
}

/** What is not given stays. @throws DomainError `NOT_FOUND`, `FORBIDDEN` for an account of another */
export async function changeSettings(ctx: Context, input: BulkSettingsInput): Promise<BulkSettings> {
  const { accountId, ...given } = input;
  const account = await requireAccount(ctx, accountId);
  requireOwner(account);
  await ctx.db.transaction(async (tx) => {
    const { effectiveLimit: _, ...before } = await selectSettings(tx, account.storeId, ctx.now());
    const words = [...new Set((given.words ?? before.words).map(normalizeWord))].filter(Boolean);
    const values = { ...before, ...given, words, updatedAt: ctx.now() };
    await tx
      .insert(telegramBulkSettings)
      .values({ storeId: account.storeId, ...values })
      .onConflictDoUpdate({ target: telegramBulkSettings.storeId, set: values });
    await recordAudit(tx, ctx, {
      action: "bulk.settingsChanged",
      target: { kind: "telegramAccount", id: account.id },
      details: given,
    });
  });
  return getSettings(ctx, { accountId });
}
