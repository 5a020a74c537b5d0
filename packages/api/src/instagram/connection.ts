import { createHash } from "node:crypto";
import type { Database, Transaction } from "@pult/db/database.ts";
import { instagramConnection } from "@pult/db/schema/notifications.ts";
import { and, eq, isNotNull, isNull, lte, ne } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { announceHealth, publishHealth } from "./health.ts";
import { type Instagram, type InstagramApp, InstagramError } from "./instagram.ts";

const CURRENT = "current";
export const placeOfToken = (id: string): string => `instagram_connection/${id}/token`;

export type ConnectionRow = typeof instagramConnection.$inferSelect;

type ConnectionDeps = Pick<Deps, "db" | "bus" | "vault" | "now" | "instagram">;

const sourceOf = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** What is known of the token that the environment gives now; null before it was first used, and for what was known of another one. */
export async function readConnection(
  db: Database | Transaction,
  app: Pick<InstagramApp, "startToken"> | null,
): Promise<ConnectionRow | null> {
  if (!app) return null;
  const source = sourceOf(app.startToken);
  const [row] = await db
    .select()
    .from(instagramConnection)
    .where(and(eq(instagramConnection.id, CURRENT), eq(instagramConnection.source, source)));
  return row ?? null;
}

/** Changes what is known of the token; what was known of an earlier one is forgotten. */
export async function updateConnection(
  tx: Transaction,
  { startToken }: Pick<InstagramApp, "startToken">,
  change: Partial<Omit<ConnectionRow, "id" | "source">>,
): Promise<void> {
  const source = sourceOf(startToken);
  await tx.delete(instagramConnection).where(ne(instagramConnection.source, source));
  await tx
    .insert(instagramConnection)
    .values({ id: CURRENT, source, ...change })
    .onConflictDoUpdate({ target: instagramConnection.id, set: { source, ...change } });
}

/** The newest token that works from what the environment gives. */
function tokenOf({ vault }: Pick<Deps, "vault">, app: InstagramApp, row: ConnectionRow | null): string {
  const sealed = row?.token ?? null;
  return (sealed === null ? null : vault.openOrNull(placeOfToken(CURRENT), sealed)) ?? app.startToken;
}

/**
 * Makes a call with the newest token. Whether Meta accepts that is stored, and announced when it changes.
 * @throws InstagramError
 */
export async function callInstagram<Result>(
  deps: ConnectionDeps & { instagram: InstagramApp },
  make: (api: Instagram, token: string) => Promise<Result>,
): Promise<Result> {
  const { instagram: app } = deps;
  const row = await readConnection(deps.db, app);
  try {
    const result = await make(app.api, tokenOf(deps, app, row));
    if (row?.failure) await storeFailure(deps, null);
    return result;
  } catch (error) {
    if (error instanceof InstagramError && error.failure === "tokenInvalid" && !row?.failure)
      await storeFailure(deps, error.message);
    throw error;
  }
}

async function storeFailure(deps: ConnectionDeps & { instagram: InstagramApp }, failure: string | null): Promise<void> {
  const { db, bus, now, instagram: app } = deps;
  const at = now();
  const announced = await db.transaction(async (tx) => {
    await updateConnection(tx, app, {});
    const changed = await tx
      .update(instagramConnection)
      // A token that works again is warned of anew when it ends soon.
      .set({ failure, failedAt: failure === null ? null : at, endingNoticedAt: null })
      .where(failure === null ? isNotNull(instagramConnection.failure) : isNull(instagramConnection.failure))
      .returning({ id: instagramConnection.id });
    if (changed.length === 0) return null;
    return announceHealth(tx, at, [
      failure === null ? { type: "tokenValid" } : { type: "tokenInvalid", reason: failure },
    ]);
  });
  if (announced) publishHealth(bus, announced);
}

/** Stores a token that was refreshed; a warning that the old one ends is settled. */
export async function storeRefreshed(
  deps: ConnectionDeps & { instagram: InstagramApp },
  { token, expiresAt }: { token: string; expiresAt: Date },
): Promise<void> {
  const { db, bus, vault, now, instagram: app } = deps;
  const at = now();
  const announced = await db.transaction(async (tx) => {
    const before = await readConnection(tx, app);
    const sealed = vault.seal(placeOfToken(CURRENT), token);
    await updateConnection(tx, app, { token: sealed, refreshedAt: at, expiresAt, endingNoticedAt: null });
    return before?.endingNoticedAt ? announceHealth(tx, at, [{ type: "tokenValid" }]) : null;
  });
  if (announced) publishHealth(bus, announced);
}

/** Announces, once, that the token ends within a time although it was to be refreshed long before. */
export async function announceEnding(
  { db, bus, now, instagram: app }: ConnectionDeps & { instagram: InstagramApp },
  withinMs: number,
): Promise<void> {
  const at = now();
  const announced = await db.transaction(async (tx) => {
    const [ending] = await tx
      .update(instagramConnection)
      .set({ endingNoticedAt: at })
      .where(
        and(
          eq(instagramConnection.source, sourceOf(app.startToken)),
          isNull(instagramConnection.failure),
          isNull(instagramConnection.endingNoticedAt),
          lte(instagramConnection.expiresAt, new Date(at.getTime() + withinMs)),
        ),
      )
      .returning({ expiresAt: instagramConnection.expiresAt });
    if (!ending?.expiresAt) return null;
    return announceHealth(tx, at, [{ type: "tokenEnding", expiresAt: ending.expiresAt.toISOString() }]);
  });
  if (announced) publishHealth(bus, announced);
}
