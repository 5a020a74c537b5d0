import { why } from "@pult/api/outbox/why.ts";
import type { PushMessage, PushResult } from "@pult/api/push/sender.ts";
import { AccessTokenError, AccessTokens, type ServiceAccount } from "./fcm-account.ts";
import { type FcmAnswer, readFcmAnswer } from "./fcm-answer.ts";
import { fitText } from "./fit-text.ts";
import { failed, ttlOf, unanswered } from "./push-results.ts";
import { readRetryAfter } from "./retry-after.ts";

const DEFAULT_ROOT = "https://fcm.googleapis.com";
const TIMEOUT_MS = 10_000;
const MAX_PAYLOAD_BYTES = 4096;
/** Of Android; an app that has made no such channel shows pushes in its default one. */
const CHANNEL = "messages";

export interface FcmOptions {
  account: ServiceAccount;
  /** Default https://fcm.googleapis.com; no slash at the end. */
  apiRoot?: string;
  /** For each request. Default 10,000. */
  timeoutMs?: number;
  /** Unix milliseconds. Default: the system's clock. */
  now?: () => number;
}

export interface Fcm {
  /** Sends to one registration token. Never throws for what FCM or its token endpoint answers. */
  send(token: string, message: PushMessage): Promise<PushResult>;
}

/** FCM HTTP v1. @see https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send */
export function createFcm(options: FcmOptions): Fcm {
  const { account, apiRoot = DEFAULT_ROOT, timeoutMs = TIMEOUT_MS, now = Date.now } = options;
  const url = `${apiRoot.replace(/\/+$/, "")}/v1/projects/${encodeURIComponent(account.project_id)}/messages:send`;
  const tokens = new AccessTokens({ account, timeoutMs, now });

  async function post(accessToken: string, body: string): Promise<FcmAnswer> {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), now());
    return { status: response.status, text: await response.text(), retryAfterMs };
  }

  /** An access token can be revoked before it expires; one fresh token tells that apart from a key without rights. */
  async function postTwice(body: string): Promise<FcmAnswer> {
    const token = await tokens.get();
    const answer = await post(token, body);
    if (answer.status !== 401) return answer;
    tokens.discard(token);
    return post(await tokens.get(), body);
  }

  return {
    async send(token, message) {
      const body = fcmPayload(message, now());
      if (body === null) return failed(why("pushTooLong", { limit: MAX_PAYLOAD_BYTES }).reason);
      try {
        return readFcmAnswer(await postTwice(JSON.stringify({ message: { token, ...body } })));
      } catch (error) {
        return readFailure(error);
      }
    },
  };
}

/** The message without its token, its body cut so that all of it stays within FCM's 4,096 bytes; null when the rest is too long already. */
export function fcmPayload(message: PushMessage, nowMs: number): Record<string, unknown> | null {
  const ttlSeconds = ttlOf(message);
  const { badge } = message;
  const withBody = (body: string) => ({
    notification: { title: message.title, body },
    data: message.data,
    android: {
      collapse_key: message.collapseKey,
      priority: "high",
      ttl: `${ttlSeconds}s`,
      notification: {
        tag: message.collapseKey,
        channel_id: CHANNEL,
        sound: "default",
        notification_priority: "PRIORITY_HIGH",
        ...(badge === undefined ? {} : { notification_count: badge }),
      },
    },
    apns: {
      headers: {
        "apns-push-type": "alert",
        "apns-collapse-id": message.collapseKey,
        "apns-priority": "10",
        "apns-expiration": String(Math.floor(nowMs / 1000) + ttlSeconds),
      },
      // Without a sound iPhones stay silent; mutable, so that an app may add to it, such as a photo.
      payload: { aps: { sound: "default", "mutable-content": 1, ...(badge === undefined ? {} : { badge }) } },
    },
  });
  const body = fitText(message.body, MAX_PAYLOAD_BYTES, (text) => JSON.stringify(withBody(text)));
  return body === null ? null : withBody(body);
}

function readFailure(error: unknown): PushResult {
  if (!(error instanceof AccessTokenError)) return unanswered(error, "FCM");
  const { status, message, retryAfterMs } = error;
  return status !== null && (status === 429 || status >= 500)
    ? { state: "retry", providerStatus: status, reason: message, retryAfterMs }
    : failed(message, status);
}
