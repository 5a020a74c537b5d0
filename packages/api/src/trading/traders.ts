import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, tableOf, textsIn, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { type Actor, type Customer, identityOf, isUnproven } from "../actor.ts";
import { isStaff, requireStaff } from "../auth/permissions.ts";
import { NAMESPACES } from "../auth/schema.ts";
import type { Context } from "../context.ts";
import { malformed } from "../errors.ts";
import { holdIdentities } from "../people/identities.ts";
import type { IdentityRef } from "../people/schema.ts";
import { storableText } from "../storable.ts";
import { tradingError } from "./errors.ts";
import { openAccounts } from "./ledger/post.ts";

/** A trader as a call names them; they may not have a row yet. */
export interface TraderRef {
  /** `<namespace>:<id>`, `unproven:<id>` or `agent:<person id>`: whose everything is. */
  key: string;
  userId: string;
  name: string | null;
  /** Which becomes a person; null for agents, who are one, and for ids that nothing proves. */
  identity: IdentityRef | null;
}

interface Named {
  userId?: string | undefined;
}

/**
 * The trader who acts: the caller, or the one that a key names.
 * @throws DomainError `UNAUTHORIZED` for anonymous callers, `FORBIDDEN` without the scope and for customers and agents who name another,
 * `VALIDATION` for a key that names no trader
 */
export function actingTrader(
  { actor }: Pick<Context, "actor">,
  { userId }: Named,
  access: "read" | "write",
): TraderRef {
  if (actor.kind !== "customer") requireStaff(actor, `trading:${access}`);
  const self = selfOf(actor);
  if (!self) {
    if (userId === undefined) throw malformed("userId: name the trader this is for");
    return parseTrader(userId);
  }
  if (userId !== undefined && userId !== self.userId && userId !== self.key) throw tradingError("otherTrader");
  return self;
}

/** The trader that a caller looks at: themselves, or any that staff name. @throws DomainError as `actingTrader` */
export function viewedTrader(ctx: Pick<Context, "actor">, named: Named): TraderRef {
  const isNamed = named.userId !== undefined && named.userId !== selfOf(ctx.actor)?.userId;
  if (isNamed && isStaff(ctx.actor, "trading:read")) return parseTrader(named.userId ?? "");
  return actingTrader(ctx, named, "read");
}

/** Whom a filter names, as lists show them: a caller's own id is theirs, any other a wallet's or an identity's. */
export function namedKey({ actor }: Pick<Context, "actor">, userId: string): string {
  const self = selfOf(actor);
  return self?.userId === userId ? self.key : parseTrader(userId).key;
}

/** Null for callers who act for others. */
export function selfOf(actor: Actor): TraderRef | null {
  const key = identityOf(actor);
  if (key === null) return null;
  if (actor.kind === "agent") return { key, userId: actor.personId, name: actor.name, identity: null };
  return actor.kind === "customer" ? { ...traderOfCustomer(actor), key } : null;
}

function traderOfCustomer(customer: Customer): Omit<TraderRef, "key"> {
  const { namespace, externalId, name } = customer;
  return {
    userId: externalId,
    name: name === null ? null : storableText(name).slice(0, 128),
    identity: isUnproven(customer) ? null : { namespace, externalId },
  };
}

/** A wallet's public key, or an identity such as `app:42`. */
function parseTrader(text: string): TraderRef {
  const at = text.indexOf(":");
  const namespace = at < 0 ? "wallet" : NAMESPACES.find((one) => one === text.slice(0, at));
  const externalId = text.slice(at + 1);
  if (!namespace || externalId === "") throw malformed("userId: a wallet's public key, or an identity such as app:42");
  const identity = namespace === "agent" ? null : { namespace, externalId };
  return { key: `${namespace}:${externalId}`, userId: externalId, name: null, identity };
}

/**
 * Rows and accounts of traders, and people of their identities, for those who have none yet. Locks them in the order of their keys, as
 * every writer does, after the rooms.
 */
