import { instagramAccounts } from "@pult/db/schema/notifications.ts";
import { eq, isNotNull, max } from "drizzle-orm";
import { z } from "zod";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import {
  announceEnding,
  callInstagram,
  readConnection,
  storeRefreshed,
  updateConnection,
} from "../../instagram/connection.ts";
import { INSTAGRAM_LEASE, type InstagramApp, InstagramError } from "../../instagram/instagram.ts";
import { perProcess } from "../../per-process.ts";
import { declareLatest, internalOnly } from "../../realtime/topic.ts";
import { repeating } from "../../workers.ts";
import { notificationsError } from "../errors.ts";
import { type InstagramHealth, WEBHOOK_FIELDS } from "../schema.ts";
import { checkSilence, lockAccounts } from "./accounts.ts";
import { reconcile } from "./reconcile.ts";
import { countPutAside } from "./webhooks.ts";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const LOOK_MS = 60_000;
const CHECK_MS = HOUR_MS;
/** A token that is refused blocks every answer: it is looked at again sooner. */
const RECHECK_MS = 5 * 60_000;
const RECONCILE_MS = HOUR_MS;
/** A token lasts 60 days; half of that is left for what may go wrong. */
const REFRESH_BEFORE_MS = 30 * DAY_MS;
/** What three weeks of attempts did not refresh needs a person. */
const WARN_BEFORE_MS = 7 * DAY_MS;

const upkeepTopic = declareLatest<"due", null>("notifications.instagramUpkeep", {
  value: z.null(),
  mayRead: internalOnly,
});

type Connected = Context & { instagram: InstagramApp };

const isConnected = (ctx: Context): ctx is Connected => ctx.instagram !== null;

/** Whether this process has looked for what was missed while it did not run. */
const startOf = perProcess(() => ({ isReconciled: false }));

/** Checks and refreshes the token, raises alarms of silence, and looks for what no webhook has told of: at the start, hourly, and after silence. */
export const upkeepWorker = repeating(
  { name: "notifications.instagramUpkeep", lease: INSTAGRAM_LEASE, everyMs: LOOK_MS, wokenBy: upkeepTopic.name("due") },
  async (ctx) => {
    const hasFallenSilent = await checkSilence(ctx);
    if (!isConnected(ctx)) return;
    const row = await readConnection(ctx.db, ctx.instagram);
    if (isPast(ctx, row?.checkedAt, row?.failure ? RECHECK_MS : CHECK_MS)) await checkConnection(ctx);
    await announceEnding(ctx, WARN_BEFORE_MS);
    const start = startOf(ctx);
    if (!start.isReconciled || hasFallenSilent || isPast(ctx, row?.reconciledAt, RECONCILE_MS)) {
      start.isReconciled = true;
      await reconcileNow(ctx);
    }
  },
);

const isPast = ({ now }: Context, at: Date | null | undefined, ms: number): boolean =>
  !at || now().getTime() - at.getTime() >= ms;

/** Asks whose the token is and which webhooks it has, and refreshes it where that is due. What it finds is stored. */
async function checkConnection(ctx: Connected): Promise<void> {
  const { db, instagram: app, now } = ctx;
  const checkedAt = now();
  try {
    const me = await callInstagram(ctx, (api, token) => api.getMe(token));
    const fields = await callInstagram(ctx, (api, token) => api.getSubscribedFields(token));
    await db.transaction(async (tx) => {
      await lockAccounts(tx, [me.id], checkedAt);
      await tx.update(instagramAccounts).set({ username: me.username }).where(eq(instagramAccounts.id, me.id));
      await updateConnection(tx, app, { accountId: me.id, fields, checkedAt, checkFailure: null });
    });
    await refreshWhenDue(ctx);
  } catch (error) {
    if (!(error instanceof InstagramError)) throw error;
    await db.transaction((tx) => updateConnection(tx, app, { checkedAt, checkFailure: error.message }));
  }
}

