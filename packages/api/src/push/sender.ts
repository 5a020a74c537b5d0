/** A device as its provider names it. */
export type PushTarget =
  | { provider: "fcm"; token: string }
  | { provider: "webpush"; subscription: { endpoint: string; keys: { p256dh: string; auth: string } } };

export interface PushMessage {
  title: string;
  /** Cut by the sender of the message to what fits; the adapter guarantees the provider's byte limit by cutting further. */
  body: string;
  data: Record<string, string>;
  /** A later push with the same key replaces this one on the device. At most 32 characters of base64url. */
  collapseKey: string;
  ttlSeconds: number;
  /** Number on the icon of an app: what its user has not read. Absent: stays as it is. */
  badge?: number;
}

/** The provider's answer, sorted by what it means for us. `providerStatus` is its HTTP status, null when it could not be reached. */
export type PushResult =
  | { state: "accepted"; providerStatus: number; reason: null }
  /** The token is gone for good: remove the device. */
  | { state: "removed"; providerStatus: number; reason: string }
  /** Try again, not before `retryAfterMs` (null: own back-off). */
  | { state: "retry"; providerStatus: number | null; reason: string; retryAfterMs: number | null }
  /** Our request was wrong or we are not allowed; trying again would not help, the token stays. */
  | { state: "failed"; providerStatus: number | null; reason: string };

/** Hands a push to FCM or a Web Push service. Never throws for what a provider answers. */
export interface PushSender {
  /** Public VAPID key, base64url, for browsers that subscribe. */
  readonly vapidPublicKey: string;
  send(target: PushTarget, message: PushMessage): Promise<PushResult>;
}
