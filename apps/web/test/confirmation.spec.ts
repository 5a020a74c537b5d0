import type { Locator, Page } from "@playwright/test";
import { plugInAuthenticator } from "./authenticator.ts";
import { expect, type Product, startSession, test } from "./product.ts";

// A product of its own, in which no other test makes keys and passkeys. Telegram Login is configured, but nothing answers there.
const telegram = {
  TELEGRAM_LOGIN_CLIENT_ID: "1",
  TELEGRAM_LOGIN_CLIENT_SECRET: "12345678",
  TELEGRAM_LOGIN_ISSUER: "http://127.0.0.1:9",
};
test.use({ settings: { SANDBOX: "0", ...telegram } });

const byName = (origin: string) => origin.replace("127.0.0.1", "localhost");

const question = (page: Page) => page.getByRole("dialog", { name: "Confirm your identity" });
const passwordOf = (page: Page) => question(page).getByLabel("Current password", { exact: true });

/** An agent who has not confirmed lately fills in a key, not created yet. @returns the sheet */
async function beginKey(page: Page, product: Product, name: string): Promise<Locator> {
  await startSession(page, product);
  await product.letSessionsAge();
  await page.goto(`${product.origin}/settings/keys`);
  await page.getByRole("button", { name: "Create key" }).first().click();
  const sheet = page.getByRole("dialog", { name: "Create API key" });
  await sheet.getByLabel("Name").fill(name);
  await sheet.getByRole("checkbox", { name: "Support: write" }).check();
  return sheet;
}

async function confirm(page: Page, { agent }: Product): Promise<void> {
  await passwordOf(page).fill(agent.password);
  await question(page).getByRole("button", { name: "Confirm" }).click();
  await expect(question(page)).toHaveCount(0);
}

test("a key is created once its creator has entered the password again, in place", async ({ page, product }) => {
  const sheet = await beginKey(page, product, "Parcel tracker");
  await sheet.getByRole("button", { name: "Create key" }).click();

  await passwordOf(page).fill("not my password");
  await question(page).getByRole("button", { name: "Confirm" }).click();
  await expect(question(page).getByText("This is not your current password.")).toBeVisible();
  await question(page).getByRole("button", { name: "Cancel" }).click();
  await expect(sheet.getByText("Not done. Confirm your identity and try again.")).toBeVisible();
  await expect(sheet.getByLabel("Name")).toHaveValue("Parcel tracker");

  await sheet.getByRole("button", { name: "Create key" }).click();
  await confirm(page, product);
  expect(await page.getByRole("dialog").getByLabel("Secret").inputValue()).toMatch(/^pult_/);
});

test("Escape leaves the question alone, and the focus goes back into the sheet below", async ({ page, product }) => {
  const sheet = await beginKey(page, product, "Night report");
  const submit = sheet.getByRole("button", { name: "Create key" });

  await submit.click();
  await expect(passwordOf(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(question(page)).toHaveCount(0);
  await expect(submit).toBeFocused();
  await expect(sheet.getByLabel("Name")).toHaveValue("Night report");

  // Sent by Enter from the field, to which the focus goes back; Escape counts wherever the focus is.
  await sheet.getByLabel("Name").press("Enter");
  await expect(passwordOf(page)).toBeFocused();
  await passwordOf(page).evaluate((field) => field.blur());
  await page.keyboard.press("Escape");
  await expect(question(page)).toHaveCount(0);
  await expect(sheet.getByLabel("Name")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(sheet).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Create key" }).first()).toBeFocused();
});

test("an agent who connects Telegram re-authenticates after coming back, and stays or goes on", async ({
  page,
  product,
}) => {
  await startSession(page, product);
  await product.letSessionsAge();
  await page.goto(`${product.origin}/settings/security`);
  await page.getByRole("link", { name: "Connect" }).click();
  await expect(page).toHaveURL(/error=telegramConfirm/);
  await expect(passwordOf(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(question(page)).toHaveCount(0);
  await expect(page.getByText("Confirm your identity first, then connect Telegram.")).toBeVisible();

  await page.getByRole("link", { name: "Connect" }).click();
  await confirm(page, product);
  await expect(page).toHaveURL(/error=telegramUnavailable/);
});

test("a passkey is added after the password, and confirms by itself from then on", async ({ page, product }) => {
  const named = { ...product, origin: byName(product.origin) };
  await plugInAuthenticator(page);
  await startSession(page, named);
  await product.letSessionsAge();
  await page.goto(`${named.origin}/settings/security`);
  await page.getByRole("button", { name: "Add passkey" }).click();
  await confirm(page, product);
  await expect(page.getByRole("list", { name: "Passkeys" }).getByRole("listitem")).toHaveCount(1);

  await product.letSessionsAge();
  await page.reload();
  await page.getByRole("button", { name: "Set up" }).click();
  await question(page).getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.getByRole("img", { name: /QR code/ })).toBeVisible();
  await expect(question(page)).toHaveCount(0);
});