/** Until the first refresh it is unknown how long the token lasts. What cannot be refreshed now is kept, and tried again. */
async function refreshWhenDue(ctx: Connected): Promise<void> {
  const { db, now, log, instagram: app } = ctx;
  const row = await readConnection(db, app);
  const left = (row?.expiresAt?.getTime() ?? 0) - now().getTime();
  if (left > REFRESH_BEFORE_MS) return;
  try {
    const fresh = await callInstagram(ctx, (api, token) => api.refreshToken(token));
    const expiresAt = new Date(now().getTime() + fresh.expiresInSeconds * 1_000);
    await storeRefreshed(ctx, { token: fresh.token, expiresAt });
    log.info({ expiresAt }, "Refreshed the Instagram access token");
  } catch (error) {
    if (!(error instanceof InstagramError)) throw error;
    // Meta refuses to refresh a token on its first day.
    log.info(
      { reason: error.message, daysLeft: Math.round(left / DAY_MS) },
      "Cannot refresh the Instagram access token yet",
    );
    if (row?.expiresAt) await db.transaction((tx) => updateConnection(tx, app, { checkFailure: error.message }));
  }
}

async function reconcileNow(ctx: Connected): Promise<void> {
  const { db, instagram: app, now, log } = ctx;
  const accountId = (await readConnection(db, app))?.accountId;
  if (!accountId || !(await isEnabled(ctx, accountId))) return;
  const reconciledAt = now();
  try {
    const reconciledCount = await reconcile(ctx, accountId);
    if (reconciledCount > 0)
      log.warn({ accountId, count: reconciledCount }, "Found Instagram events without a webhook");
    await db.transaction((tx) =>
      updateConnection(tx, app, { reconciledAt, reconciledCount, reconcileFailure: null, caughtUpAt: reconciledAt }),
    );
  } catch (error) {
    if (!(error instanceof InstagramError)) throw error;
    await db.transaction((tx) => updateConnection(tx, app, { reconciledAt, reconcileFailure: error.message }));
  }
}

async function isEnabled({ db }: Context, accountId: string): Promise<boolean> {
  const [row] = await db
    .select({ enabled: instagramAccounts.enabled })
    .from(instagramAccounts)
    .where(eq(instagramAccounts.id, accountId));
  return row?.enabled ?? true;
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function readHealth(ctx: Context): Promise<InstagramHealth> {
  requireStaff(ctx.actor, "notifications:read");
  const [row, [newest], putAside, silent] = await Promise.all([
    readConnection(ctx.db, ctx.instagram),
    ctx.db.select({ at: max(instagramAccounts.lastEventAt) }).from(instagramAccounts),
    countPutAside(ctx),
    ctx.db
      .select({ accountId: instagramAccounts.id, since: instagramAccounts.silentSince })
      .from(instagramAccounts)
      .where(isNotNull(instagramAccounts.silentSince)),
  ]);
  const subscribed = (row?.fields ?? null) as string[] | null;
  const iso = (at: Date | null | undefined) => at?.toISOString() ?? null;
  return {
    webhook: {
      url: `${ctx.config.origin}/api/webhooks/instagram`,
      ...ctx.config.instagramWebhook,
      lastEventAt: iso(newest?.at),
      putAside,
    },
    token: {
      state: !ctx.instagram ? "absent" : row?.failure ? "invalid" : row?.accountId ? "valid" : "unchecked",
      reason: row?.failure ?? null,
      expiresAt: iso(row?.expiresAt),
      endsSoon: row?.expiresAt != null && row.expiresAt.getTime() - ctx.now().getTime() <= WARN_BEFORE_MS,
      refreshedAt: iso(row?.refreshedAt),
    },
    fields: WEBHOOK_FIELDS.map((field) => ({ field, subscribed: subscribed?.includes(field) ?? null })),
    check: { at: iso(row?.checkedAt), failure: row?.checkFailure ?? null },
    silent: silent.map(({ accountId, since }) => ({ accountId, since: iso(since) ?? "" })),
    reconciliation: {
      at: iso(row?.reconciledAt),
      found: row?.reconciledCount ?? 0,
      failure: row?.reconcileFailure ?? null,
    },
  };
}

/**
 * Checks the token and the webhook's fields now; with `subscribe`, subscribes the account to every field first.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `UNAVAILABLE` without a token, or when Meta refuses the subscription
 */
export async function selfTest(ctx: Context, { subscribe }: { subscribe: boolean }): Promise<InstagramHealth> {
  requireStaff(ctx.actor, "notifications:write");
  if (!isConnected(ctx)) throw notificationsError("instagramOff");
  if (subscribe) {
    await callInstagram(ctx, (api, token) => api.subscribe(token, WEBHOOK_FIELDS)).catch((error: unknown) => {
      if (!(error instanceof InstagramError)) throw error;
      if (error.failure === "down") throw requestError("unavailable", {}, { cause: error });
      throw notificationsError("instagramRefused", { reason: error.message });
    });
  }
  await checkConnection(ctx);
  return readHealth(ctx);
}
