import { isIP } from "node:net";
import type { Database, Transaction } from "@pult/db/database.ts";
import { passkeys } from "@pult/db/schema/auth.ts";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { and, eq, lt } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { findDomainError } from "../../errors.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { notifyByMail } from "../mail.ts";
import { issueOneTime, takeOneTime } from "../one-time.ts";
import { requireAgent } from "../permissions.ts";
import { type AgentAccount, findAccount, ownAccount, targetOf } from "./agent-account.ts";
import { markConfirmed, requireConfirmed } from "./confirm-session.ts";
import { createSession, type SignedIn } from "./create-session.ts";
import type { RegisterPasskeyInput, SignInWithPasskeyInput } from "./schema.ts";

const CHALLENGE_MS = 5 * 60_000;
const MOST_PASSKEYS = 20;
/** EdDSA, ES256, RS256: what authenticators have. */
const ALGORITHMS = [-8, -7, -257];

export interface Challenge<Options> {
  /** Good once, for five minutes; comes back with the authenticator's answer. */
  challenge: string;
  /** For the browser. */
  options: Options;
}

/** For whom passkeys are made, and from which pages they may be used. */
interface RelyingParty {
  /** A domain name; WebAuthn knows no addresses. */
  id: string;
  origins: string[];
}

/** @param origin where browsers reach this installation; by its address it is reached from this machine alone, under the name localhost */
export function relyingPartyOf(origin: string): RelyingParty {
  const { protocol, hostname, port } = new URL(origin);
  const bare = hostname.replace(/^\[|\]$/g, "");
  if (isIP(bare) === 0 && bare !== "localhost") return { id: bare, origins: [origin] };
  const at = (host: string) => `${protocol}//${host}${port ? `:${port}` : ""}`;
  return { id: "localhost", origins: [...new Set([origin, at("localhost"), at("127.0.0.1"), at("[::1]")])] };
}

const bytesOf = (base64url: string) => new Uint8Array(Buffer.from(base64url, "base64url"));

/** The one-time token is the challenge itself, so signing it consumes it. */
async function newChallenge(ctx: Context, personId: string | null): Promise<string> {
  const issue = { purpose: "passkeyChallenge", personId, now: ctx.now(), lifeMs: CHALLENGE_MS } as const;
  return (await issueOneTime(ctx.db, issue)).token;
}

/** @throws DomainError `VALIDATION` for a challenge that is wrong, used, too old or another person's */
async function takeChallenge(ctx: Context, token: string, personId: string | null): Promise<void> {
  const taken = await takeOneTime(ctx.db, { purpose: "passkeyChallenge", token, now: ctx.now() });
  if (!taken || taken.personId !== personId) throw authError("passkeyTimeout");
}

/** What an authenticator's answer must hold. */
function expectationsOf({ config }: Context, expectedChallenge: string) {
  const { id: expectedRPID, origins: expectedOrigin } = relyingPartyOf(config.origin);
  return { expectedChallenge, expectedOrigin, expectedRPID, requireUserVerification: true };
}

/**
 * What the caller's browser needs to make a passkey.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED`, `CONFLICT` when they have too many
 */
export async function passkeyRegistration(ctx: Context): Promise<Challenge<PublicKeyCredentialCreationOptionsJSON>> {
  const { personId, email, name } = await ownAccount(ctx);
  requireConfirmed(ctx);
  const known = await ctx.db.select().from(passkeys).where(eq(passkeys.personId, personId));
  if (known.length >= MOST_PASSKEYS) throw authError("passkeyLimit", { limit: MOST_PASSKEYS });
  const challenge = await newChallenge(ctx, personId);
  const options = await generateRegistrationOptions({
    rpName: ctx.config.workspace,
    rpID: relyingPartyOf(ctx.config.origin).id,
    userName: email,
    userDisplayName: name,
    userID: new TextEncoder().encode(personId),
    challenge: bytesOf(challenge),
    attestationType: "none",
    supportedAlgorithmIDs: ALGORITHMS,
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports })),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    timeout: CHALLENGE_MS,
  });
  return { challenge, options };
}

