import { credentials, identities, people } from "@pult/db/schema/auth.ts";
import { and, eq, exists, not } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { ensureIdentity } from "../../people/identities.ts";
import { isInitDataConsumed, rememberInitData } from "./consumed-init-data.ts";
import { createCustomerSession } from "./create-session.ts";
import { type InitData, refused, verifyInitData } from "./init-data.ts";
import type { MiniAppSession } from "./schema.ts";

const INIT_DATA_MAX_AGE_SECONDS = 60 * 60;

/**
 * Opens a short session for the Telegram user whom `initData` names. After they sign out, the same data opens none.
 * @throws DomainError `UNAUTHORIZED`
 */
export async function signInMiniApp(ctx: Context, input: { initData: string }): Promise<MiniAppSession> {
  const { user, digest } = await believeInitData(ctx, input.initData);
  const personId = await ensurePerson(ctx, { namespace: "telegram", externalId: user.id, ...user });
  const identity = { namespace: "telegram", externalId: user.id } as const;
  const { token, expiresAt } = await ctx.db.transaction(async (tx) => {
    const opened = await createCustomerSession(tx, ctx, { personId, identity, method: "miniApp" });
    await rememberInitData(tx, { ...opened, sessionId: opened.id, personId, digest, now: ctx.now() });
    return opened;
  });
  return { token, expiresAt: expiresAt.toISOString(), user };
}

/**
 * The Telegram user whom `initData` names, where it still counts.
 * @throws DomainError `UNAUTHORIZED`
 */
export async function believeInitData(ctx: Pick<Context, "config" | "now" | "db">, raw: string): Promise<InitData> {
  if (!ctx.config.botToken) throw refused();
  const believed = verifyInitData(raw, {
    botToken: ctx.config.botToken,
    now: ctx.now(),
    maxAgeSeconds: INIT_DATA_MAX_AGE_SECONDS,
    publicKey: ctx.config.telegramPublicKey,
  });
  if (await isInitDataConsumed(ctx.db, believed.digest)) throw refused();
  return believed;
}

interface ProvenIdentity {
  namespace: "telegram";
  externalId: string;
  name: string;
  username: string | null;
  /** Absent where it is unknown. */
  languageCode?: string | null;
}

/** The identity's person, renamed to their current name; a new person for an unknown identity. */
export async function ensurePerson(ctx: Context, proven: ProvenIdentity): Promise<string> {
  const { namespace, externalId, name, username, languageCode } = proven;
  return ctx.db.transaction(async (tx) => {
    const personId = await ensureIdentity(tx, { ...proven, languageCode: languageCode ?? null });
    // An agent keeps the name their team uses, also after a customer was merged into them.
    const isAgent = exists(tx.select().from(credentials).where(eq(credentials.personId, people.id)));
    await tx
      .update(people)
      .set({ name, languageCode })
      .where(and(eq(people.id, personId), not(isAgent)));
    await tx
      .update(identities)
      .set({ username, proven: true })
      .where(and(eq(identities.namespace, namespace), eq(identities.externalId, externalId)));
    return personId;
  });
}
