import type { Database, Transaction } from "@pult/db/database.ts";
import { oneTimeTokens } from "@pult/db/schema/auth.ts";
import { and, eq, gt, isNull } from "drizzle-orm";
import { hashToken, newSecret } from "./tokens.ts";

/** What a one-time token is good for; a token of one purpose is nothing for another. */
export type Purpose =
  | "setUp"
  | "invitation"
  | "passwordReset"
  | "ticket"
  | "passkeyChallenge"
  | "telegramLogin"
  | "walletProof"
  | "initData";

export type OneTimeToken = typeof oneTimeTokens.$inferSelect;

interface Issue {
  purpose: Purpose;
  /** Whom it concerns. */
  personId?: string | null;
  /** What is to be known when it comes back: JSON. */
  data?: object;
  createdBy?: string | null;
  now: Date;
  lifeMs: number;
}

/** @returns the token, which is shown once and stored as a hash only */
export async function issueOneTime(
  db: Database | Transaction,
  issue: Issue,
): Promise<OneTimeToken & { token: string }> {
  const { purpose, personId = null, data = {}, createdBy = null, now, lifeMs } = issue;
  const token = newSecret();
  const expiresAt = new Date(now.getTime() + lifeMs);
  const [row] = await db
    .insert(oneTimeTokens)
    .values({ tokenHash: hashToken(token), purpose, personId, data, createdBy, createdAt: now, expiresAt })
    .returning();
  if (!row) throw new Error("The token was not stored");
  return { ...row, token };
}

interface Shown {
  purpose: Purpose;
  token: string;
  now: Date;
}

const living = ({ purpose, token, now }: Shown) =>
  and(
    eq(oneTimeTokens.tokenHash, hashToken(token)),
    eq(oneTimeTokens.purpose, purpose),
    isNull(oneTimeTokens.usedAt),
    gt(oneTimeTokens.expiresAt, now),
  );

/** Uses a token up; of two who show the same one, one gets it. @returns null when it is wrong, used, withdrawn or too old */
export async function takeOneTime(db: Database | Transaction, shown: Shown): Promise<OneTimeToken | null> {
  const [row] = await db.update(oneTimeTokens).set({ usedAt: shown.now }).where(living(shown)).returning();
  return row ?? null;
}

/** Looks at a token without using it up. @returns null when it is wrong, used, withdrawn or too old */
export async function readOneTime(db: Database | Transaction, shown: Shown): Promise<OneTimeToken | null> {
  const [row] = await db.select().from(oneTimeTokens).where(living(shown));
  return row ?? null;
}

/** Revokes unused tokens. */
export async function revokeOneTime(
  db: Database | Transaction,
  { purpose, personId, now }: { purpose: Purpose; personId?: string; now: Date },
): Promise<void> {
  await db
    .update(oneTimeTokens)
    .set({ usedAt: now })
    .where(
      and(
        eq(oneTimeTokens.purpose, purpose),
        isNull(oneTimeTokens.usedAt),
        personId === undefined ? undefined : eq(oneTimeTokens.personId, personId),
      ),
    );
}
