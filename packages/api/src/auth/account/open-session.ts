import { randomUUID } from "node:crypto";
import { sessions } from "@pult/db/schema/auth.ts";
import type { Context } from "../../context.ts";
import { hashToken, newSessionToken } from "../tokens.ts";
import type { SessionMethod } from "./schema.ts";

/** Absolute life of an agent's session. @see AGENT_IDLE_MS */
export const AGENT_SESSION_MS = 30 * 24 * 60 * 60_000;
/** Life of a Mini App session: the app opens anew for every visit. */
export const MINI_APP_SESSION_MS = 12 * 60 * 60_000;

interface NewSession {
  personId: string;
  kind: "agent" | "customer";
  method: SessionMethod;
  lifeMs: number;
  identity?: { namespace: string; externalId: string };
}

export async function openSession(
  ctx: Context,
  session: NewSession,
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const token = newSessionToken();
  const id = randomUUID();
  const now = ctx.now();
  const expiresAt = new Date(now.getTime() + session.lifeMs);
  await ctx.db.insert(sessions).values({
    tokenHash: hashToken(token),
    id,
    personId: session.personId,
    kind: session.kind,
    method: session.method,
    namespace: session.identity?.namespace ?? null,
    externalId: session.identity?.externalId ?? null,
    userAgent: ctx.userAgent.slice(0, 500),
    ip: ctx.ip,
    createdAt: now,
    lastSeenAt: now,
    confirmedAt: session.kind === "agent" ? now : null,
    expiresAt,
  });
  return { id, token, expiresAt };
}
