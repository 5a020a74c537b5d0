import type { Page } from "@playwright/test";
import { plugInAuthenticator } from "./authenticator.ts";
import { expect, type Product, signIn, test } from "./product.ts";

// A product of its own, in which nobody else counts keys and passkeys.
test.use({ settings: { SANDBOX: "0" } });

const byName = (origin: string) => origin.replace("127.0.0.1", "localhost");

const question = (page: Page) => page.getByRole("dialog", { name: "Is it you?" });

async function confirm(page: Page, { agent }: Product): Promise<void> {
  await question(page).getByLabel("Present password", { exact: true }).fill(agent.password);
  await question(page).getByRole("button", { name: "Confirm" }).click();
  await expect(question(page)).toHaveCount(0);
}

test("a key is made once its maker has shown his password again, from where he was", async ({ page, product }) => {
  await signIn(page, product);
  await product.letSessionsAge();
  await page.goto(`${product.origin}/settings/keys`);
  await page.getByRole("button", { name: "Create key" }).first().click();
  const sheet = page.getByRole("dialog", { name: "Create API key" });
  await sheet.getByLabel("Name").fill("Parcel tracker");
  await sheet.getByRole("checkbox", { name: "Support: write" }).check();
  await sheet.getByRole("button", { name: "Create key" }).click();

  await question(page).getByLabel("Present password", { exact: true }).fill("not my password");
  await question(page).getByRole("button", { name: "Confirm" }).click();
  await expect(question(page).getByText("This is not your present password.")).toBeVisible();
  await question(page).getByRole("button", { name: "Cancel" }).click();
  await expect(sheet.getByText("Not done: it was not confirmed that it is you.")).toBeVisible();
  await expect(sheet.getByLabel("Name")).toHaveValue("Parcel tracker");

  await sheet.getByRole("button", { name: "Create key" }).click();
  await confirm(page, product);
  expect(await page.getByRole("dialog").getByLabel("Secret").inputValue()).toMatch(/^pult_/);
});

test("a passkey is added after the password, and confirms by itself from then on", async ({ page, product }) => {
  const named = { ...product, origin: byName(product.origin) };
  await plugInAuthenticator(page);
  await signIn(page, named);
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
