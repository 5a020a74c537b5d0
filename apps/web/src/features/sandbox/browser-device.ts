import type { SandboxUser } from "@pult/sandbox/control.ts";
import { createWebClient } from "../../trpc/client.ts";
import { control } from "./control-client.ts";

/** Gives the customer's Telegram account a browser that takes Web Push: signed in as the Mini App is, subscribed with the server's key. */
export async function addBrowser(customer: SandboxUser): Promise<void> {
  const { fragment } = await control.launch(customer.id);
  const initData = new URLSearchParams(fragment).get("tgWebAppData") ?? "";
  const { token } = await createWebClient().api.auth.miniApp.mutate({ initData });
  const { support } = createWebClient({ getToken: () => token }).api;
  const { key } = await support.vapidPublicKey.query();
  const device = await control.createDevice({
    kind: "webpush",
    label: "Demo browser",
    userId: String(customer.id),
    ...(key ? { applicationServerKey: key } : {}),
  });
  if (device.kind !== "webpush") throw new Error("The sandbox made another device");
  await support.registerDevice.mutate({
    platform: "web",
    deviceId: device.id,
    target: { provider: "webpush", subscription: device.subscription },
  });
}
