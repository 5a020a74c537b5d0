import type { ApiKey } from "@pult/api/auth/schema.ts";

/** What a key is good for now. `soon`: it ends within two weeks. */
export type KeyState = { state: "active" | "expired" | "revoked" } | { state: "soon"; daysLeft: number };

const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

export function keyState({ expiresAt, revokedAt }: Pick<ApiKey, "expiresAt" | "revokedAt">, now: number): KeyState {
  if (revokedAt) return { state: "revoked" };
  if (!expiresAt) return { state: "active" };
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) return { state: "expired" };
  const daysLeft = Math.ceil(left / DAY_MS);
  return daysLeft <= SOON_DAYS ? { state: "soon", daysLeft } : { state: "active" };
}
