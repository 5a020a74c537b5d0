import type { BrowserContext, Page, Worker } from "@playwright/test";
import type { CreateDevice, PushDevice, World } from "@pult/sandbox/control.ts";
import { expect, type Product, signIn, startSession, takesClicks, test } from "./product.ts";

type Conversation = { id: number; customer: { name: string } };

/** Calls as one signed-in agent, without a page. */
function callsOf({ request }: BrowserContext, { origin }: Product) {
  const read = async <Data>(answer: Promise<{ json(): Promise<unknown> }>): Promise<Data> =>
    ((await (await answer).json()) as { result: { data: Data } }).result.data;
  return {
    query: <Data>(path: string, input?: object) =>
      read<Data>(
        request.get(`${origin}/trpc/${path}${input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : ""}`),
      ),
    mutate: <Data>(path: string, data: object) =>
      read<Data>(request.post(`${origin}/trpc/${path}`, { data, headers: { origin } })),
  };
}

/** The colleague, who gives conversations to the agent whose page it is. */
async function colleagueOf(page: Page, other: Page, product: Product) {
  await startSession(other, { ...product, agent: product.colleague });
  const colleague = callsOf(other.context(), product);
  const { id } = await callsOf(page.context(), product).query<{ id: string }>("auth.me");
  const { conversations } = await colleague.query<{ conversations: Conversation[] }>("support.inbox", { view: "all" });
  const find = (name: string) => {
    const conversationId = conversations.find(({ customer }) => customer.name === name)?.id;
    if (!conversationId) throw new Error(`No conversation of ${name}`);
    return conversationId;
  };
  return {
    ...colleague,
    agentId: id,
    find,
    /** Anew: one that the agent has already is taken from them first. */
    async assign(name: string) {
      const conversationId = find(name);
      await colleague.mutate("support.assign", { conversationId, assigneeId: null });
      await colleague.mutate("support.assign", { conversationId, assigneeId: id });
      return conversationId;
    },
  };
}

const bell = (page: Page) => page.getByRole("navigation").getByRole("button", { name: /^Notifications/ });
const panel = (page: Page) => page.getByRole("dialog", { name: "Notifications" });

/** Nothing of an earlier test is unread. */
async function readEverything(page: Page, product: Product): Promise<void> {
  await callsOf(page.context(), product).mutate("notifications.inbox.markRead", { all: true });
}

test("an assignment counts on the bell at once, opens its conversation, and is read with it", async ({
  page,
  other,
  product,
}) => {
  await signIn(page, product, "/settings/team");
  await readEverything(page, product);
  const colleague = await colleagueOf(page, other, product);
  const id = await colleague.assign("Demo customer 11");
  await expect(bell(page)).toHaveAccessibleName("Notifications, 1 unread");
  await expect(page).toHaveTitle(/^\(\d+\) Team/);
  // Next writes title and icon anew with each page.
  await page.getByRole("link", { name: "Instagram" }).click();
  await expect(page).toHaveTitle(/^\(\d+\) Instagram/);
  await expect(page.locator('link[rel="icon"][href="/favicon/0"]')).toHaveCount(0);

  await bell(page).click();
  const row = panel(page).getByRole("listitem").filter({ hasText: "Demo customer 11" }).first();
  await expect(row).toContainText("Assigned to you");
  await expect(row).toContainText("Unread");
  await row.getByRole("button", { name: /Assigned to you/ }).click();
  await expect(page).toHaveURL(new RegExp(`/inbox\\?c=${id}$`));
  await expect(panel(page)).toHaveCount(0);
  await expect(bell(page)).toHaveAccessibleName("Notifications");
});

test("a notice is archived, undone, snoozed, and all are read, by key and by button", async ({
  page,
  other,
  product,
}) => {
  await signIn(page, product, "/settings/team");
  await readEverything(page, product);
  const colleague = await colleagueOf(page, other, product);
  await colleague.assign("Demo customer 12");
  await colleague.assign("Demo customer 13");
  await expect(bell(page)).toHaveAccessibleName("Notifications, 2 unread");
  await page.keyboard.press("Shift+N");
  const list = panel(page);
  const rowOf = (name: string) => list.getByRole("listitem").filter({ hasText: name }).filter({ hasText: "Unread" });
  await rowOf("Demo customer 13").locator("[data-notice]").focus();
  await page.keyboard.press("e");
  await expect(rowOf("Demo customer 13")).toHaveCount(0);
  await expect(bell(page)).toHaveAccessibleName("Notifications, 1 unread");
  // The focus has gone to the next row, from where Z takes it back.
  await page.keyboard.press("z");
  await expect(rowOf("Demo customer 13")).toHaveCount(1);

  await rowOf("Demo customer 12").locator("[data-notice]").focus();
  await page.keyboard.press("s");
  await page.getByRole("menuitem", { name: "For 1 hour" }).click();
  await expect(rowOf("Demo customer 12")).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rowOf("Demo customer 12")).toHaveCount(1);
  await rowOf("Demo customer 12").hover();
  await rowOf("Demo customer 12").getByRole("button", { name: "Snooze", exact: true }).click();
  await page.getByRole("menuitem", { name: "For 1 hour" }).click();
  await expect(rowOf("Demo customer 12")).toHaveCount(0);
  await list.getByRole("button", { name: "Snoozed", exact: true }).click();
  await expect(list.getByRole("listitem").filter({ hasText: "Demo customer 12" })).toContainText("Snoozed until");
  await list.getByRole("button", { name: "Unread", exact: true }).click();
  await list.getByRole("button", { name: "Mark all as read" }).click();
  await expect(list.getByText("Nothing unread")).toBeVisible();
  await expect(bell(page)).toHaveAccessibleName("Notifications");
});