/**
 * Keeps the passkey that the caller's authenticator has made.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED`, `VALIDATION` for an answer that does not hold, `CONFLICT` for a
 * passkey that is known
 */
export async function registerPasskey(ctx: Context, input: RegisterPasskeyInput): Promise<{ id: string }> {
  const account = await ownAccount(ctx);
  requireConfirmed(ctx);
  const { personId } = account;
  await takeChallenge(ctx, input.challenge, personId);
  const made = await verifyRegistrationResponse({
    response: input.response,
    ...expectationsOf(ctx, input.challenge),
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch((cause: unknown) => {
    throw authError("passkeyUnverified", {}, { cause });
  });
  if (!made.verified) throw authError("passkeyUnverified");
  const { credential, credentialBackedUp } = made.registrationInfo;
  await ctx.db.transaction(async (tx) => {
    const stored = await tx
      .insert(passkeys)
      .values({
        id: credential.id,
        personId,
        name: input.name,
        publicKey: Buffer.from(credential.publicKey).toString("base64url"),
        signCount: credential.counter,
        transports: input.response.response.transports ?? [],
        backedUp: credentialBackedUp,
        createdAt: ctx.now(),
      })
      .onConflictDoNothing()
      .returning({ id: passkeys.id });
    if (stored.length === 0) throw authError("passkeyKnown");
    const details = { passkey: input.name };
    await recordAudit(tx, ctx, { action: "auth.passkeyAdded", target: targetOf(account), details });
  });
  notifyByMail(ctx, account, { kind: "passkeyAdded", name: input.name });
  return { id: credential.id };
}

/** Gives one of the caller's passkeys another name. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function renamePasskey(ctx: Context, { id, name }: { id: string; name: string }): Promise<void> {
  const account = await ownAccount(ctx);
  const own = and(eq(passkeys.id, id), eq(passkeys.personId, account.personId));
  await ctx.db.transaction(async (tx) => {
    const [known] = await tx.select({ name: passkeys.name }).from(passkeys).where(own).for("update");
    if (!known) throw authError("passkeyNotFound");
    if (known.name === name) return;
    await tx.update(passkeys).set({ name }).where(own);
    const details = { from: known.name, to: name };
    await recordAudit(tx, ctx, { action: "auth.passkeyRenamed", target: targetOf(account), details });
  });
}

/** Removes one of the caller's passkeys. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function removePasskey(ctx: Context, { id }: { id: string }): Promise<void> {
  const account = await ownAccount(ctx);
  await ctx.db.transaction(async (tx) => {
    const [removed] = await tx
      .delete(passkeys)
      .where(and(eq(passkeys.id, id), eq(passkeys.personId, account.personId)))
      .returning({ name: passkeys.name });
    if (!removed) throw authError("passkeyNotFound");
    const details = { passkey: removed.name };
    await recordAudit(tx, ctx, { action: "auth.passkeyRemoved", target: targetOf(account), details });
  });
}

/** What a browser needs to sign in with a passkey; its owner chooses which one. */
export async function passkeySignIn(ctx: Context): Promise<Challenge<PublicKeyCredentialRequestOptionsJSON>> {
  const challenge = await newChallenge(ctx, null);
  const options = await generateAuthenticationOptions({
    rpID: relyingPartyOf(ctx.config.origin).id,
    challenge: bytesOf(challenge),
    userVerification: "required",
    timeout: CHALLENGE_MS,
  });
  return { challenge, options };
}

const refused = (cause?: unknown) => authError("passkeyUnknown", {}, { cause });

/** A passkey whose authenticator has answered rightly. */
interface Shown {
  account: AgentAccount;
  /** Records its use. @throws DomainError `UNAUTHORIZED` when the sign count shows a copy of it */
  use(db: Database | Transaction): Promise<void>;
}

/**
 * Whose passkey was shown. What is refused of a passkey that is known is on record.
 * @throws DomainError `UNAUTHORIZED` for an unknown passkey, a wrong answer and a disabled account; `VALIDATION` for a stale challenge
 */
async function withPasskey<Result>(
  ctx: Context,
  input: SignInWithPasskeyInput,
  then: (shown: Shown) => Promise<Result>,
): Promise<Result> {
  await takeChallenge(ctx, input.challenge, null);
  const [passkey] = await ctx.db.select().from(passkeys).where(eq(passkeys.id, input.response.id));
  const account = passkey ? await findAccount(ctx.db, passkey.personId) : null;
  if (!passkey || !account) throw refused();
  try {
    return await then(await verifyPasskey(ctx, { account, passkey }, input));
  } catch (error) {
    if (findDomainError(error)?.code === "UNAUTHORIZED") await recordRefused(ctx, account, passkey.name);
    throw error;
  }
}

const recordRefused = (ctx: Context, account: AgentAccount, passkey: string) =>
  recordAudit(ctx.db, ctx, {
    action: "auth.signInFailed",
    target: targetOf(account),
    details: { what: "passkey", passkey },
  });

async function verifyPasskey(
  ctx: Context,
  { account, passkey }: { account: AgentAccount; passkey: typeof passkeys.$inferSelect },
  input: SignInWithPasskeyInput,
): Promise<Shown> {
  if (account.disabledAt) throw refused();
  const handle = input.response.response.userHandle;
  if (handle !== undefined && Buffer.from(handle, "base64url").toString() !== account.personId) throw refused();
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: input.response,
    ...expectationsOf(ctx, input.challenge),
    credential: { id: passkey.id, publicKey: bytesOf(passkey.publicKey), counter: passkey.signCount },
  }).catch((cause: unknown) => {
    throw refused(cause);
  });
  if (!verified) throw refused();
  const { newCounter, credentialBackedUp } = authenticationInfo;
  const use = async (db: Database | Transaction) => {
    // Authenticators that do not count always say 0.
    const isNew = newCounter === 0 ? eq(passkeys.signCount, 0) : lt(passkeys.signCount, newCounter);
    const used = await db
      .update(passkeys)
      .set({ signCount: newCounter, backedUp: credentialBackedUp, lastUsedAt: ctx.now() })
      .where(and(eq(passkeys.id, passkey.id), isNew))
      .returning({ id: passkeys.id });
    if (used.length === 0) throw refused();
  };
  return { account, use };
}

