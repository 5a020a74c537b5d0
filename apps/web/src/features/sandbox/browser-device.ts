import { createWebClient } from "../../trpc/client.ts";
import type { AppClient } from "./app-client.ts";
import { control } from "./control-client.ts";

/** Gives the customer a browser that takes Web Push: subscribed with the server's own key, registered with the customer's own token. */
export async function addBrowser(app: AppClient): Promise<void> {
  const token = await app.token();
  const { support } = createWebClient({ getToken: () => token });
  const { key } = await support.vapidPublicKey.query();
  const device = await control.createDevice({
    kind: "webpush",
    label: "Demo browser",
    userId: app.userId,
    ...(key ? { applicationServerKey: key } : {}),
  });
  if (device.kind !== "webpush") throw new Error("The sandbox made another device");
  await support.registerDevice.mutate({
    platform: "web",
    deviceId: device.id,
    target: { provider: "webpush", subscription: device.subscription },
  });
}
