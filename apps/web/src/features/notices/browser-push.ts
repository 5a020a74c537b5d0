import { deviceOf } from "@pult/api/auth/account/device.ts";
import { createStore } from "zustand/vanilla";
import type { WebClient } from "../../trpc/client.ts";
import { useTRPCClient } from "../../trpc/provider.tsx";
import { useAgent } from "../auth/agent-context.tsx";
import { newId } from "../thread/send-queue.ts";

/**
 * Whether this browser gets pushes. `unsupported`: it cannot; `denied`: the person refused it in the browser; `failed`: wanted, but the
 * browser's push service or the server could not be reached.
 */
export type PushState = "unknown" | "unsupported" | "denied" | "off" | "on" | "failed";

type PushApi = Pick<WebClient["notifications"]["push"], "key" | "subscribe" | "unsubscribe">;

/** What of the browser is used, so that tests can stand in for it. */
export type PushBrowser = {
  isSupported(): boolean;
  permission(): NotificationPermission;
  requestPermission(): Promise<NotificationPermission>;
  /** The service worker, if there is one. */
  registration(): Promise<Pick<ServiceWorkerRegistration, "pushManager"> | undefined>;
  register(): Promise<Pick<ServiceWorkerRegistration, "pushManager">>;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** `Chrome on Windows`. */
  name: string;
};

const WORKER = "/sw.js";

const windowBrowser = (): PushBrowser => ({
  isSupported: () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window,
  permission: () => Notification.permission,
  requestPermission: () => Notification.requestPermission(),
  registration: () => navigator.serviceWorker.getRegistration(),
  async register() {
    await navigator.serviceWorker.register(WORKER, { updateViaCache: "none" });
    return navigator.serviceWorker.ready;
  },
  storage: localStorage,
  name: deviceOf(navigator.userAgent).slice(0, 64) || "unknown",
});

const DEVICE_KEY = "pult.push.device";

/** Pushes to this browser for one agent: turned on by a click, kept alive at every visit, gone with the session. */
export class BrowserPush {
  readonly state = createStore<PushState>(() => "unknown");
  readonly #api: PushApi;
  readonly #browser: PushBrowser;
  /** Kept over a sign-out: the same agent need not ask again. */
  readonly #wantedKey: string;

  constructor(api: PushApi, agentId: string, browser: PushBrowser) {
    this.#api = api;
    this.#browser = browser;
    this.#wantedKey = `pult.push.${agentId}`;
  }

  /** Names this browser among the agent's devices. */
  deviceId(): string {
    const { storage } = this.#browser;
    const known = storage.getItem(DEVICE_KEY);
    if (known) return known;
    const fresh = newId();
    storage.setItem(DEVICE_KEY, fresh);
    return fresh;
  }

  /**
   * At every visit. Browsers drop subscriptions without a word and servers forget them: one that is wanted is made anew. One that
   * another agent left in this browser ends.
   */
  async keepAlive(): Promise<void> {
    const browser = this.#browser;
    if (!browser.isSupported()) return this.#set("unsupported");
    const isWanted = browser.storage.getItem(this.#wantedKey) !== null;
    if (isWanted && browser.permission() === "granted") return this.#subscribe();
    await (await this.#current())?.unsubscribe();
    this.#set(browser.permission() === "denied" ? "denied" : "off");
  }

  /** By a click: browsers ask for the permission only then. */
  async turnOn(): Promise<void> {
    const permission = await this.#browser.requestPermission();
    if (permission !== "granted") return this.#set(permission === "denied" ? "denied" : "off");
    this.#browser.storage.setItem(this.#wantedKey, "1");
    await this.#subscribe();
  }

  async turnOff(): Promise<void> {
    this.#browser.storage.removeItem(this.#wantedKey);
    await this.leave();
    this.#set("off");
  }

  /** Before the session ends: nothing of this agent's reaches the browser from then on. */
  async leave(): Promise<void> {
    if (!this.#browser.isSupported()) return;
    const subscription = await this.#current();
    if (!subscription) return;
    // The push service answers from then on that it is gone, also where the server could not be told.
    await subscription.unsubscribe();
    await this.#api.unsubscribe.mutate({ endpointOrToken: subscription.endpoint });
  }

  #set(state: PushState): void {
    this.state.setState(state, true);
  }

  async #current(): Promise<PushSubscription | null> {
    const registration = await this.#browser.registration();
    return (await registration?.pushManager.getSubscription()) ?? null;
  }

  async #subscribe(): Promise<void> {
    try {
      const { pushManager } = await this.#browser.register();
      const { key } = await this.#api.key.query();
      const subscription = await subscriptionFor(pushManager, key);
      const { endpoint, keys } = subscription.toJSON();
      if (!endpoint || !keys?.p256dh || !keys.auth) throw new Error("The browser gave no endpoint");
      const target = { endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } };
      await this.#api.subscribe.mutate({
        target: { provider: "webpush", subscription: target },
        platform: this.#browser.name,
        deviceId: this.deviceId(),
      });
      this.#set("on");
    } catch {
      this.#set("failed");
    }
  }
}

/** The one at hand, unless it is for another key of the server. */
async function subscriptionFor(pushManager: PushManager, key: string): Promise<PushSubscription> {
  const known = await pushManager.getSubscription();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  if (!known) return pushManager.subscribe(options);
  if (toBase64Url(known.options.applicationServerKey) === key) return known;
  await known.unsubscribe();
  return pushManager.subscribe(options);
}

function toBase64Url(bytes: ArrayBuffer | null): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const created = new WeakMap<WebClient, BrowserPush>();

/** The one of this page. */
export function useBrowserPush(): BrowserPush {
  const client = useTRPCClient();
  const { id } = useAgent();
  const push = created.get(client) ?? new BrowserPush(client.notifications.push, id, windowBrowser());
  created.set(client, push);
  return push;
}
