import { expect, it } from "vitest";
import { BrowserPush, type PushBrowser } from "./browser-push.ts";

const KEY = "BAECAw";
const bytesOf = (key: string) => Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0)).buffer;

/** A browser whose push service gives out endpoints, and a server that keeps them. */
function setUp() {
  const browser = { permission: "default" as NotificationPermission, answer: "granted" as NotificationPermission };
  const subscribed = new Set<string>();
  const stored = new Map<string, string>();
  let current: PushSubscription | null = null;
  let count = 0;
  const pushManager = {
    getSubscription: async () => current,
    async subscribe({ applicationServerKey }: { applicationServerKey: string }) {
      const endpoint = `https://push.example/${++count}`;
      current = {
        endpoint,
        options: { userVisibleOnly: true, applicationServerKey: bytesOf(applicationServerKey) },
        toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }),
        unsubscribe: async () => {
          current = null;
          return true;
        },
      } as unknown as PushSubscription;
      return current;
    },
  } as unknown as PushManager;
  const server = { key: KEY, isDown: false };
  const api = {
    key: { query: async () => ({ key: server.key }) },
    subscribe: {
      async mutate({ target }: { target: { subscription: { endpoint: string } } }) {
        if (server.isDown) throw new Error("The server did not answer");
        subscribed.add(target.subscription.endpoint);
        return { devices: subscribed.size };
      },
    },
    unsubscribe: {
      async mutate({ endpointOrToken }: { endpointOrToken: string }) {
        subscribed.delete(endpointOrToken);
        return { devices: subscribed.size };
      },
    },
  } as unknown as ConstructorParameters<typeof BrowserPush>[0];
  const port: PushBrowser = {
    isSupported: () => true,
    permission: () => browser.permission,
    requestPermission: async () => {
      browser.permission = browser.answer;
      return browser.answer;
    },
    registration: async () => ({ pushManager }),
    register: async () => ({ pushManager }),
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
    name: "Chrome on Linux",
  };
  return {
    browser,
    server,
    subscribed: () => [...subscribed],
    current: () => current?.endpoint ?? null,
    /** The browser drops it, as iOS does. */
    drop: () => {
      current = null;
    },
    visit: (agentId = "a") => new BrowserPush(api, agentId, port),
  };
}

it("asks for nothing at a visit, and subscribes once the agent turned it on", async () => {
  const { visit, subscribed, browser } = setUp();
  const push = visit();
  await push.keepAlive();
  expect([push.state.getState(), browser.permission, subscribed()]).toEqual(["off", "default", []]);
  await push.turnOn();
  expect([push.state.getState(), subscribed()]).toEqual(["on", ["https://push.example/1"]]);
});

it("says denied when the agent refuses, and subscribes to nothing", async () => {
  const { visit, subscribed, browser } = setUp();
  browser.answer = "denied";
  const push = visit();
  await push.turnOn();
  expect([push.state.getState(), subscribed()]).toEqual(["denied", []]);
});

it("subscribes again at the next visit when the browser has dropped the subscription", async () => {
  const { visit, drop, current, subscribed } = setUp();
  await visit().turnOn();
  drop();
  const push = visit();
  await push.keepAlive();
  expect(push.state.getState()).toBe("on");
  expect(current()).toBe("https://push.example/2");
  expect(subscribed()).toContain("https://push.example/2");
});

it("registers the subscription at hand again when the server has forgotten it", async () => {
  const { visit, subscribed, server } = setUp();
  server.isDown = true;
  await visit().turnOn();
  expect(subscribed()).toEqual([]);
  server.isDown = false;
  const push = visit();
  await push.keepAlive();
  expect([push.state.getState(), subscribed()]).toEqual(["on", ["https://push.example/1"]]);
});

it("replaces a subscription that is for another key of the server", async () => {
  const { visit, current, server } = setUp();
  await visit().turnOn();
  server.key = "BAUGBw";
  await visit().keepAlive();
  expect(current()).toBe("https://push.example/2");
});

it("ends with the session, and comes back for the same agent without a question", async () => {
  const { visit, current, subscribed } = setUp();
  const push = visit();
  await push.turnOn();
  await push.leave();
  expect([current(), subscribed()]).toEqual([null, []]);
  const again = visit();
  await again.keepAlive();
  expect([again.state.getState(), subscribed()]).toEqual(["on", ["https://push.example/2"]]);
});

it("ends what another agent left in this browser", async () => {
  const { visit, current } = setUp();
  await visit("a").turnOn();
  const push = visit("b");
  await push.keepAlive();
  expect([push.state.getState(), current()]).toEqual(["off", null]);
});

it("stays off at the next visit after it was turned off", async () => {
  const { visit, current, subscribed } = setUp();
  const push = visit();
  await push.turnOn();
  await push.turnOff();
  const again = visit();
  await again.keepAlive();
  expect([again.state.getState(), current(), subscribed()]).toEqual(["off", null, []]);
});
