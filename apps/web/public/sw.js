/**
 * The dashboard's service worker: shows pushes as notifications, also while no tab is open, and opens what they tell of. It keeps
 * nothing and answers no requests. Plain JavaScript, because it is served as it is, apart from the pages' build.
 */

/** Pages of the same origin that are not the agent's dashboard. */
const OTHER_PAGES = /^\/(app|sandbox|sign-in|setup|invitation|forgot|reset)(\/|$)/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(receive(readPush(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.target));
});
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

/** `{ title, body, data, tag }`, as the server's Web Push adapter writes it. */
function readPush(payload) {
  try {
    const { title = "Pult", body = "", data = {}, tag = "" } = payload.json();
    return { title, body, data, tag };
  } catch {
    // Nothing readable: browsers revoke the permission of a page that shows nothing.
    return { title: "Pult", body: "", data: {}, tag: "" };
  }
}

async function receive({ title, body, data, tag }) {
  await showUnread(data.unread);
  const isSeen = (await dashboards()).some(({ focused, visibilityState }) => focused && visibilityState === "visible");
  // The open page shows it itself. Safari counts every push that shows nothing against the subscription.
  if (isSeen && !isSafari()) return;
  await self.registration.showNotification(title, {
    body,
    data,
    tag,
    // A push that takes the place of another still makes itself heard; without a tag that is an error.
    renotify: tag !== "" && !isSeen,
    silent: isSeen,
    icon: "/icon-192.png",
    badge: "/badge-96.png",
  });
}

const isSafari = () => /Safari/.test(navigator.userAgent) && !/Chrom(e|ium)|Edg/.test(navigator.userAgent);

/** Unread notices on the app's icon, where the page is installed. */
async function showUnread(unread) {
  const count = Number(unread);
  if (unread === undefined || !Number.isInteger(count) || !("setAppBadge" in navigator)) return;
  await (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

async function dashboards() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return windows.filter(({ url }) => !OTHER_PAGES.test(new URL(url).pathname));
}

/** A path of this origin, never an address elsewhere. */
function pathOf(target) {
  const url = typeof target === "string" && target.startsWith("/") ? URL.parse(target, self.location.origin) : null;
  return url?.origin === self.location.origin ? url.pathname + url.search : "/inbox";
}

/** How long the page of a tab may take to answer: one that still loads, or was frozen, does not. */
const ANSWER_MS = 2_000;

/** Asks the page of a tab to go there by itself, which loses nothing that is being written. @returns whether it does */
const askPage = (tab, path) =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    tab.postMessage({ type: "open", path }, [port2]);
    setTimeout(() => resolve(false), ANSWER_MS);
  });

const succeeds = (promise) =>
  promise.then(
    () => true,
    () => false,
  );

/** Shows a page in the tab that is open, the one in front first; in a new one when none is. */
async function open(target) {
  const path = pathOf(target);
  const [tab] = (await dashboards()).sort((a, b) => Number(b.focused) - Number(a.focused));
  if (!tab) return self.clients.openWindow(path);
  // Focus first: browsers allow it only right after the press, and a navigation uses that up.
  const isInFront = await succeeds(tab.focus());
  // iOS refuses to focus even then. Where it opens no window either, the tab shows the page all the same.
  if (!isInFront && (await succeeds(self.clients.openWindow(path)))) return;
  if (!(await askPage(tab, path))) await tab.navigate(path);
}

async function call(procedure, input) {
  const answer = await fetch(`/trpc/notifications.push.${procedure}`, {
    ...(input ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(input) } : {}),
    credentials: "same-origin",
  });
  if (!answer.ok) throw new Error(`notifications.push.${procedure} answered ${answer.status}`);
  return (await answer.json()).result.data;
}

/** The browser has replaced or dropped the subscription. What fails here is made good when the dashboard is opened next. */
async function renew({ oldSubscription, newSubscription }) {
  const { key } = await call("key");
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const subscription = newSubscription ?? (await self.registration.pushManager.subscribe(options));
  const { endpoint, keys } = subscription.toJSON();
  await call("subscribe", { platform: "web", target: { provider: "webpush", subscription: { endpoint, keys } } });
  if (oldSubscription) await call("unsubscribe", { endpointOrToken: oldSubscription.endpoint });
}
