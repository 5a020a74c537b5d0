import type { BrowserContext, Dialog, Page } from "@playwright/test";
import { type OidcIssuer, startOidcIssuer } from "../../server/test/support/oidc-issuer.ts";
import { test as base, expect, type Product, replyField, signIn, write } from "./product.ts";

const test = base.extend<object, { issuer: OidcIssuer }>({
  issuer: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's shape
    async ({}, use) => {
      await using issuer = await startOidcIssuer();
      await use(issuer);
    },
    { scope: "worker" },
  ],
  settings: [({ issuer }, use) => use(issuer.env), { scope: "worker" }],
});

test.afterEach(({ issuer }) => issuer.reset());

type Visitor = { page: Page; product: Product };

async function signInWithTelegram({ page, product }: Visitor): Promise<void> {
  await page.goto(`${product.origin}/app`);
  await page.getByRole("link", { name: "Sign in with Telegram" }).click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
}

const field = (page: Page) => page.getByRole("textbox", { name: "Message" });

async function send(page: Page, text: string): Promise<void> {
  await write(field(page), text);
  await expect(page.getByText(text).first()).toBeVisible();
  await expect(page.getByText(/^(Delivered|Read)$/).last()).toBeAttached();
}

async function answer({ page, product }: Visitor, question: string, reply: string): Promise<void> {
  await page.goto(`${product.origin}/inbox?view=all`);
  await page.getByText(question).first().click();
  await write(replyField(page), reply);
}

const keptTokens = (page: Page) =>
  page.evaluate(() => ({
    tab: sessionStorage.getItem("pult.app.session"),
    browser: Object.values(localStorage).filter((value) => /ses_/.test(value)),
  }));

/** What the server says of a session. */
async function statusOf({ page, product }: Visitor, token: string | null): Promise<number> {
  const answered = await page.request.get(`${product.origin}/trpc/auth.me`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return answered.status();
}

async function endSession({ page, product }: Visitor): Promise<void> {
  const { tab } = await keptTokens(page);
  const ended = await page.request.post(`${product.origin}/trpc/auth.signOut`, {
    headers: { authorization: `Bearer ${tab}` },
    data: {},
  });
  expect(ended.status()).toBe(200);
}

/** Whether a page asks before it closes; it is told yes. */
async function closing(page: Page, go: () => Promise<unknown>): Promise<boolean> {
  let hasAsked = false;
  const sayYes = (dialog: Dialog) => {
    hasAsked = dialog.type() === "beforeunload";
    void dialog.accept();
  };
  page.on("dialog", sayYes);
  await go();
  page.off("dialog", sayYes);
  return hasAsked;
}

async function openInbox(context: BrowserContext, product: Product): Promise<Page> {
  const inbox = await context.newPage();
  await signIn(inbox, product);
  return inbox;
}

test("a customer signs in with Telegram, writes, sees the answer, stays over a reload, and signs out", async ({
  page,
  context,
  product,
  issuer,
}) => {
  issuer.user = { id: 7_000_000_001, name: "Browser customer", preferred_username: "browser_customer" };
  await signInWithTelegram({ page, product });
  expect(page.url()).toBe(`${product.origin}/app`);
  await send(page, "From a browser");

  const inbox = await openInbox(context, product);
  await answer({ page: inbox, product }, "From a browser", "Hello in the browser");
  await expect(page.getByText("Hello in the browser").first()).toBeVisible();

  await page.reload();
  await expect(page.getByText("Hello in the browser").first()).toBeVisible();
  expect(page.url()).toBe(`${product.origin}/app`);
  const { tab, browser } = await keptTokens(page);
  expect(tab).toMatch(/^ses_/);
  expect(browser).toEqual([]);

  const other = await context.newPage();
  await other.goto(`${product.origin}/app`);
  await expect(other.getByRole("link", { name: "Sign in with Telegram" })).toBeVisible();

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out.")).toBeFocused();
  await expect(page.getByText("From a browser")).toHaveCount(0);
  expect((await keptTokens(page)).tab).toBeNull();
  expect(await statusOf({ page, product }, tab)).toBe(401);
  await page.reload();
  await expect(page.getByRole("link", { name: "Sign in with Telegram" })).toBeVisible();
  await expect(field(page)).toHaveCount(0);

  // The agent of the same browser is another person.
  await inbox.reload();
  await expect(inbox).toHaveURL(/\/inbox/);
  await expect(inbox.getByText("From a browser").first()).toBeVisible();
});

test("unsent text is asked about before the page closes and before sign-out", async ({ page, product, issuer }) => {
  issuer.user = { id: 7_000_000_002, name: "Hesitant customer" };
  await signInWithTelegram({ page, product });
  expect(await closing(page, () => page.reload())).toBe(false);
  // As keys, without which the browser asks nothing.
  await field(page).pressSequentially("Half a sentence");
  expect(await closing(page, () => page.reload())).toBe(true);
  await expect(field(page)).toHaveValue("Half a sentence");

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("Unsent messages are lost")).toBeVisible();
  await expect(page.getByRole("button", { name: "Stay" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Stay" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Sign out" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).last().click();
  await expect(page.getByText("You are signed out.")).toBeVisible();

  await page.getByRole("link", { name: "Sign in with Telegram" }).click();
  await expect(field(page)).toHaveValue("");
});

test("a session that ends elsewhere leads back to the sign-in, and what was not sent is there afterwards", async ({
  page,
  product,
  issuer,
}) => {
  issuer.user = { id: 7_000_000_003, name: "Patient customer" };
  await page.goto(`${product.origin}/app?startapp=message_5`);
  await page.getByRole("link", { name: "Sign in with Telegram" }).click();
  await send(page, "Before the end");
  expect(page.url()).toBe(`${product.origin}/app?startapp=message_5`);
  await field(page).fill("Not sent yet");
  await endSession({ page, product });
  await expect(page.getByText("Your session ended.")).toBeVisible();
  await expect(page.getByText("Before the end")).toHaveCount(0);
  expect((await keptTokens(page)).tab).toBeNull();

  await page.getByRole("link", { name: "Sign in with Telegram" }).click();
  await expect(field(page)).toHaveValue("Not sent yet");
  await expect(page.getByText("Before the end").first()).toBeVisible();
});

test("a login that fails, and a stranger's link, are refused with a reason", async ({
  page,
  context,
  product,
  issuer,
}) => {
  issuer.user = { id: 7_000_000_004, name: "Stranger" };
  issuer.signature = "another key";
  await page.goto(`${product.origin}/app`);
  await page.getByRole("link", { name: "Sign in with Telegram" }).click();
  await expect(page.getByText("Could not sign in")).toBeFocused();
  expect(page.url()).toBe(`${product.origin}/app`);

  issuer.reset();
  await signInWithTelegram({ page, product });
  const { tab } = await keptTokens(page);
  const victim = await context.newPage();
  await victim.goto(`${product.origin}/app#session=${tab}`);
  await expect(victim.getByText("Could not sign in")).toBeFocused();
  expect(victim.url()).toBe(`${product.origin}/app`);
  await expect(field(victim)).toHaveCount(0);

  await victim.goto("about:blank");
  await victim.goto(`${product.origin}/app#error=telegramUnavailable`);
  await expect(victim.getByText("Telegram is unavailable")).toBeFocused();
});