test("a mention chosen from the list reaches the agent it names", async ({ page, other, product }) => {
  await signIn(page, product, "/inbox?view=all");
  await readEverything(page, product);
  const { find } = await colleagueOf(page, other, product);
  await other.goto(`${product.origin}/inbox?view=all&c=${find("Demo customer 12")}`);
  await takesClicks(other);
  await other.keyboard.press("n");
  const note = other.getByRole("textbox", { name: "Note" });
  await note.pressSequentially("@agent a");
  await expect(other.getByRole("option", { name: /^Agent A/ })).toBeVisible();
  await note.press("Enter");
  await note.pressSequentially("please look");
  await note.press("Enter");
  await expect(other.getByRole("log", { name: "Messages" }).locator("strong", { hasText: "@Agent A" })).toBeVisible();
  await expect(bell(page)).toHaveAccessibleName("Notifications, 1 unread");
});

test("preferences are saved at once and are there after a reload", async ({ page, product }) => {
  await signIn(page, product, "/settings/notifications");
  const mention = page.getByRole("checkbox", { name: "Mention in a note: Bot" });
  await expect(mention).not.toBeChecked();
  // A kind without words in the messages shows its own name, `<slice>.<event>`.
  await expect(page.getByRole("rowheader", { name: /^\w+\.\w+$/ })).toHaveCount(0);
  // Until the page is hydrated a press has no effect.
  await expect(() => mention.check({ timeout: 1_000 })).toPass();
  await page.getByRole("switch", { name: "Quiet hours" }).click();
  const from = page.getByLabel("from", { exact: true });
  await from.fill("23:15");
  await from.blur();
  await page.getByLabel("Group events").selectOption({ label: "5 minutes" });
  await expect
    .poll(() => callsOf(page.context(), product).query("notifications.preferences.get"))
    .toMatchObject({ batchSeconds: 300, quietHours: { from: "23:15", to: "08:00" } });
  await page.reload();
  await expect(mention).toBeChecked();
  await expect(from).toHaveValue("23:15");
  await expect(page.getByLabel("Group events")).toHaveValue("300");
  await page.getByRole("switch", { name: "Quiet hours" }).click();
  await page.getByLabel("Group events").selectOption({ label: "Do not group" });
});

/**
 * Headless Chromium reaches no push service: its subscription is a device of the sandbox's, which gets what the server sends. What it got
 * is handed to the service worker as a push service would.
 */
async function pushServiceOf(page: Page, product: Product) {
  const { origin } = product;
  const { request } = page.context();
  const world = async () => (await (await request.get(`${origin}/sandbox/api/world`)).json()) as World;
  const { key } = await callsOf(page.context(), product).query<{ key: string }>("notifications.push.key");
  const data: CreateDevice = { kind: "webpush", label: "Agent's browser", userId: "agent", applicationServerKey: key };
  const answer = await request.post(`${origin}/sandbox/api/push/devices`, { data });
  const created = (await answer.json()) as Extract<PushDevice, { kind: "webpush" }>;
  await page.context().addInitScript(({ subscription }) => {
    let current: object | null = null;
    const made = { ...subscription, options: { applicationServerKey: null }, toJSON: () => subscription };
    const unsubscribe = async () => {
      current = null;
      return true;
    };
    PushManager.prototype.getSubscription = async () => current as PushSubscription | null;
    PushManager.prototype.subscribe = async () => {
      current = { ...made, unsubscribe };
      return current as PushSubscription;
    };
  }, created);
  return {
    received: async () => (await world()).pushes.filter(({ deviceId }) => deviceId === created.id),
  };
}

/** What a push service does once it has a push for this browser. */
async function delivererOf(page: Page, origin: string) {
  const cdp = await page.context().newCDPSession(page);
  const found = Promise.withResolvers<string>();
  cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    for (const { registrationId, scopeURL } of registrations)
      if (scopeURL === `${origin}/`) found.resolve(registrationId);
  });
  await cdp.send("ServiceWorker.enable");
  const registrationId = await found.promise;
  return (content: object) =>
    cdp.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: JSON.stringify(content) });
}

const shownOn = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const shown = await registration.getNotifications();
    return shown.map(({ title, body, tag, data }) => ({ title, body, tag, target: data.target }));
  });

