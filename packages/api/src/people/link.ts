import type { Transaction } from "@pult/db/database.ts";
import { identities } from "@pult/db/schema/auth.ts";
import { and, eq } from "drizzle-orm";
import type { Actor, Customer } from "../actor.ts";
import { believeInitData } from "../auth/account/mini-app.ts";
import { actorOfToken } from "../auth/actors.ts";
import { recordAudit } from "../auth/audit.ts";
import { issueOneTime, takeOneTime } from "../auth/one-time.ts";
import { kindOfToken } from "../auth/tokens.ts";
import type { Context } from "../context.ts";
import { APP_AUDIENCE } from "../domains.ts";
import { requestError } from "../errors.ts";
import { peopleError } from "./errors.ts";
import { selectMergedIds } from "./find.ts";
import { ensureIdentity, findPersonId, selectIdentities } from "./identities.ts";
import { lockTwo } from "./merge.ts";
import { moveEverything } from "./merge-rows.ts";
import { lockPeople, lockPersonOf, publishAllRightsChanged } from "./roles.ts";
import type { IdentityRef, LinkInput, WalletProof } from "./schema.ts";
import { isSignedByWallet } from "./wallet.ts";

const CHALLENGE_MS = 5 * 60_000;

/** An identity that its owner has proven. */
type Proven = Pick<Customer, "namespace" | "externalId" | "name" | "username" | "languageCode">;

/**
 * Words for a wallet to sign, good once, for five minutes and for the caller alone: as UTF-8, after the first `{address}` in `message` was
 * replaced by the wallet's.
 * @throws DomainError `UNAUTHORIZED` for an anonymous caller, `FORBIDDEN` for every other caller but a proven customer
 */
export async function issueLinkChallenge(ctx: Context) {
  const caller = requireProven(ctx.actor);
  const { token, expiresAt } = await issueOneTime(ctx.db, {
    purpose: "walletProof",
    data: { namespace: caller.namespace, externalId: caller.externalId },
    now: ctx.now(),
    lifeMs: CHALLENGE_MS,
  });
  return { nonce: token, message: challengeText(ctx, caller, token), expiresAt: expiresAt.toISOString() };
}

/** Names the account, so that a person who is asked to sign for another's can see it. */
const challengeText = ({ config }: Context, { namespace, externalId }: IdentityRef, nonce: string): string =>
  [
    `${config.workspace} asks you to show that this wallet is yours. Signing costs nothing and moves nothing.`,
    "",
    "Wallet: {address}",
    `Account: ${namespace} ${JSON.stringify(externalId)}`,
    `Origin: ${config.origin}`,
    `Nonce: ${nonce}`,
  ].join("\n");

/**
 * Links an identity to the caller, by proof. When it belongs to another customer, that one is merged into the caller: both sides are
 * proven. An identity that is linked already is a success.
 * @returns all identities of the caller, and whether another person was merged into them
 * @throws DomainError `UNAUTHORIZED` for a proof that does not hold, `FORBIDDEN` for every caller but a proven customer, and
 * where an agent's account is on either side
 */
