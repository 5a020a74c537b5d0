import { createHash, randomInt } from "node:crypto";
import { hashRaw } from "@node-rs/argon2";
import type { Transaction } from "@pult/db/database.ts";
import { backupCodes, credentials } from "@pult/db/schema/auth.ts";
import { and, eq, isNull, lt, or } from "drizzle-orm";
import { Secret, TOTP } from "otpauth";
import type { Context } from "../../context.ts";
import type { DomainError } from "../../errors.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { type AgentAccount, targetOf, updateAccount } from "./agent-account.ts";
import { ARGON2 } from "./argon2.ts";

/** What every authenticator app understands. */
const TOTP_RULES = { algorithm: "SHA1", digits: 6, period: 30 } as const;
/** A clock may be wrong by this many steps of 30 s. */
const WINDOW = 1;

export const placeOfTotp = (personId: string): string => `credentials/${personId}/totp`;

export function secondFactorRequired(state: "missing" | "wrong"): DomainError {
  return authError(state === "missing" ? "secondFactorMissing" : "secondFactorWrong");
}

/** A new secret in Base32, for typing by hand, and `otpauth://totp/…`, for the QR code. */
export function newTotp({ workspace, email }: { workspace: string; email: string }): { secret: string; uri: string } {
  const secret = new Secret({ size: 20 });
  // A colon would end the issuer's name.
  const totp = new TOTP({ ...TOTP_RULES, secret, issuer: workspace.replaceAll(":", " "), label: email });
  return { secret: secret.base32, uri: totp.toString() };
}

/** @returns the time step whose code this is, or null */
export function stepOfCode(secret: string, code: string, now: Date): number | null {
  const timestamp = now.getTime();
  const delta = TOTP.validate({
    ...TOTP_RULES,
    token: code,
    secret: Secret.fromBase32(secret),
    timestamp,
    window: WINDOW,
  });
  return delta === null ? null : TOTP.counter({ ...TOTP_RULES, timestamp }) + delta;
}

type Holder = Pick<AgentAccount, "personId" | "name" | "totpSecret">;

/** Uses up a code of the app or a backup code. @returns whether it was right; of two who show the same one at once, one was */
export async function useSecondFactor(ctx: Context, holder: Holder, code: string): Promise<boolean> {
  const typed = code.replace(/[\s-]/g, "").toLowerCase();
  return /^\d{6}$/.test(typed) ? useTotp(ctx, holder, typed) : useBackupCode(ctx, holder, typed);
}

async function useTotp(ctx: Context, { personId, totpSecret }: Holder, code: string): Promise<boolean> {
  if (!totpSecret) return false;
  const step = stepOfCode(ctx.vault.open(placeOfTotp(personId), totpSecret), code, ctx.now());
  if (step === null) return false;
  const isUnused = or(isNull(credentials.totpLastStep), lt(credentials.totpLastStep, step));
  return updateAccount(ctx.db, personId, { totpLastStep: step }, isUnused);
}

async function useBackupCode(ctx: Context, holder: Holder, code: string): Promise<boolean> {
  const { personId } = holder;
  const codeHash = await hashBackupCode(personId, code);
  return ctx.db.transaction(async (tx) => {
    const used = await tx
      .update(backupCodes)
      .set({ usedAt: ctx.now() })
      .where(and(eq(backupCodes.personId, personId), eq(backupCodes.codeHash, codeHash), isNull(backupCodes.usedAt)))
      .returning({ personId: backupCodes.personId });
    if (used.length === 0) return false;
    await recordAudit(tx, ctx, { action: "auth.backupCodeUsed", target: targetOf(holder) });
    return true;
  });
}

const HOW_MANY = 10;
/** 32 characters that are not taken for each other. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
const LETTERS = 10;

const newBackupCode = (): string =>
  Array.from({ length: LETTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");

/**
 * Fifty bits are too few for a plain hash. The salt is the person, so that one computation finds the code among ten.
 * @param code without its dash
 */
async function hashBackupCode(personId: string, code: string): Promise<string> {
  const salt = createHash("sha256").update(`backup codes of ${personId}`).digest().subarray(0, 16);
  const hash = await hashRaw(code, { ...ARGON2, salt });
  return hash.toString("base64url");
}

/** Ten codes with what is stored of each. */
export async function makeBackupCodes(personId: string): Promise<{ codes: string[]; hashes: string[] }> {
  const codes = Array.from({ length: HOW_MANY }, newBackupCode);
  const hashes = await Promise.all(codes.map((code) => hashBackupCode(personId, code)));
  return { codes: codes.map((code) => `${code.slice(0, LETTERS / 2)}-${code.slice(LETTERS / 2)}`), hashes };
}

/** Puts new codes in the place of all former ones. */
export async function replaceBackupCodes(tx: Transaction, personId: string, hashes: readonly string[]): Promise<void> {
  await tx.delete(backupCodes).where(eq(backupCodes.personId, personId));
  if (hashes.length > 0) await tx.insert(backupCodes).values(hashes.map((codeHash) => ({ personId, codeHash })));
}

/** Turns codes off, and forgets everything about them. */
export async function clearTotp(tx: Transaction, personId: string): Promise<void> {
  await updateAccount(tx, personId, { totpSecret: null, totpEnabledAt: null, totpLastStep: null });
  await replaceBackupCodes(tx, personId, []);
}