/** Presses on the notification that is shown. Only a real press may open a window, so what would be opened is answered instead. */
const pressOn = (worker: Worker) =>
  worker.evaluate(async () => {
    const scope = self as unknown as ServiceWorkerGlobalScope;
    const [notification] = await scope.registration.getNotifications();
    if (!notification) throw new Error("No notification is shown");
    return new Promise<string>((resolve) => {
      scope.clients.openWindow = async (path) => {
        resolve(String(path));
        return null;
      };
      scope.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
    });
  });

test("a push that arrives while no tab is open is shown, and its click opens the conversation", async ({
  page,
  other,
  product,
}) => {
  const { origin } = product;
  const context = page.context();
  await context.grantPermissions(["notifications"], { origin });
  await startSession(page, product);
  await readEverything(page, product);
  const { received } = await pushServiceOf(page, product);
  await page.goto(`${origin}/settings/notifications`);
  await takesClicks(page);
  await page.getByRole("button", { name: "Turn on" }).click();
  const device = page.getByRole("list", { name: "Your devices" }).getByRole("listitem");
  await expect(device).toContainText("this browser");
  await device.getByRole("button", { name: "Test push" }).click();
  await expect(device).toContainText("The provider answered 201.");

  // Stands for the browser without a tab of the desk.
  const outside = await context.newPage();
  await outside.goto(`${origin}/app`);
  const deliver = await delivererOf(outside, origin);
  const colleague = await colleagueOf(page, other, product);
  await page.close();
  const id = await colleague.assign("Demo customer 11");
  const assigned = async () => (await received()).find(({ title }) => title === "Assigned to you");
  await expect.poll(assigned).toMatchObject({ data: { target: `/inbox/${id}`, unread: "1" } });
  const push = await assigned();
  if (!push) throw new Error("No push");
  // The browser may count the tab among the open ones for a moment; a push service repeats what was not taken, under the same tag.
  await expect(async () => {
    await deliver({ title: push.title, body: push.body, data: push.data, tag: push.collapseKey });
    await expect
      .poll(() => shownOn(outside), { timeout: 5_000 })
      .toEqual([{ title: push.title, body: push.body, tag: push.collapseKey, target: `/inbox/${id}` }]);
  }).toPass();

  const [worker] = context.serviceWorkers();
  if (!worker) throw new Error("No service worker");
  const path = await pressOn(worker);
  await outside.goto(origin + path);
  await expect(outside).toHaveURL(new RegExp(`/inbox\\?c=${id}$`));
  await expect(outside.getByRole("region", { name: /Demo customer 11/ })).toBeVisible();
  await expect(bell(outside)).toHaveAccessibleName("Notifications");
  await deliver({ title: "Seen", body: "", data: {}, tag: "seen" });
  expect(await shownOn(outside)).toEqual([]);
});

test("one of the open tabs makes the sound, and none about the conversation that is looked at", async ({
  page,
  context,
  other,
  product,
}) => {
  await context.addInitScript(() => {
    const start = OscillatorNode.prototype.start;
    let notes = 0;
    OscillatorNode.prototype.start = function (when) {
      notes += 1;
      document.documentElement.dataset.notes = String(notes);
      start.call(this, when);
    };
  });
  await startSession(page, product);
  await callsOf(context, product).mutate("notifications.preferences.set", { sound: true });
  const colleague = await colleagueOf(page, other, product);
  const id = colleague.find("Demo customer 12");
  const second = await context.newPage();
  await page.goto(`${product.origin}/inbox?c=${id}`);
  await second.goto(`${product.origin}/settings/team`);
  for (const tab of [page, second]) {
    await takesClicks(tab);
    await tab.keyboard.press("Shift");
    await expect(tab.getByRole("button", { name: /^Notifications/ }).first()).toBeVisible();
  }
  const notes = async () => {
    const counts = [page, second].map((tab) => tab.evaluate(() => Number(document.documentElement.dataset.notes ?? 0)));
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  };
  await colleague.assign("Demo customer 11");
  await expect.poll(notes).toBe(2);
  await colleague.assign("Demo customer 12");
  await expect(
    page
      .getByRole("log", { name: "Messages" })
      .getByText(/assigned Agent A/)
      .first(),
  ).toBeVisible();
  await colleague.assign("Demo customer 13");
  await expect.poll(notes).toBe(4);
  await second.close();
});

test("signing out takes the browser from the agent's devices", async ({ page, product }) => {
  await page.context().grantPermissions(["notifications"], { origin: product.origin });
  await startSession(page, product);
  await pushServiceOf(page, product);
  await page.goto(`${product.origin}/settings/notifications`);
  await takesClicks(page);
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "this browser" })).toHaveCount(1);
  const deviceId = await page.evaluate(() => localStorage.getItem("pult.push.device"));
  await page.getByRole("button", { name: /^Account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/sign-in/);
  await startSession(page, product);
  type Devices = { devices: { deviceId: string; removedAt: string | null }[] };
  const { devices } = await callsOf(page.context(), product).query<Devices>("notifications.push.devices");
  expect(devices.find((device) => device.deviceId === deviceId)).toMatchObject({ removedAt: expect.any(String) });
});