export async function ensureTraders(tx: Transaction, refs: readonly TraderRef[], now: Date): Promise<void> {
  const wanted = [...new Map(refs.map((ref) => [ref.key, ref])).values()];
  await tx.execute(sql`
    insert into traders (key, user_id, name, created_at)
    select key, "userId", name, ${now.toISOString()}::timestamptz
    from ${tableOf(wanted, { key: "text", userId: "text", name: "text" })} order by key
    on conflict (key) do update set name = coalesce(excluded.name, traders.name)`);
  // After the traders, as an erasure does.
  await holdIdentities(
    tx,
    wanted.flatMap(({ identity, name }) => (identity ? [{ ...identity, name }] : [])),
  );
  const without = rowsOf<{ id: string }>(
    await tx.execute(sql`
      select id from traders where key in ${textsIn(wanted.map(({ key }) => key))} and rewards_id is null`),
  );
  if (without.length === 0) return;
  const kinds = ["rewards", "claimed"] as const;
  const accounts = without.flatMap(({ id }) =>
    kinds.map((kind) => ({ roomId: null, ownerId: id, kind, asset: "sol" as const })),
  );
  const ids = await openAccounts(tx, accounts);
  const opened = without.map(({ id }, at) => ({ id, rewardsId: ids[at * 2], claimedId: ids[at * 2 + 1] }));
  await tx.execute(sql`
    update traders t set rewards_id = x."rewardsId", claimed_id = x."claimedId"
    from ${tableOf(opened, { id: "uuid", rewardsId: "bigint", claimedId: "bigint" })} where t.id = x.id`);
}

/** A trader's row. */
export interface TraderRecord {
  id: string;
  key: string;
  userId: string;
  name: string | null;
  /** Lamports traded in all rooms. */
  volume: bigint;
  /** Rooms created. */
  launches: number;
  rewardsId: number;
  claimedId: number;
  /** Lamports that wait to be claimed. */
  unclaimed: bigint;
  /** Lamports that were claimed. */
  claimed: bigint;
}

type TraderRow = Omit<TraderRecord, "volume" | "unclaimed" | "claimed"> &
  Record<"volume" | "unclaimed" | "claimed", string>;

/** Locks traders until the transaction ends. @returns those who have a row, by key */
export async function lockTraders(tx: Transaction, keys: readonly string[]): Promise<Map<string, TraderRecord>> {
  await tx.execute(sql`select 1 from traders where key in ${textsIn(keys)} order by key for no key update`);
  return selectTraders(tx, keys);
}

export async function selectTraders(
  db: Pick<Transaction, "execute">,
  keys: readonly string[],
): Promise<Map<string, TraderRecord>> {
  const rows = rowsOf<TraderRow>(
    await db.execute(sql`
      select t.id, t.key, t.user_id as "userId", t.name, t.volume::text, t.launches, a.id as "rewardsId",
        a.balance::text as unclaimed, c.id as "claimedId", c.balance::text as claimed
      from traders t join ledger_accounts a on a.id = t.rewards_id join ledger_accounts c on c.id = t.claimed_id
      where t.key in ${textsIn(keys)}`),
  );
  return new Map(
    rows.map(({ volume, unclaimed, claimed, ...row }) => [
      row.key,
      {
        ...row,
        volume: BigInt(volume),
        unclaimed: BigInt(unclaimed),
        claimed: BigInt(claimed),
      },
    ]),
  );
}

/** Traders as the database has them, whose erasure waits until the transaction has ended, by id. */
export async function holdTraders(tx: Transaction, ids: Iterable<string>): Promise<Map<string, KnownTrader>> {
  const rows = rowsOf<KnownTrader>(
    await tx.execute(sql`
      select id, key, user_id as "userId", name from traders where id in ${uuidsIn([...ids])} order by key for share`),
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** A trader, of whom everything but the id is null once they were erased. */
export interface KnownTrader {
  id: string;
  key: string | null;
  userId: string | null;
  name: string | null;
}

/** A trader as events and lists show them. */
export const shownTrader = ({ id, userId, name }: Omit<KnownTrader, "key">) => ({
  traderId: id,
  userId: userId ?? "erased",
  name,
});
