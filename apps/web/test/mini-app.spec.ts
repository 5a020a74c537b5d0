import type { BrowserContext, Page } from "@playwright/test";
import { makePng } from "@pult/sandbox/testing.ts";
import {
  expect,
  launchOf,
  measureScripts,
  openInTelegram,
  openMiniApp,
  type Product,
  publishAlert,
  replyField,
  signIn,
  startSession,
  test,
  write,
} from "./product.ts";

test("the Mini App signs in with Telegram's init data, writes, and sees the answer", async ({
  page,
  context,
  product,
}) => {
  await openMiniApp(page, product, 6_000_000_003);
  await write(page.getByRole("textbox"), "From the Mini App");
  await expect(page.getByText("From the Mini App").first()).toBeVisible();

  const inbox = await context.newPage();
  await signIn(inbox, product, "/inbox?view=all");
  await inbox.getByText("From the Mini App").first().click();
  await write(replyField(inbox), "Hello in Telegram");
  await expect(page.getByText("Hello in Telegram").first()).toBeVisible();
});

test("without Telegram the Mini App says how it is opened", async ({ page, product }) => {
  await page.goto(`${product.origin}/app`);
  await expect(page.getByText(/telegram/i).first()).toBeVisible();
  await expect(page.getByRole("textbox")).toHaveCount(0);
});

test("the tab Live shows an alert as it is published, and Telegram leads back from it", async ({
  page,
  other,
  product,
}) => {
  const telegram = await openInTelegram(page);
  await openMiniApp(page, product, 6_000_000_004);
  await page.getByRole("button", { name: "Live" }).click();
  await expect(page.getByText("No open alerts")).toBeVisible();
  await startSession(other, product);
  await publishAlert(other, product, "Demo team A vs Demo team B");
  await page.getByRole("button", { name: "Demo team A vs Demo team B" }).click();
  await expect(page.getByText("demo-8841")).toBeVisible();
  const said = await telegram.said();
  expect(said).toContain('web_app_trigger_haptic_feedback {"type":"notification","notification_type":"success"}');
  expect(said).toContain('web_app_setup_back_button {"is_visible":true}');
  await telegram.pressBack();
  await expect(page.getByRole("heading", { name: "Open now" })).toBeVisible();
});

test("what a customer asks to be told reaches them as toasts, now and on their return", async ({
  page,
  other,
  product,
}) => {
  const telegram = await openInTelegram(page);
  await startSession(other, product);
  const id = await publishAlert(other, product, "Demo team C vs Demo team D");
  await openMiniApp(page, product, 6_000_000_003, `alert_${id}`);
  await page.getByRole("button", { name: "Tell me the result" }).click();
  await expect(page.getByText("You will be told the result")).toBeVisible();
  await page.getByRole("button", { name: "All live alerts" }).click();
  await page.getByRole("switch", { name: "Live alerts" }).click();
  await expect.poll(async () => (await telegram.said()).join()).toContain("web_app_request_write_access");
  await page.getByRole("switch", { name: "Only above 85%" }).click();
  const call = async (path: string, data: object) => {
    const headers = { origin: product.origin };
    const answer = await other.request.post(`${product.origin}/trpc/notifications.${path}`, { data, headers });
    expect(answer.status()).toBe(200);
  };
  await call("liveAlerts.settle", { id, profit: "12.50" });
  await expect(page.getByRole("status").getByText("Demo team C vs Demo team D: +12.50")).toBeVisible();
  await page.goto("about:blank");
  // What is told while the page's connection ends goes there.
  const listOnline = async () => {
    const input = encodeURIComponent(JSON.stringify({ state: "online" }));
    return (await other.request.get(`${product.origin}/trpc/notifications.presence.list?input=${input}`)).text();
  };
  await expect.poll(listOnline).not.toContain("6000000003");
  await call("toast", { message: "Maintenance at 23:00", level: "warning" });
  await openMiniApp(page, product, 6_000_000_003, "live");
  await expect(page.getByRole("status").getByText("Maintenance at 23:00")).toBeVisible();
  const history = page.getByRole("region", { name: "Latest messages" }).getByRole("listitem");
  await expect(history.filter({ hasText: /Maintenance at 23:00|: \+12.50/ })).toHaveCount(2);
  await expect(page.getByRole("switch", { name: "Live alerts" })).toBeChecked();
  await expect(page.getByRole("switch", { name: "Only above 85%" })).toBeChecked();
});

