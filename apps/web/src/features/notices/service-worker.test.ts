import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { expect, it, vi } from "vitest";

const CODE = readFileSync(new URL("../../../public/sw.js", import.meta.url), "utf8");
const ORIGIN = "https://desk.example";

type Tab = { url: string; focused: boolean; visibilityState: string };
type Wishes = {
  answers?: Record<string, unknown>;
  /** The page of a tab does not answer, as one that still loads. */
  isSilent?: boolean;
  /** The browser brings no tab to the front, as iOS. */
  refusesFocus?: boolean;
  refusesWindows?: boolean;
};

/** As much of a `MessageChannel` as one answer takes. */
class Channel {
  port1: { onmessage?: () => void } = {};
  port2 = { postMessage: () => this.port1.onmessage?.() };
}

/** The service worker in a browser with these tabs. */
function setUp(tabs: Tab[], { answers = {}, isSilent, refusesFocus, refusesWindows }: Wishes = {}) {
  const steps: string[] = [];
  const listeners = new Map<string, (event: object) => void>();
  const shown = vi.fn(async (_title: string, _options: object) => {});
  const opened = vi.fn(async (path: string) => {
    steps.push(`window ${path}`);
    if (refusesWindows) throw new Error("InvalidAccessError");
  });
  const posted = ({ path }: { path: string }, [port]: Channel["port2"][]) => {
    steps.push(`page ${path}`);
    if (!isSilent) port?.postMessage();
  };
  const badge = vi.fn(async (_count?: number) => {});
  const calls: [path: string, input: unknown][] = [];
  const clients = tabs.map((tab) => ({
    ...tab,
    async focus() {
      steps.push("focus");
      if (refusesFocus) throw new Error("InvalidAccessError");
    },
    navigate: async (path: string) => void steps.push(`navigate ${path}`),
    postMessage: posted,
  }));
  const self = {
    location: new URL(ORIGIN),
    addEventListener: (type: string, listener: (event: object) => void) => listeners.set(type, listener),
    skipWaiting: () => {},
    registration: {
      showNotification: shown,
      pushManager: {
        subscribe: async () => ({
          toJSON: () => ({ endpoint: "https://push.example/2", keys: { p256dh: "p", auth: "a" } }),
        }),
      },
    },
    clients: { matchAll: async () => clients, openWindow: opened, claim: async () => {} },
  };
  const navigator = { userAgent: "Chrome/1 Safari/1", setAppBadge: badge, clearAppBadge: () => badge(0) };
  const fetch = async (path: string, { body }: { body?: string }) => {
    calls.push([path, body && JSON.parse(body)]);
    return { ok: true, json: async () => ({ result: { data: answers[path] ?? {} } }) };
  };
  // Time is up at once: what answers has answered before.
  const setTimeout = (run: () => void) => run();
  runInNewContext(CODE, { self, navigator, fetch, URL, MessageChannel: Channel, setTimeout });
  const fire = async (type: string, event: object) => {
    let done: Promise<unknown> = Promise.resolve();
    const waitUntil = (promise: Promise<unknown>) => {
      done = promise;
    };
    listeners.get(type)?.({ ...event, waitUntil });
    await done;
  };
  const push = (content: object | string) => {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    return fire("push", { data: { json: () => JSON.parse(text) } });
  };
  const click = (target: unknown) => fire("notificationclick", { notification: { close: () => {}, data: { target } } });
  return { shown, opened, steps, badge, calls, fire, push, click };
}

const PUSH = { title: "Assigned", body: "Demo customer 1", tag: "n7", data: { target: "/inbox/12", unread: "3" } };
const tab = (path: string, isSeen: boolean): Tab => ({
  url: ORIGIN + path,
  focused: isSeen,
  visibilityState: isSeen ? "visible" : "hidden",
});

it("shows a push with its collapse key as the tag, and the unread count on the app's icon", async () => {
  const { shown, badge, push } = setUp([]);
  await push(PUSH);
  expect(shown).toHaveBeenCalledWith(
    "Assigned",
    expect.objectContaining({ body: "Demo customer 1", tag: "n7", renotify: true }),
  );
  expect(badge).toHaveBeenCalledWith(3);
});

it("shows nothing while a dashboard is focused and visible, and does for any other page", async () => {
  const seen = setUp([tab("/live", true)]);
  await seen.push(PUSH);
  expect(seen.shown).not.toHaveBeenCalled();
  expect(seen.badge).toHaveBeenCalledWith(3);
  const others = setUp([tab("/app", true), tab("/inbox", false)]);
  await others.push(PUSH);
  expect(others.shown).toHaveBeenCalledOnce();
});

it("shows something for a push that cannot be read", async () => {
  const { shown, push } = setUp([]);
  await push("no JSON");
  expect(shown).toHaveBeenCalledWith("Pult", expect.objectContaining({ tag: "", renotify: false }));
});

it("brings an open dashboard to the front, then asks its page for the target; else opens a new tab", async () => {
  const open = setUp([tab("/sandbox", true), tab("/settings/team", false)]);
  await open.click("/inbox/12");
  expect(open.steps).toEqual(["focus", "page /inbox/12"]);
  const closed = setUp([tab("/app", true)]);
  await closed.click("/inbox/12");
  expect(closed.steps).toEqual(["window /inbox/12"]);
});

it("navigates the tab when its page does not answer", async () => {
  const { steps, click } = setUp([tab("/live", false)], { isSilent: true });
  await click("/inbox/12");
  expect(steps).toEqual(["focus", "page /inbox/12", "navigate /inbox/12"]);
});

it("opens a window when the focus is refused, and asks the page when that is refused too", async () => {
  const opens = setUp([tab("/live", false)], { refusesFocus: true });
  await opens.click("/inbox/12");
  expect(opens.steps).toEqual(["focus", "window /inbox/12"]);
  const asks = setUp([tab("/live", false)], { refusesFocus: true, refusesWindows: true });
  await asks.click("/inbox/12");
  expect(asks.steps).toEqual(["focus", "window /inbox/12", "page /inbox/12"]);
});

it("opens the Inbox for a target that is no path of this origin", async () => {
  for (const target of ["https://elsewhere.example/", "//elsewhere.example/", "\\\\elsewhere", undefined, 7]) {
    const { opened, click } = setUp([]);
    await click(target);
    expect(opened).toHaveBeenCalledWith("/inbox");
  }
});

it("registers the new subscription and removes the old one when the browser replaces it", async () => {
  const { calls, fire } = setUp([], { answers: { "/trpc/notifications.push.key": { key: "BAEC" } } });
  await fire("pushsubscriptionchange", { oldSubscription: { endpoint: "https://push.example/1" } });
  const subscription = { endpoint: "https://push.example/2", keys: { p256dh: "p", auth: "a" } };
  expect(calls).toEqual([
    ["/trpc/notifications.push.key", undefined],
    ["/trpc/notifications.push.subscribe", { platform: "web", target: { provider: "webpush", subscription } }],
    ["/trpc/notifications.push.unsubscribe", { endpointOrToken: "https://push.example/1" }],
  ]);
});
