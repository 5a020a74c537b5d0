import type { IncomingMessage } from "node:http";
import { why } from "@pult/api/outbox/why.ts";
import type { PushMessage, PushResult, PushTarget } from "@pult/api/push/sender.ts";
import webPushLibrary from "web-push";
import { fitText } from "./fit-text.ts";
import { openGuarded, readStart } from "./guarded-request.ts";
import { PrivateAddressError } from "./private-addresses.ts";
import { failed, ttlOf, unanswered } from "./push-results.ts";
import { readRetryAfter } from "./retry-after.ts";

const SERVICE = "Web Push";
const TIMEOUT_MS = 10_000;
/** What is left of 4,096 bytes after aes128gcm's header, padding mark and tag. */
const MAX_PLAINTEXT_BYTES = 3993;
const MAX_REASON_BYTES = 300;

export interface VapidKeys {
  /** P-256 point, 65 bytes, base64url. */
  publicKey: string;
  /** 32 bytes, base64url. */
  privateKey: string;
  /** `mailto:` or https address of the operator. */
  subject: string;
}

export interface WebPushOptions {
  vapid: VapidKeys;
  /** Sandbox and tests only: endpoints of this origin may be plain http and private. */
  exemptOrigin?: string | null;
  /** Default 10,000. */
  timeoutMs?: number;
  /** Unix milliseconds. Default: the system's clock. */
  now?: () => number;
}

export type WebPushSubscription = Extract<PushTarget, { provider: "webpush" }>["subscription"];

export interface WebPush {
  readonly vapidPublicKey: string;
  /**
   * Sends to one subscription; the browser's service worker receives the JSON of `webPushPayload`. Never throws for what the push
   * service answers, nor for an endpoint that leads somewhere private.
   */
  send(subscription: WebPushSubscription, message: PushMessage): Promise<PushResult>;
}

/**
 * Web Push with VAPID.
 * @throws Error when the VAPID keys are malformed
 * @see https://www.rfc-editor.org/rfc/rfc8030
 * @see https://www.rfc-editor.org/rfc/rfc8291
 * @see https://www.rfc-editor.org/rfc/rfc8292
 */
export function createWebPush(options: WebPushOptions): WebPush {
  const { vapid, exemptOrigin = null, timeoutMs = TIMEOUT_MS, now = Date.now } = options;
  assertKeys(vapid);
  return {
    vapidPublicKey: vapid.publicKey,
    async send(subscription, message) {
      const payload = webPushPayload(message);
      const url = URL.parse(subscription.endpoint);
      if (payload === null) return failed(why("pushTooLong", { limit: MAX_PLAINTEXT_BYTES }).reason);
      if (url === null) return failed(why("badEndpoint").reason);
      const request = encrypt(vapid, subscription, { message, payload });
      if (request === null) return failed(why("badSubscription").reason);
      try {
        const response = await openGuarded({ url, method: "POST", ...request, timeoutMs, exemptOrigin });
        return await readAnswer(response, now());
      } catch (error) {
        return readFailure(error);
      }
    },
  };
}

/** What the service worker is given: `{ title, body, data, tag }` as JSON, its body cut to fit; null when the rest is too long already. */
export function webPushPayload({ title, body, data, collapseKey }: PushMessage): string | null {
  const encode = (text: string) => JSON.stringify({ title, body: text, data, tag: collapseKey });
  const fitted = fitText(body, MAX_PLAINTEXT_BYTES, encode);
  return fitted === null ? null : encode(fitted);
}

interface EncryptedRequest {
  headers: Record<string, string | number>;
  body: Uint8Array;
}

/** @returns null when the subscription cannot be encrypted for */
function encrypt(
  vapid: VapidKeys,
  subscription: WebPushSubscription,
  { message, payload }: { message: PushMessage; payload: string },
): EncryptedRequest | null {
  try {
    const details = webPushLibrary.generateRequestDetails(subscription, payload, {
      vapidDetails: vapid,
      contentEncoding: "aes128gcm",
      urgency: "high",
      topic: message.collapseKey,
      TTL: ttlOf(message),
    });
    return { headers: details.headers as EncryptedRequest["headers"], body: details.body };
  } catch {
    return null;
  }
}

async function readAnswer(response: IncomingMessage, nowMs: number): Promise<PushResult> {
  const status = response.statusCode ?? 0;
  const words = (await readStart(response, MAX_REASON_BYTES).catch(() => "")).trim();
  if (status >= 200 && status < 300) return { state: "accepted", providerStatus: status, reason: null };
  const reason = words === "" ? why("answered", { service: SERVICE, status }).reason : words;
  if (status === 404 || status === 410) return { state: "removed", providerStatus: status, reason };
  if (status === 429 || status >= 500) {
    const retryAfterMs = readRetryAfter(response.headers["retry-after"], nowMs);
    return { state: "retry", providerStatus: status, reason, retryAfterMs };
  }
  return failed(reason, status);
}

function readFailure(error: unknown): PushResult {
  if (error instanceof PrivateAddressError) return failed(why("badEndpoint").reason);
  return unanswered(error, SERVICE);
}

function assertKeys({ publicKey, privateKey, subject }: VapidKeys): void {
  // Checks all three and sends nothing.
  webPushLibrary.getVapidHeaders("https://push.example", subject, publicKey, privateKey, "aes128gcm");
}
