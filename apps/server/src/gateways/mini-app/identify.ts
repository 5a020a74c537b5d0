import type { Actor } from "@pult/api/actor.ts";
import { verifyInitData } from "@pult/api/auth/account/init-data.ts";
import { isStaff } from "@pult/api/auth/permissions.ts";
import type { Deps } from "@pult/api/context.ts";
import { malformed, requestError } from "@pult/api/errors.ts";
import type { LegacyAuth } from "../../authorize.ts";

/** An open app never renews its init data, so that it may be old. */
const MAX_AGE_SECONDS = 24 * 60 * 60;

/**
 * Whom the address names, and what shows that it is them: init data, else the token of the handshake; with `LEGACY_AUTH=open` nothing.
 * @param shown the caller by the handshake's headers or ticket
 * @throws DomainError `VALIDATION` without a user id, `UNAUTHORIZED`
 */
export function identifyMiniApp(
  { config, now }: Pick<Deps, "config" | "now">,
  { url, shown, legacyAuth }: { url: URL; shown: Actor; legacyAuth: LegacyAuth },
): Actor {
  const userId = url.searchParams.get("user_id") ?? "";
  if (!/^[1-9]\d{0,15}$/.test(userId)) throw malformed("user_id is required");
  const initData = initDataOf(url);
  if (initData !== "") {
    if (config.botToken === null) throw requestError("unauthorized");
    const rules = {
      botToken: config.botToken,
      now: now(),
      maxAgeSeconds: MAX_AGE_SECONDS,
      publicKey: config.telegramPublicKey,
    };
    const { user, authDate } = verifyInitData(initData, rules);
    if (user.id !== userId) throw requestError("unauthorized");
    const { name, username, languageCode } = user;
    const expiresAt = new Date(authDate.getTime() + MAX_AGE_SECONDS * 1000);
    const proof = { kind: "token" as const, expiresAt };
    return { kind: "customer", namespace: "telegram", externalId: userId, name, username, languageCode, proof };
  }
  if (shown.kind === "customer" && shown.externalId === userId) return shown;
  if (isStaff(shown, "notifications:read")) return shown;
  if (shown.kind !== "anonymous" || legacyAuth !== "open") throw requestError("unauthorized");
  const username = url.searchParams.get("username");
  const bare = { namespace: "telegram" as const, externalId: userId, name: username, username, languageCode: null };
  return { kind: "customer", ...bare, isUnproven: true };
}

/** Empty when there is none. The document's own client does not encode it: then it is the rest of the query. */
function initDataOf({ searchParams, search }: URL): string {
  const encoded = searchParams.get("init_data") ?? "";
  if (encoded === "" || /(^|&)(hash|signature)=/.test(encoded)) return encoded;
  return search.slice(search.indexOf("init_data=") + "init_data=".length);
}
