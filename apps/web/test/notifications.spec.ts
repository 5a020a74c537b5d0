import { createHmac } from "node:crypto";
import type { APIRequestContext, Page } from "@playwright/test";
import type { World } from "@pult/sandbox/control.ts";
import { expect, type Product, signIn, test } from "./product.ts";

const APP_SECRET = "demo-app-secret-of-the-browser-tests";
/** The topic for broadcasts in the sandbox's live group. */
const LIVE_TOPIC = 47;
const NO_TOPIC = 999_999;

test.use({ settings: { INSTAGRAM_APP_SECRET: APP_SECRET } });

async function openAs(page: Page, product: Product, path: string): Promise<Page> {
  const browser = page.context().browser();
  if (!browser) throw new Error("No browser");
  const other = await (await browser.newContext()).newPage();
  await signIn(other, { ...product, agent: product.colleague }, path);
  return other;
}

test("an alert is published, seen by a colleague at once, and settled", async ({ page, product }) => {
  await signIn(page, product, "/live");
  const colleague = await openAs(page, product, "/live");
  await expect(colleague.getByText("No open alerts")).toBeVisible();

  await page.getByRole("button", { name: "New alert" }).click();
  const form = page.getByRole("dialog", { name: "New alert" });
  await form.getByLabel("Confidence, %").fill("94");
  await form.getByRole("button", { name: "Publish" }).click();
  await expect(form.getByText("Enter up to 200 characters.")).toBeVisible();
  await form.getByLabel("Alert").fill("Demo team A against demo team B");
  await form.getByLabel("Type").fill("halftime");
  await form.getByLabel("Sport").fill("football");
  await form.getByLabel("Market").fill("demo-market-1");
  await form.getByLabel("Expected value, %").fill("8,7");
  await form.getByLabel("Closes in, minutes").fill("15");
  await form.getByRole("button", { name: "Publish" }).click();
  await expect(form).toHaveCount(0);

  for (const one of [page, colleague]) {
    const row = one.getByRole("list", { name: "Open alerts" }).getByRole("listitem");
    await expect(row).toContainText("Demo team A against demo team B");
    await expect(row).toContainText("94%");
    await expect(row).toContainText("+8.7%");
    await expect(row.getByRole("timer")).toHaveText(/14:\d\d/);
  }
  await page.getByRole("button", { name: "Settle Demo team A against demo team B" }).click();
  const question = page.getByRole("dialog", { name: "Settle the alert" });
  await question.getByLabel("Profit").fill("12,50");
  await question.getByRole("button", { name: "Settle" }).click();
  for (const one of [page, colleague]) {
    await expect(one.getByText("No open alerts")).toBeVisible();
    await one.getByRole("button", { name: "Settled" }).click();
    await expect(one.getByRole("list", { name: "Settled alerts" }).getByRole("listitem")).toContainText("+12.50");
  }
  await colleague.context().close();
});

const worldOf = async (request: APIRequestContext, { origin }: Product) =>
  (await (await request.get(`${origin}/sandbox/api/world`)).json()) as World;