/**
 * Signs an agent in by passkey, which is two factors: possession, and the device has verified its owner. No lock applies.
 * @throws DomainError `UNAUTHORIZED` for an unknown passkey, a wrong answer and a disabled account; `VALIDATION` for a stale challenge
 */
export const signInWithPasskey = (ctx: Context, input: SignInWithPasskeyInput): Promise<SignedIn> =>
  withPasskey(ctx, input, ({ account, use }) =>
    createSession(ctx, "passkey", async (tx) => {
      await use(tx);
      return account;
    }),
  );

/**
 * Re-authenticates the caller by one of their passkeys, for agents who sign in without a password.
 * @throws DomainError `UNAUTHORIZED` when anonymous, `FORBIDDEN`, `VALIDATION` for a passkey of another account or a wrong answer, so that no
 * client takes it for an ended session
 */
export async function confirmWithPasskey(ctx: Context, input: SignInWithPasskeyInput): Promise<void> {
  const { personId } = requireAgent(ctx.actor);
  await withPasskey(ctx, input, async ({ account, use }) => {
    if (account.personId !== personId) throw refused();
    await use(ctx.db);
  }).catch((cause: unknown) => {
    if (findDomainError(cause)?.code !== "UNAUTHORIZED") throw cause;
    throw authError("passkeyNotOwn", {}, { cause });
  });
  await markConfirmed(ctx, "passkey");
}
