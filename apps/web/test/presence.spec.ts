import type { Page } from "@playwright/test";
import { expect, openMiniApp, type Product, replyField, signIn, test, write } from "./product.ts";

const CUSTOMER = "Demo customer 13";

async function openAs(page: Page, product: Product, agent: Product["agent"]): Promise<void> {
  await signIn(page, { ...product, agent }, "/inbox?view=all");
  await page.getByRole("link", { name: new RegExp(CUSTOMER) }).click();
  await expect(replyField(page)).toBeVisible();
}

test("two agents at one conversation see each other look, type and leave a draft", async ({ page, other, product }) => {
  await openAs(page, product, product.agent);
  const here = page.getByRole("status", { name: "Colleagues here" });
  await expect(here).toHaveText("");

  await openAs(other, product, product.colleague);
  await expect(here).toContainText("Agent B (demo) is viewing");
  const box = replyField(other);
  await box.pressSequentially("It is back in st", { delay: 30 });
  await expect(here).toContainText("Agent B (demo) is typing");
  await expect(here).toContainText("Agent B (demo) has a draft");
  await box.fill("");
  await expect(here).toContainText("Agent B (demo) is viewing");
  await expect(other.getByRole("status", { name: "Colleagues here" })).toContainText("Agent A (demo) is viewing");

  await other.getByRole("link", { name: /Demo customer 11/ }).click();
  await expect(here).toHaveText("");
});

test("the header shows whether the customer is online, as they come and go", async ({ page, other, product }) => {
  await openMiniApp(other, product, 6_000_000_004);
  await write(other.getByRole("textbox"), "Hello, are you there");

  await signIn(page, product, "/inbox?view=all");
  await page.getByText("Hello, are you there").first().click();
  const header = page.getByRole("region", { name: /Conversation with/ }).locator("header");
  await expect(header).toContainText(/· online/i);
  await other.close();
  await expect(header).toContainText(/· not online/i);
});