test("a broadcast is sent and pinned, and says why where it could not be sent", async ({ page, request, product }) => {
  await signIn(page, product, "/live");
  const pane = page.getByRole("complementary", { name: "Broadcast" });
  const send = pane.getByRole("button", { name: /^Send to/ });
  await expect(send).toHaveAttribute("aria-disabled", "true");
  await expect(send).toHaveAccessibleDescription("Write a message first.");
  await expect(pane).toContainText("20 of 20");
  await pane.getByLabel("Topics").fill(`${LIVE_TOPIC}, ${NO_TOPIC},`);
  await pane.getByLabel("Message").fill("Second half begins at https://example.com");
  await expect(pane.getByText("41 / 4,096")).toBeVisible();
  await pane.getByRole("button", { name: "Preview" }).click();
  await expect(pane.getByRole("figure", { name: "As Telegram shows it" })).toContainText("Second half begins");
  await pane.getByRole("button", { name: "Send to 2 topics" }).click();

  const sent = page.getByRole("list", { name: "Broadcasts" });
  await expect(sent.getByRole("listitem").first()).toContainText("1 of 2");
  await sent.getByRole("button", { name: /Second half/ }).click();
  const results = sent.getByRole("list", { name: "Result in each topic" }).getByRole("listitem");
  await expect(results.filter({ hasText: `Topic ${LIVE_TOPIC}` })).toContainText(/pinned \d/);
  await expect(results.filter({ hasText: `Topic ${NO_TOPIC}` })).toContainText("not sent");
  await expect(results.filter({ hasText: `Topic ${NO_TOPIC}` })).toContainText("The topic was deleted.");
  await expect(sent.getByRole("button", { name: "Send without pin" })).toBeVisible();
  const { liveGroup } = await worldOf(request, product);
  expect(liveGroup.messages).toContainEqual(
    expect.objectContaining({ text: "Second half begins at https://example.com", pinned: true }),
  );

  await pane.getByLabel("Message").fill("Tomorrow’s demo line-ups");
  await pane.getByRole("button", { name: "Later" }).click();
  await pane.getByRole("button", { name: "Schedule for 2 topics" }).click();
  const last = pane.getByRole("region", { name: "Last broadcast" });
  await last.getByRole("button", { name: "Pause" }).click();
  await expect(last).toContainText("paused, 0 of 2");
  await last.getByRole("button", { name: "Resume" }).click();
  await expect(last.getByRole("button", { name: "Pause" })).toBeVisible();
  await last.getByRole("button", { name: "Stop broadcast" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop broadcast" }).click();
  await expect(last).toContainText("stopped, 0 of 2");

  await last.getByRole("button", { name: `Name topic ${LIVE_TOPIC}` }).click();
  const naming = page.getByRole("dialog", { name: `Name topic ${LIVE_TOPIC}` });
  await naming.getByLabel("Name", { exact: true }).fill("Half time");
  await naming.getByRole("button", { name: "Save" }).click();
  await expect(last).toContainText("Half time");
  await pane.getByLabel("Topics").fill("half time");
  await pane.getByLabel("Topics").press("Enter");
  await expect(pane.getByRole("button", { name: "Remove Half time" })).toBeVisible();
});

test("customers subscribe in Telegram, get a broadcast, and leave it by /stop", async ({ page, request, product }) => {
  const { users, bot } = await worldOf(request, product);
  const [first, second] = users.filter(({ staff }) => !staff).map(({ id }) => id);
  if (first === undefined || second === undefined) throw new Error("The sandbox has fewer than two customers");
  const write = (id: number, text: string) =>
    request.post(`${product.origin}/sandbox/api/telegram/messages`, { data: { userId: id, chatId: id, text } });
  const textsTo = async (id: number) =>
    (await worldOf(request, product)).privateChats
      .find(({ userId }) => userId === id)
      ?.messages.filter(({ from }) => from.bot)
      .map(({ text }) => text);
  await write(first, "/subscribe");
  await write(second, "/start news");
  for (const id of [first, second]) await expect.poll(() => textsTo(id)).toHaveLength(1);

  await signIn(page, product, "/live");
  const pane = page.getByRole("complementary", { name: "Broadcast" });
  await pane.getByRole("button", { name: "Customers" }).click();
  await expect(pane.getByRole("combobox", { name: "Customers by language" })).toContainText("All 2 subscribers");
  await expect(pane.getByRole("link", { name: `t.me/${bot.username}?start=news` })).toBeVisible();
  await pane.getByLabel("Message").fill("New in the shop");
  await pane.getByRole("button", { name: "Preview" }).click();
  await expect(pane.getByRole("figure", { name: "As Telegram shows it" }).first()).toContainText("/stop");
  await pane.getByLabel("Send faster for Telegram Stars").check();
  await expect(pane).toContainText("At most 1 Star.");
  await pane.getByRole("button", { name: "Send to 2 customers" }).click();
  const question = page.getByRole("dialog", { name: "Pay up to 1 Star?" });
  await expect(question).toContainText("2 messages at 0.1 Star each");
  await question.getByText("Cancel").click();
  await pane.getByLabel("Send faster for Telegram Stars").uncheck();
  await pane.getByRole("button", { name: "Send to 2 customers" }).click();
  const last = pane.getByRole("region", { name: "Last broadcast" });
  await expect(last.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "2");
  for (const id of [first, second])
    await expect.poll(async () => (await textsTo(id))?.at(-1)).toMatch(/^New in the shop\n\n\/stop/);

  await request.post(`${product.origin}/sandbox/api/telegram/block`, { data: { userId: first, blocked: true } });
  await pane.getByLabel("Message").fill("Again in the shop");
  await pane.getByRole("button", { name: "Send to 2 customers" }).click();
  const sent = page.getByRole("list", { name: "Broadcasts" });
  await sent.getByRole("button", { name: /Again in the shop/ }).click();
  const failed = sent.getByRole("region", { name: "Not sent" }).getByRole("listitem");
  await expect(failed).toContainText(`Telegram ID ${first}`);
  await expect(failed).toContainText("The customer blocked the bot.");

  await write(second, "/stop");
  await expect.poll(async () => (await textsTo(second))?.length).toBe(4);
  await page.reload();
  await pane.getByRole("button", { name: "Customers" }).click();
  await expect(pane.getByRole("button", { name: /^Send to customers/ })).toBeVisible();
  await write(second, "Was it too much?");
  await page.goto(`${product.origin}/inbox?view=all`);
  await page.getByText("Was it too much?").first().click();
  await expect(page.getByRole("complementary", { name: "Customer" })).toContainText(/BroadcastsNo, left on/);
});

test("an agent without the permission reads who can give it", async ({ page, product }) => {
  await signIn(page, { ...product, agent: product.colleague }, "/live");
  const pane = page.getByRole("complementary", { name: "Broadcast" });
  await expect(pane).toContainText("The role Moderator may not broadcast. Agent A (demo) can give you one");
  await expect(pane.getByRole("textbox")).toHaveCount(0);
});

const comment = (id: string, text: string) => ({
  object: "instagram",
  entry: [
    {
      id: "17841400000000001",
      time: Math.floor(Date.now() / 1000),
      changes: [{ field: "comments", value: { id, from: { id: "12", username: "demo_user_12" }, text } }],
    },
  ],
});

/** As Meta does. */
async function receive(request: APIRequestContext, { origin }: Product, body: unknown): Promise<void> {
  const data = JSON.stringify(body);
  const signature = createHmac("sha256", APP_SECRET).update(data).digest("hex");
  const answer = await request.post(`${origin}/api/webhooks/instagram`, {
    data,
    headers: { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` },
  });
  expect(answer.status()).toBe(200);
}

test("a signed webhook shows as an event at once, is filtered by the address, and replayed", async ({
  page,
  request,
  product,
}) => {
  await signIn(page, product, "/instagram");
  await expect(page.getByText("No events yet")).toBeVisible();
  await expect(page.getByLabel("Webhook address")).toHaveValue(`${product.origin}/api/webhooks/instagram`);

  await receive(request, product, comment("demo-comment-1", "Which size is it?"));
  const events = page.getByRole("list", { name: "Events" });
  await expect(events.getByRole("button", { name: /@demo_user_12 .*Which size is it\?/ })).toBeVisible();
  await page.getByRole("button", { name: "Reactions" }).click();
  await expect(page).toHaveURL(/types=message_reactions/);
  await expect(page.getByText("No such events")).toBeVisible();
  await page.getByRole("button", { name: "Comments", exact: true }).click();
  await expect(page).toHaveURL(/types=message_reactions,comments/);
  await page.reload();
  await expect(page.getByRole("button", { name: "Comments", exact: true })).toHaveAttribute("aria-pressed", "true");
  await receive(request, product, comment("demo-comment-2", "And the blue one?"));
  await expect(events.getByRole("listitem")).toHaveCount(2);

  await events.getByRole("button", { name: /Which size is it\?/ }).click();
  await events.getByRole("button", { name: "Replay" }).click();
  await page.getByRole("dialog", { name: "Replay this event?" }).getByRole("button", { name: "Replay" }).click();
  await expect(events.getByRole("listitem").filter({ hasText: "Which size is it?" })).toContainText(/replayed \d/);
  await expect(events.getByRole("listitem")).toHaveCount(2);

  await receive(request, product, { no: "webhook" });
  await page.reload();
  await expect(page.getByText("1 event from Instagram could not be processed.")).toBeVisible();
  await page.getByRole("button", { name: "Details" }).click();
  const failed = page.getByRole("list", { name: "Connection" }).getByRole("listitem").filter({ hasText: "Put aside" });
  await expect(failed).toContainText("1 not processed: “Neither entries nor an event”");
  await failed.getByRole("button", { name: "Try again" }).click();
  await expect(failed).toContainText("Neither entries nor an event");
});
