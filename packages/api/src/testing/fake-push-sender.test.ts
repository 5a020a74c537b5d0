import type { PushResult, PushTarget } from "../push/sender.ts";
import { describePushSender } from "./contracts/push-sender.ts";
import { FakePushSender } from "./fake-push-sender.ts";

const DEVICE: PushTarget = { provider: "fcm", token: "device-1" };
const RETRY: PushResult = { state: "retry", providerStatus: 503, reason: "busy", retryAfterMs: 1000 };

describePushSender("FakePushSender", async () => {
  const sender = new FakePushSender();
  const goneDevice: PushTarget = { provider: "fcm", token: "device-2" };
  sender.markGone(goneDevice);
  return {
    sender,
    device: DEVICE,
    goneDevice,
    received: () => sender.delivered.filter(({ target }) => target === DEVICE).map(({ message }) => message),
    answerAll: (status) => {
      sender.answerAll = status === null ? null : { ...RETRY, providerStatus: status };
    },
    [Symbol.asyncDispose]: async () => {},
  };
});
