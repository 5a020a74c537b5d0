import type { Page } from "@playwright/test";
import { expect, mark, marked, type Product, replyField, signIn, test } from "./product.ts";

const CHUNKS = "**/_next/static/chunks/*.js";

/** An open conversation whose page fetches no part before it is needed. */
async function openConversation(page: Page, product: Product): Promise<void> {
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0;
  });
  await signIn(page, product, "/inbox?view=all");
  await page.getByText("Demo customer 11").first().click();
  await expect(page.getByRole("button", { name: "Resolve E" })).toBeVisible();
  await mark(page);
}

test("letters typed while the palette loads reach its field and run no command", async ({ page, product }) => {
  await openConversation(page, product);
  const held = Promise.withResolvers<void>();
  await page.route(CHUNKS, async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("settx");
  await page.keyboard.press("Backspace");
  held.resolve();
  const field = page.getByRole("combobox");
  await expect(field).toHaveValue("sett");
  await expect(field).toBeFocused();
  await page.keyboard.type("ings");
  await expect(field).toHaveValue("settings");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Resolve E" })).toBeVisible();
});

test("parts that cannot load leave the page working and load once the server is back", async ({ page, product }) => {
  await openConversation(page, product);
  await product.stop();
  const failed = page.getByRole("alert").filter({ hasText: "Could not load this part of the page." });
  await page.getByRole("button", { name: "Resolve E" }).click();
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await page.keyboard.press("Control+k");
  await expect(failed.first()).toBeVisible();
  await expect(page.getByRole("log", { name: "Messages" })).toBeVisible();
  await product.restart();
  await expect(page.getByRole("dialog", { name: "Commands" })).toBeVisible({ timeout: 60_000 });
  await expect(failed).toHaveCount(0);
  await expect(marked(page)).toHaveCount(1);
});

test("a page of an older version reloads by itself, and asks first when text is unsent", async ({
  page,
  context,
  product,
}) => {
  await openConversation(page, product);
  let version = "newer";
  await page.route("**/version", (route) => route.fulfill({ body: version }));
  const reconnect = async () => {
    await context.setOffline(true);
    await expect(page.getByRole("status").filter({ hasText: /^Offline$/ })).toHaveCount(1);
    await context.setOffline(false);
  };
  await reconnect();
  await expect(marked(page)).toHaveCount(0);

  await expect(page.getByRole("button", { name: "Resolve E" })).toBeVisible();
  await mark(page);
  await replyField(page).fill("Half a sentence");
  version = "newest";
  await reconnect();
  const notice = page.getByRole("alert").filter({ hasText: "A new version is available." });
  await expect(notice).toBeVisible();
  await expect(marked(page)).toHaveCount(1);
  await notice.getByRole("button", { name: "Reload" }).click();
  await expect(marked(page)).toHaveCount(0);
  await expect(replyField(page)).toHaveValue("Half a sentence");
});

test("a dialog opened from a menu has the focus while open and returns it to the menu's button", async ({
  page,
  product,
}) => {
  await openConversation(page, product);
  const button = page.getByRole("button", { name: "Snooze", exact: true });
  const dialog = page.getByRole("dialog");
  // The second time everything is loaded, and the dialog comes in the moment the menu goes.
  for (const round of ["not loaded", "loaded"]) {
    await test.step(round, async () => {
      await button.click();
      await page.getByRole("menuitem", { name: "Pick a time" }).click();
      await expect(dialog).toBeVisible();
      await expect(dialog.locator(":focus")).toHaveCount(1);
      await page.keyboard.press("Escape");
      await expect(dialog).toHaveCount(0);
      await expect(button).toBeFocused();
    });
  }
});
