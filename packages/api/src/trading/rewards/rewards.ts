import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { isUnproven } from "../../actor.ts";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import type { LatestView } from "../../realtime/view.ts";
import { requestKeyOf } from "../amounts.ts";
import { tradingError } from "../errors.ts";
import { rewardsTopic } from "../events.ts";
import { postTransfers } from "../ledger/post.ts";
import { rewardsOf } from "../tiers.ts";
import { actingTrader, lockTraders, selectTraders, type TraderRecord, viewedTrader } from "../traders.ts";
import type { Claimed, ClaimInput, Rewards, RewardsInput } from "./schema.ts";

/** A trader's tier and rewards; of one who has never traded the first tier. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function getRewards(ctx: Context, input: RewardsInput): Promise<Rewards> {
  const { key } = viewedTrader(ctx, input);
  return readRewards(ctx.db, key);
}

const NEW_TRADER = { volume: 0n, unclaimed: 0n, claimed: 0n, launches: 0 };

async function readRewards(db: Database, key: string): Promise<Rewards> {
  return rewardsOf((await selectTraders(db, [key])).get(key) ?? NEW_TRADER);
}

/** A trader's rewards, now and after every trade and claim. @throws DomainError as `getRewards` */
export function followRewards(ctx: Context, input: RewardsInput): LatestView<Rewards> {
  const { key } = viewedTrader(ctx, input);
  const topic = rewardsTopic.name(key);
  const isServer = ctx.actor.kind === "apiKey";
  return {
    kind: "latest",
    topic,
    reader: null,
    read: () => readRewards(ctx.db, key),
    mayRead: (actor) => rewardsTopic.mayRead(actor, key) || (isServer && actor.kind === "apiKey"),
  };
}

/**
 * Moves everything that has accrued to what was claimed, once.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, also for callers who only named an id, `CONFLICT` when there is nothing
 */
export async function claimRewards(ctx: Context, input: ClaimInput): Promise<Claimed> {
  if (isUnproven(ctx.actor)) throw requestError("signInRequired");
  const { key } = actingTrader(ctx, input, "write");
  const requestKey = requestKeyOf(input.clientId);
  const { claimed, trader } = await ctx.db.transaction(async (tx) => {
    const trader = (await lockTraders(tx, [key])).get(key);
    if (!trader) throw tradingError("nothingToClaim");
    const before = await selectClaim(tx, trader, requestKey);
    if (before !== null) return { claimed: before, trader: null };
    if (trader.unclaimed === 0n) throw tradingError("nothingToClaim");
    await postClaim(tx, trader, { requestKey, now: ctx.now() });
    return { claimed: String(trader.unclaimed), trader };
  });
  if (trader) {
    const after = { ...trader, claimed: trader.claimed + trader.unclaimed, unclaimed: 0n };
    ctx.bus.publishLatest(rewardsTopic.name(key), rewardsOf(after));
  }
  return { claimed };
}

async function postClaim(
  tx: Transaction,
  { id: traderId, rewardsId, claimedId, unclaimed }: TraderRecord,
  { requestKey, now }: { requestKey: string; now: Date },
): Promise<void> {
  const entries = [
    { accountId: rewardsId, asset: "sol" as const, amount: -unclaimed },
    { accountId: claimedId, asset: "sol" as const, amount: unclaimed },
  ];
  const place = { roomId: null, sequence: null, kind: "claim" as const, traderId };
  await postTransfers(tx, [{ ...place, requestKey, fingerprint: "claim", entries }], now);
}

/** What an earlier claim of the same client id came to. */
async function selectClaim(
  tx: Transaction,
  { id, claimedId }: TraderRecord,
  requestKey: string,
): Promise<string | null> {
  const [row] = rowsOf<{ amount: string }>(
    await tx.execute(sql`
      select e.amount::text from ledger_transfers l join ledger_entries e on e.transfer_id = l.id and e.account_id = ${claimedId}
      where l.room_id is null and l.trader_id = ${id}::uuid and l.request_key = ${requestKey}`),
  );
  return row?.amount ?? null;
}