test("staff see who is connected, and whom an alert reached", async ({ page, other, product }) => {
  await openMiniApp(page, product, 6_000_000_003, "live");
  await expect(page.getByText("Open now")).toBeVisible();
  await signIn(other, product, "/live");
  await expect(other.getByTitle("Demo customer 3")).toBeVisible();
  await publishAlert(other, product, "Counted");
  await expect(other.getByRole("listitem").filter({ hasText: "Counted" })).toContainText("1 / 1");
  await other.getByRole("button", { name: "All users" }).click();
  await expect(other.getByRole("list", { name: "All users" })).toContainText("Demo customer 3");
});

test("alerts that a customer asked for are listed until they are read", async ({ page, other, product }) => {
  await startSession(other, product);
  await openMiniApp(page, product, 6_000_000_004, "live");
  const wanted = page.getByRole("switch", { name: "Live alerts" });
  // Where there is no Telegram around the page, nothing is asked of it.
  await wanted.click();
  await expect(wanted).toBeChecked();
  const told = page.getByRole("region", { name: "Notifications" });
  await expect(async () => {
    await publishAlert(other, product, "Demo team E vs Demo team F");
    await expect(told.getByRole("listitem")).not.toHaveCount(0, { timeout: 1_000 });
  }).toPass();
  await expect(told).toContainText("Demo team E vs Demo team F");
  await told.getByRole("button", { name: "Mark all as read" }).click();
  await page.reload();
  await expect(told).toContainText("Demo team E vs Demo team F");
  await expect(told.getByText("Unread")).toHaveCount(0);
});

test("a link leads to an alert, and answers are counted on the tab Support meanwhile", async ({
  page,
  other,
  product,
}) => {
  await openMiniApp(page, product, 6_000_000_005);
  await write(page.getByRole("textbox"), "A question before the match");
  await startSession(other, product);
  const id = await publishAlert(other, product, "Demo player 4 to win the second set");
  await openMiniApp(page, product, 6_000_000_005, `alert_${id}`);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Demo player 4 to win the second set" })).toBeVisible();
  await signIn(other, product, "/inbox?view=all");
  await other.getByText("A question before the match").first().click();
  await write(replyField(other), "The answer");
  await page.getByRole("button", { name: /1 new answer/ }).click();
  await expect(page.getByText("The answer").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Support", exact: true })).toBeVisible();
  await openMiniApp(page, product, 6_000_000_005, "alert_999999");
  await page.reload();
  await expect(page.getByText("This alert has closed")).toBeVisible();
});

test("the Mini App takes photos, and says what is none", async ({ page, product }) => {
  await openMiniApp(page, product, 6_000_000_003);
  const notes = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("Notes") };
  await page.locator("input[type=file]").setInputFiles([notes]);
  await expect(page.getByRole("alert").filter({ hasText: "notes.txt is not a photo" })).toBeVisible();
});

test("the Mini App with a conversation takes at most 170 KB of JavaScript", async ({ page, product }) => {
  const scriptBytes = measureScripts(page);
  await openMiniApp(page, product, 6_000_000_003);
  await write(page.getByRole("textbox"), "How large is it?");
  await expect(page.getByTitle("Delivered")).toHaveCount(1);
  expect(await scriptBytes()).toBeLessThanOrEqual(170 * 1024);
});

test("a text shows before its addresses can be links, and does not move when they are", async ({ page, product }) => {
  await openMiniApp(page, product, 6_000_000_001);
  await expect(page.getByRole("textbox")).toBeVisible();
  await page.route("**/*.js", (route) => route.abort());
  await write(page.getByRole("textbox"), "Is https://example.com/a?b=1 yours, or javascript:alert(1)?");
  const text = page.locator("li", { hasText: "yours, or" });
  await expect(text.getByText("Delivered")).toBeAttached();
  await expect(page.getByRole("link")).toHaveCount(0);
  const before = await text.boundingBox();
  await page.unroute("**/*.js");
  await expect(page.getByRole("link")).toHaveText(["https://example.com/a?b=1"]);
  await expect(page.getByRole("link")).toHaveAttribute("href", "https://example.com/a?b=1");
  expect(await text.boundingBox()).toEqual(before);
});

