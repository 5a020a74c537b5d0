import { why } from "@pult/api/outbox/why.ts";
import type { PushSender } from "@pult/api/push/sender.ts";
import type { Fcm } from "./fcm.ts";
import { failed } from "./push-results.ts";
import type { WebPush } from "./web-push.ts";

export interface PushProviders {
  /** Null when no service account is configured: devices of FCM then fail and stay. */
  fcm: Fcm | null;
  webPush: WebPush;
}

/** Hands each push to the provider of its device. */
export function createPushSender({ fcm, webPush }: PushProviders): PushSender {
  return {
    vapidPublicKey: webPush.vapidPublicKey,
    async send(target, message) {
      if (target.provider === "webpush") return webPush.send(target.subscription, message);
      if (fcm === null) return failed(why("noFcm").reason);
      return fcm.send(target.token, message);
    },
  };
}
