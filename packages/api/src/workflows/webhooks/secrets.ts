import { createHmac, randomBytes } from "node:crypto";
import type { webhooks } from "@pult/db/schema/workflows.ts";
import type { Deps } from "../../context.ts";

export type WebhookRow = typeof webhooks.$inferSelect;

export const WEBHOOK_SECRETS = ["secret", "previousSecret"] as const;
type SecretColumn = (typeof WEBHOOK_SECRETS)[number];

/** How long a replaced secret still signs. */
export const PREVIOUS_SECRET_MS = 24 * 60 * 60_000;

export const placeOfWebhookSecret = (id: string, column: SecretColumn): string => `webhooks/${id}/${column}`;

export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString("base64url")}`;

/** Secrets that sign now, the newest first. @throws VaultError */
export function signingSecrets({ vault }: Pick<Deps, "vault">, row: WebhookRow, now: Date): string[] {
  const { id, secret, previousSecret, previousUntil } = row;
  const newest = vault.open(placeOfWebhookSecret(id, "secret"), secret);
  if (previousSecret === null || previousUntil === null || previousUntil <= now) return [newest];
  return [newest, vault.open(placeOfWebhookSecret(id, "previousSecret"), previousSecret)];
}

/** `t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, one `v1` for each secret. */
export function signatureOf(secrets: readonly string[], { at, body }: { at: Date; body: string }): string {
  const seconds = Math.floor(at.getTime() / 1_000);
  const signatures = secrets.map((secret) =>
    createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex"),
  );
  return [`t=${seconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(",");
}