/** How many messages the browser keeps until they are sent. */
const countKept = (page: Page) =>
  page.evaluate(async () => {
    const request = indexedDB.open("pult-mini-app");
    const { promise, resolve } = Promise.withResolvers<number>();
    request.onsuccess = () => {
      const counting = request.result.transaction("outgoing").objectStore("outgoing").count();
      counting.onsuccess = () => resolve(counting.result);
      request.result.close();
    };
    return promise;
  });

/** Keeps a message with a photo as versions did whose rows had their keys in them. */
async function keepAsBefore(page: Page, product: Product, userId: number): Promise<void> {
  const initData = new URLSearchParams(await launchOf(page.request, product, userId)).get("tgWebAppData");
  const answer = await page.request.post(`${product.origin}/trpc/auth.miniApp`, { data: { initData } });
  const { user } = (await answer.json()).result.data;
  await page.goto(`${product.origin}/sign-in`);
  const given = { userId: user.id, png: [...makePng(1, 1)] };
  await page.evaluate(async ({ userId, png }) => {
    const request = indexedDB.open("pult-mini-app", 1);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    request.onsuccess = resolve;
    request.onupgradeneeded = () => {
      const file = new Blob([new Uint8Array(png)], { type: "image/png" });
      const photos = [{ file, name: "a.png", width: 1, height: 1, uploadedId: null }];
      request.result
        .createObjectStore("outgoing", { keyPath: ["userId", "clientId"] })
        .put({ userId, clientId: "before", text: "From before", createdAt: new Date().toISOString(), photos });
    };
    await promise;
    request.result.close();
  }, given);
}

const sentRow = (page: Page, text: string) =>
  page.locator("li", { hasText: text }).filter({ has: page.getByText("Delivered") });

type Visit = { page: Page; context: BrowserContext; product: Product; userId: number };

/** Writes without a network, closes the page, and comes back. */
async function leaveAndReturn({ page, context, product, userId }: Visit, text: string): Promise<void> {
  await expect(page.getByRole("textbox")).toBeVisible();
  await context.setOffline(true);
  await write(page.getByRole("textbox"), text);
  await expect.poll(() => countKept(page)).toBe(1);
  await page.close();
  await context.setOffline(false);
  const next = await context.newPage();
  await openMiniApp(next, product, userId);
  await expect(sentRow(next, text)).toHaveCount(1);
  await expect.poll(() => countKept(next)).toBe(0);
  await next.reload();
  await expect(sentRow(next, text)).toHaveCount(1);
}

test("a message left unsent is sent by the next visit, once", async ({ page, context, product }) => {
  const userId = 6_000_000_001;
  await openMiniApp(page, product, userId);
  await leaveAndReturn({ page, context, product, userId }, "Left unsent");
});

test("a message written before the sign-in is done is sent by its writer's next visit, and by no other", async ({
  page,
  context,
  product,
}) => {
  const signIns = "**/trpc/auth.miniApp*";
  await context.route(signIns, (route) => route.abort());
  await openMiniApp(page, product, 6_000_000_001);
  await write(page.getByRole("textbox"), "Written too soon");
  await expect.poll(() => countKept(page)).toBe(1);
  await page.close();
  await context.unroute(signIns);
  const other = await context.newPage();
  await openMiniApp(other, product, 6_000_000_005);
  await write(other.getByRole("textbox"), "From another user");
  await expect(sentRow(other, "From another user")).toHaveCount(1);
  await expect(other.getByText("Written too soon")).toHaveCount(0);
  expect(await countKept(other)).toBe(1);
  await other.close();
  const next = await context.newPage();
  await openMiniApp(next, product, 6_000_000_001);
  await expect(sentRow(next, "Written too soon")).toHaveCount(1);
  await expect.poll(() => countKept(next)).toBe(0);
});

test("what an earlier version left is sent with its photo, and its store keeps the next message", async ({
  page,
  context,
  product,
}) => {
  const userId = 6_000_000_001;
  await keepAsBefore(page, product, userId);
  await openMiniApp(page, product, userId);
  await expect(sentRow(page, "From before").getByRole("button", { name: /^Open photo/ })).toHaveCount(1);
  await expect.poll(() => countKept(page)).toBe(0);
  await leaveAndReturn({ page, context, product, userId }, "Left after it");
});
