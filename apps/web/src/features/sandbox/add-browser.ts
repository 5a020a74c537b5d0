import type { SandboxUser } from "@pult/sandbox/control.ts";
import { createWebClient } from "../../trpc/client.ts";
import { toFailure } from "../../trpc/failure.ts";
import { control } from "./control-client.ts";

type Owner = { userId: string; owner: "customer" | "agent"; ownerName: string };

/** A browser of the sandbox, subscribed with the server's key as a real one is; its push service is the sandbox. */
async function createBrowser(owner: Owner, { key, label }: { key: string; label: string }) {
  const device = await control.createDevice({
    kind: "webpush",
    label,
    ...owner,
    ...(key ? { applicationServerKey: key } : {}),
  });
  if (device.kind !== "webpush") throw new Error("The sandbox made another device");
  return { deviceId: device.id, target: { provider: "webpush", subscription: device.subscription } } as const;
}

/** Gives the customer's Telegram account a browser that takes Web Push: signed in as the Mini App is. */
export async function addCustomerBrowser(customer: SandboxUser): Promise<void> {
  const { fragment } = await control.launch(customer.id);
  const initData = new URLSearchParams(fragment).get("tgWebAppData") ?? "";
  const { token } = await createWebClient().api.auth.miniApp.mutate({ initData });
  const { support } = createWebClient({ token }).api;
  const { key } = await support.vapidPublicKey.query();
  const owner = { userId: String(customer.id), owner: "customer", ownerName: customer.name } as const;
  await support.registerDevice.mutate({
    platform: "web",
    ...(await createBrowser(owner, { key, label: "Demo browser" })),
  });
}

/**
 * Gives the agent who is signed in here a browser that takes their notices. A browser under test reaches no push service; this
 * one's is the sandbox, which shows what comes.
 * @returns false when no agent is signed in
 */
export async function addAgentBrowser(): Promise<boolean> {
  const { auth, notifications } = createWebClient().api;
  const me = await auth.me.query().catch((error: unknown) => {
    if (toFailure(error).kind === "signedOut") return null;
    throw error;
  });
  if (me?.kind !== "agent") return false;
  const { key } = await notifications.push.key.query();
  const owner = { userId: me.id, owner: "agent", ownerName: me.name } as const;
  const browser = await createBrowser(owner, { key, label: "Dashboard" });
  await notifications.push.subscribe.mutate({ platform: "Sandbox browser", ...browser });
  return true;
}
