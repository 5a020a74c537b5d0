import type { Browser, Page } from "@playwright/test";
import { expect, type Product, signIn, test } from "./product.ts";

const CUSTOMER = "Demo customer 13";

async function openAs(page: Page, product: Product, agent: Product["agent"]): Promise<void> {
  await signIn(page, { ...product, agent }, "/inbox?view=all");
  await page.getByRole("link", { name: new RegExp(CUSTOMER) }).click();
  await expect(page.getByRole("textbox", { name: /reply/i })).toBeVisible();
}

async function colleague(browser: Browser, product: Product): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await openAs(page, product, product.colleague);
  return page;
}

test("two agents at one conversation see each other look, type and leave a draft", async ({
  page,
  browser,
  product,
}) => {
  await openAs(page, product, product.agent);
  const here = page.getByRole("status", { name: "Colleagues here" });
  await expect(here).toHaveText("");

  const other = await colleague(browser, product);
  await expect(here).toContainText("Agent B (demo) is viewing");
  const box = other.getByRole("textbox", { name: /reply/i });
  await box.pressSequentially("It is back in st", { delay: 30 });
  await expect(here).toContainText("Agent B (demo) is typing");
  await expect(here).toContainText("Agent B (demo) has a draft");
  await box.fill("");
  await expect(here).toContainText("Agent B (demo) is viewing");
  await expect(other.getByRole("status", { name: "Colleagues here" })).toContainText("Agent A (demo) is viewing");

  await other.getByRole("link", { name: /Demo customer 11/ }).click();
  await expect(here).toHaveText("");
  await other.context().close();
});

test("the header shows whether the customer is online, as they come and go", async ({ page, browser, product }) => {
  const launched = await page.request.post(`${product.origin}/sandbox/api/telegram/launch`, {
    data: { userId: 6_000_000_004 },
  });
  const { fragment } = (await launched.json()) as { fragment: string };
  const app = await (await browser.newContext()).newPage();
  await app.goto(`${product.origin}/app#${fragment}`);
  const field = app.getByRole("textbox");
  await field.fill("Hello, are you there");
  await field.press("Enter");

  await signIn(page, product, "/inbox?view=all");
  await page.getByText("Hello, are you there").first().click();
  const header = page.getByRole("region", { name: /Conversation with/ }).locator("header");
  await expect(header).toContainText(/· online/i);
  await app.close();
  await expect(header).toContainText(/· not online/i);
});