export async function linkIdentity(ctx: Context, { proof }: LinkInput) {
  const caller = requireProven(ctx.actor);
  const shown = "wallet" in proof ? null : await identityOf(ctx, proof);
  const done = await ctx.db.transaction(async (tx) => {
    await lockPeople(tx);
    const target = "wallet" in proof ? await identityOfWallet(ctx, tx, { caller, wallet: proof.wallet }) : shown;
    if (!target) throw new Error("A proof is of one of three kinds");
    const linked = await attach(ctx, tx, { caller, target });
    const known = (await selectIdentities(tx, [linked.personId])).get(linked.personId) ?? [];
    return { ...linked, known, notified: linked.merged ? await selectMergedIds(tx, linked.personId) : [] };
  });
  if (done.merged) publishAllRightsChanged(ctx.bus, done.personId, done.notified);
  return {
    identities: done.known.map(({ namespace, externalId }) => ({ namespace, externalId })),
    merged: done.merged,
  };
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
function requireProven(actor: Actor): Proven {
  if (actor.kind === "anonymous") throw requestError("signInRequired");
  if (actor.kind !== "customer") throw peopleError("linkOfOther");
  if (!actor.proof) throw peopleError("bareId");
  return actor;
}

async function identityOf(ctx: Context, proof: { initData: string } | { token: string }): Promise<Proven> {
  if ("initData" in proof) {
    const { user } = await believeInitData(ctx, proof.initData);
    return { namespace: "telegram", externalId: user.id, ...user };
  }
  const refused = () => peopleError("tokenUnproven");
  // Sessions and keys are ours and prove who calls, not who an app's user is.
  if (kindOfToken(proof.token) !== "jwt") throw refused();
  const actor = await actorOfToken(ctx, proof.token, "trpc").catch(() => actorOfToken(ctx, proof.token, APP_AUDIENCE));
  if (actor.kind !== "customer" || actor.proof?.kind !== "token") throw refused();
  return actor;
}

async function identityOfWallet(
  ctx: Context,
  tx: Transaction,
  { caller, wallet }: { caller: Proven; wallet: WalletProof },
): Promise<Proven> {
  const taken = await takeOneTime(tx, { purpose: "walletProof", token: wallet.nonce, now: ctx.now() });
  const asked = taken?.data as IdentityRef | undefined;
  const message = challengeText(ctx, caller, wallet.nonce).replace("{address}", () => wallet.address);
  const isExpected = asked?.namespace === caller.namespace && asked.externalId === caller.externalId;
  if (!isExpected || !isSignedByWallet(message, wallet)) throw peopleError("walletUnproven");
  return { namespace: "wallet", externalId: wallet.address, name: null, username: null, languageCode: null };
}

async function attach(
  ctx: Context,
  tx: Transaction,
  { caller, target }: { caller: Proven; target: Proven },
): Promise<{ personId: string; merged: boolean }> {
  const personId = await ensureIdentity(tx, caller);
  const otherId = await findPersonId(tx, target);
  if (otherId && otherId !== personId) return mergeIn(ctx, tx, { caller, target, personId, otherId });
  const keep = await lockPersonOf(tx, caller);
  if (keep.isAgent) throw agentsElsewhere();
  await markProven(tx, caller);
  // A first sign-in or message a moment ago has given the identity a person of its own.
  if ((await ensureIdentity(tx, target, { personId: keep.id })) !== keep.id) return attach(ctx, tx, { caller, target });
  if (await markProven(tx, target)) await recordLink(ctx, tx, { personId: keep.id, target, merged: false });
  return { personId: keep.id, merged: false };
}

const agentsElsewhere = () => peopleError("linkOfAgent");

async function mergeIn(
  ctx: Context,
  tx: Transaction,
  given: { caller: Proven; target: Proven; personId: string; otherId: string },
): Promise<{ personId: string; merged: boolean }> {
  const { caller, target, personId, otherId } = given;
  const { keep, merged } = await lockTwo(tx, { keepId: personId, mergeId: otherId });
  if (keep.isAgent || merged.isAgent) throw agentsElsewhere();
  // Only now: people are locked before their identities, here as in every merge.
  await markProven(tx, caller);
  await moveEverything(tx, { keepId: personId, mergeId: otherId, reason: "proof", createdBy: null, now: ctx.now() });
  await markProven(tx, target);
  await recordLink(ctx, tx, { personId, target, merged: true });
  return { personId, merged: true };
}

/** @returns whether it was not known as proven before */
async function markProven(tx: Transaction, { namespace, externalId }: IdentityRef): Promise<boolean> {
  const rows = await tx
    .update(identities)
    .set({ proven: true })
    .where(
      and(eq(identities.namespace, namespace), eq(identities.externalId, externalId), eq(identities.proven, false)),
    )
    .returning({ externalId: identities.externalId });
  return rows.length > 0;
}

async function recordLink(
  ctx: Context,
  tx: Transaction,
  { personId, target, merged }: { personId: string; target: Proven; merged: boolean },
): Promise<void> {
  await recordAudit(tx, ctx, {
    action: "auth.identityLinked",
    target: { kind: "person", id: personId },
    details: { namespace: target.namespace, merged },
  });
}
