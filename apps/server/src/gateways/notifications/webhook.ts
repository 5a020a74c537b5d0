import { createHmac } from "node:crypto";
import { equalSecrets } from "@pult/api/auth/tokens.ts";
import type { Deps } from "@pult/api/context.ts";
import { findDomainError, malformed, requestError } from "@pult/api/errors.ts";
import { notificationsError } from "@pult/api/notifications/errors.ts";
import { storeWebhook } from "@pult/api/notifications/instagram/webhooks.ts";
import type { Call } from "../../gateway.ts";
import { charsetOf, decodeText, parseJson, readBody } from "../../http/body.ts";
import { setDataHeaders } from "../../http/security-headers.ts";
import type { TokenGuard } from "../../token-guard.ts";

/** Meta sends up to 1,000 events at once. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** `GET /api/webhooks/instagram`: Meta asks whether the address is ours. */
export async function verifySubscription(
  { url, response, ip }: Call,
  { guard, verifyToken }: { guard: TokenGuard; verifyToken: string | null },
): Promise<void> {
  const { searchParams: query } = url;
  const [shown, challenge] = [query.get("hub.verify_token"), query.get("hub.challenge")];
  if (query.get("hub.mode") !== "subscribe" || shown === null || challenge === null || challenge.length > 512)
    throw malformed("hub.mode=subscribe, hub.verify_token and hub.challenge are required");
  await guard
    .admit({ ip, token: shown }, async () => {
      if (verifyToken === null || !equalSecrets(shown, verifyToken)) throw requestError("unauthorized");
    })
    .catch((error) => {
      // The status that Meta's own examples answer with.
      throw findDomainError(error)?.code === "UNAUTHORIZED" ? notificationsError("verifyTokenWrong") : error;
    });
  sendText(response, challenge);
}

/** `POST /api/webhooks/instagram`: checked, stored as it came, acknowledged. */
export async function receiveWebhook(
  { request, response, ip }: Call,
  { deps, guard, appSecret }: { deps: Deps; guard: TokenGuard; appSecret: string | null },
): Promise<void> {
  const given = request.headers["x-hub-signature-256"];
  const signature = typeof given === "string" ? given : null;
  // Without a signature nothing is read.
  if (signature === null || appSecret === null) throw requestError("unauthorized");
  const body = await readBody(request, MAX_BODY_BYTES);
  await guard.admit({ ip, token: signature }, async () => {
    const expected = `sha256=${createHmac("sha256", appSecret).update(body).digest("hex")}`;
    if (!equalSecrets(signature, expected)) throw requestError("unauthorized");
  });
  const text = decodeText(body, charsetOf(request.headers["content-type"]));
  const content = parseJson(text);
  if (typeof content !== "object" || content === null) throw malformed("The body is not a webhook");
  await storeWebhook(deps, text);
  sendText(response, "OK");
}

function sendText(response: Call["response"], text: string): void {
  setDataHeaders(response);
  response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
