import { makePng } from "@pult/sandbox/testing.ts";
import { expect, measureScripts, replyField, signIn, test, write } from "./product.ts";

test.describe("sign-in", () => {
  test("a wrong password is said in words and changes nothing", async ({ page, product }) => {
    await page.goto(`${product.origin}/sign-in`);
    await page.getByLabel("Email").fill(product.agent.email);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByText(/wrong e-?mail or password/i)).toBeVisible();
    await expect(page).toHaveURL(/sign-in/);
  });

  test("a stranger who asks for the Inbox comes to sign-in", async ({ page, product }) => {
    await page.goto(`${product.origin}/inbox`);
    await expect(page).toHaveURL(/sign-in/);
  });

  test("the language can be chosen before sign-in", async ({ page, product }) => {
    await page.goto(`${product.origin}/sign-in`);
    await page.getByRole("button", { name: "Русский" }).click();
    await expect(page.getByRole("button", { name: "Войти", exact: true })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", "ru");
  });
});

test("the Inbox with a conversation takes at most 250 KB of JavaScript", async ({ page, product }) => {
  const scriptBytes = measureScripts(page);
  // Parts that are fetched when the page has nothing else to do are no part of it.
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0;
  });
  await signIn(page, product, "/inbox/1?view=all");
  await expect(replyField(page)).toBeVisible();
  await expect(page.getByRole("log", { name: "Messages" }).getByText("delivery address")).toBeVisible();
  expect(await scriptBytes()).toBeLessThanOrEqual(250 * 1024);
});

test.describe("Inbox", () => {
  test.beforeEach(async ({ page, product }) => {
    await signIn(page, product, "/inbox?view=all");
  });

  test("a resolved conversation leaves the list and stands under Resolved; undo brings it back", async ({ page }) => {
    await page.getByText("Demo customer 12").first().click();
    await page.getByRole("button", { name: "Resolve E" }).click();
    const undo = page.getByRole("button", { name: "Undo" });
    await undo.click();
    await expect(undo).toHaveCount(0);
    await page.getByRole("button", { name: "Resolve E" }).click();
    // Only what was accepted can be undone: a page that is left earlier may take the click with it.
    await expect(undo).toBeVisible();
    await page.goto(`${page.url().split("?")[0]}?view=resolved`);
    await page.getByText("Demo customer 12").first().click();
    // The tests of another file may follow on the same product, and look for it among the open ones.
    await page.getByRole("button", { name: "Reopen E" }).click();
    await expect(undo).toBeVisible();
  });

  test("search finds words of a message, and says when there is nothing", async ({ page }) => {
    const search = page.getByRole("searchbox");
    await search.fill("delivery address");
    await expect(page.getByRole("link", { name: /Demo customer 11/ })).toBeVisible();
    await expect(page.getByRole("link", { name: /Demo customer 13/ })).toHaveCount(0);
    await search.fill("no such words anywhere");
    await expect(page.getByText(/nothing|no conversation/i).first()).toBeVisible();
  });

  test("photos and files are uploaded when chosen, sent, and shown", async ({ page }) => {
    await page.getByRole("link", { name: /Demo customer 13/ }).click();
    const photo = (name: string) => ({ name, mimeType: "image/png", buffer: makePng(1, 1) });
    await page.locator("input[type=file]").setInputFiles([photo("one.png"), photo("two.png"), photo("three.png")]);
    await page.getByRole("button", { name: "Remove three.png" }).click();
    const file = (name: string, words: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(words) });
    await page.locator("input[type=file]").setInputFiles([file("notes.txt", "Notes"), file("nothing.txt", "")]);
    await expect(page.getByRole("alert").filter({ hasText: "nothing.txt is empty" })).toBeVisible();
    await page.getByRole("button", { name: "Send" }).click();
    const first = page.getByRole("button", { name: "Open photo 1 of 2" });
    await expect(first).toBeVisible();
    await expect(page.getByRole("link", { name: /notes\.txt/ })).toBeVisible();
    // Stored: the row is not drawn anew under the focus.
    await expect(page.getByText(/^(Sending|Waiting for the connection)$/)).toHaveCount(0);
    await first.click();
    await expect(page.getByRole("dialog", { name: "Photo 1 of 2" })).toBeVisible();
    await page.keyboard.press("ArrowLeft");
    await expect(page.getByRole("dialog", { name: "Photo 2 of 2" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(first).toBeFocused();
  });

  test("a message sent while the network is away leaves when it is back, once", async ({ page, context }) => {
    await page.getByRole("link", { name: /Demo customer 13/ }).click();
    await expect(replyField(page)).toBeVisible();
    await context.setOffline(true);
    await write(replyField(page), "Written without a network");
    const written = page.getByRole("log", { name: "Messages" }).getByText("Written without a network");
    await expect(written.first()).toBeVisible();
    await context.setOffline(false);
    await page.reload();
    await expect(written).toHaveCount(1);
  });
});

test.describe("pages", () => {
  test("every page forbids framing but the Mini App, which Telegram may frame", async ({ request, product }) => {
    const policyOf = async (path: string) =>
      (await request.get(`${product.origin}${path}`)).headers()["content-security-policy"] ?? "";
    expect(await policyOf("/sign-in")).toContain("frame-ancestors 'none'");
    expect(await policyOf("/sandbox")).toContain("frame-ancestors 'none'");
    expect(await policyOf("/app")).toContain("frame-ancestors 'self' https://web.telegram.org");
    expect(await policyOf("/sign-in")).toMatch(/script-src 'self' 'nonce-/);
  });
});
