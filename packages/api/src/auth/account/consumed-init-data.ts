import type { Database, Transaction } from "@pult/db/database.ts";
import { oneTimeTokens } from "@pult/db/schema/auth.ts";
import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { Purpose } from "../one-time.ts";
import { hashToken } from "../tokens.ts";

/** The oldest init data that any endpoint accepts; consumed data need not be remembered for longer. */
const OLDEST_MS = 24 * 60 * 60_000;

const purpose: Purpose = "initData";
const keyOfSession = (sessionId: string): string => hashToken(`session ${sessionId}`);
const keyOfDigest = (digest: string): string => hashToken(`digest ${digest}`);

/** Notes by which init data a session was opened. @param digest of the init data */
export async function rememberInitData(
  db: Database | Transaction,
  opened: { sessionId: string; personId: string; digest: string; now: Date; expiresAt: Date },
): Promise<void> {
  const { sessionId, personId, digest, now, expiresAt } = opened;
  const tokenHash = keyOfSession(sessionId);
  await db.insert(oneTimeTokens).values({ tokenHash, purpose, personId, data: { digest }, createdAt: now, expiresAt });
}

/** Signing out consumes the session's init data, so that it cannot sign in again. */
export async function consumeInitData(
  db: Database | Transaction,
  { sessionId, now }: { sessionId: string; now: Date },
): Promise<void> {
  const [opened] = await db
    .update(oneTimeTokens)
    .set({ usedAt: now })
    .where(and(eq(oneTimeTokens.tokenHash, keyOfSession(sessionId)), isNull(oneTimeTokens.usedAt)))
    .returning({ data: oneTimeTokens.data });
  if (!opened) return;
  const { digest } = opened.data as { digest: string };
  const expiresAt = new Date(now.getTime() + OLDEST_MS);
  await db
    .insert(oneTimeTokens)
    .values({ tokenHash: keyOfDigest(digest), purpose, data: {}, createdAt: now, expiresAt, usedAt: now })
    .onConflictDoNothing();
}

/** Whether a session that this init data opened was signed out of. */
export async function isInitDataConsumed(db: Database | Transaction, digest: string): Promise<boolean> {
  const spent = await db
    .select({ id: oneTimeTokens.id })
    .from(oneTimeTokens)
    .where(and(eq(oneTimeTokens.tokenHash, keyOfDigest(digest)), isNotNull(oneTimeTokens.usedAt)));
  return spent.length > 0;
}
