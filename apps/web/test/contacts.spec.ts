import type { Locator, Page } from "@playwright/test";
import { call, expect, measureScripts, type Product, signIn, takesClicks, test } from "./product.ts";

const row = (page: Page, name: string): Locator =>
  page.getByRole("row").filter({ has: page.getByRole("link", { name }) });
const column = (page: Page, stage: string): Locator => page.getByRole("region", { name: stage, exact: true });

const createContact = (page: Page, product: Product, name: string) =>
  call<{ id: string }>(page, product, "chats.contacts.create", { name });
const createDeal = (page: Page, product: Product, name: string) =>
  call<{ id: string; number: number }>(page, product, "chats.deals.create", { name, amount: "84", currency: "EUR" });

test("a contact is created, found and filtered; tags of many are given and taken back", async ({ page, product }) => {
  const measure = measureScripts(page);
  await signIn(page, product, "/contacts");
  await expect(page.getByRole("table", { name: "Contacts" })).toBeVisible();
  expect(await measure()).toBeLessThan(250 * 1024);

  await page.keyboard.press("n");
  const sheet = page.getByRole("dialog", { name: "New contact" });
  await sheet.getByRole("button", { name: "Create" }).click();
  await expect(sheet.getByText("Enter a name.")).toBeVisible();
  await sheet.getByLabel("Name", { exact: true }).fill("Quill Tester");
  await sheet.getByLabel("Telegram username").fill("@quill_tester");
  await sheet.getByRole("button", { name: "Create" }).click();
  await createContact(page, product, "Quill Second");
  await page.goto(`${product.origin}/contacts`);
  await takesClicks(page);
  await page.getByRole("searchbox").fill("quill");
  await expect(page.getByText("2 found")).toBeVisible();

  await page.getByRole("checkbox", { name: "Select all loaded" }).check();
  await page.getByRole("button", { name: "Tag" }).click();
  const tags = page.getByRole("dialog", { name: "Tags of 2 records" });
  await tags.getByRole("textbox").fill("Quarterly");
  await tags.getByRole("button", { name: "Create “Quarterly”" }).click();
  await expect(tags.getByRole("checkbox", { name: /Quarterly/ })).toBeChecked();
  await tags.getByRole("button", { name: "Apply" }).click();
  await expect(row(page, "Quill Tester")).toContainText("Quarterly");

  await page.getByRole("button", { name: "Filter" }).click();
  const filter = page.getByRole("dialog", { name: "Filter" });
  await filter.getByRole("combobox", { name: "Field" }).selectOption("Tag");
  await filter.getByRole("combobox", { name: "Value" }).selectOption("Quarterly");
  await filter.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByText("2 found")).toBeVisible();
  await page.getByRole("button", { name: /Undo/ }).click();
  await expect(page.getByText("Nothing found")).toBeVisible();
});

test("two browsers at the board: a card is moved by keyboard, seen at once, and a second move is refused with a name", async ({
  page,
  other,
  product,
}) => {
  await signIn(page, product, "/contacts?tab=deals");
  const { number } = await createDeal(page, product, "Order of two desks");
  const card = (at: Page, stage: string) => column(at, stage).getByRole("button", { name: "Order of two desks" });
  await expect(card(page, "New")).toBeVisible();
  await signIn(other, { ...product, agent: product.colleague }, "/contacts?tab=deals");
  await expect(card(other, "New")).toBeVisible();

  // Lifted before the other one moves it, and put down after.
  await card(other, "New").focus();
  await other.keyboard.press("Space");
  await other.keyboard.press("ArrowRight");
  await expect(other.getByText(new RegExp(`^D-${number}: Agreed`))).toBeVisible();

  await card(page, "New").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await expect(page.getByText(`D-${number} moved: New → Paid`)).toBeVisible();
  await expect(card(page, "Paid")).toBeFocused();

  await other.keyboard.press("Space");
  await expect(other.getByText(/Agent A \(demo\) already moved this deal to “Paid”/).first()).toBeVisible();
  await expect(card(other, "Paid")).toBeVisible({ timeout: 2_000 });

  // By pointer, and the other browser sees it.
  const from = await card(other, "Paid").boundingBox();
  const to = await column(other, "Packed").boundingBox();
  if (!from || !to) throw new Error("No card to drag");
  await other.mouse.move(from.x + 20, from.y + 20);
  await other.mouse.down();
  await other.mouse.move(to.x + 40, to.y + 120, { steps: 8 });
  await other.mouse.up();
  await expect(card(other, "Packed")).toBeVisible();
  await expect(card(page, "Packed")).toBeVisible({ timeout: 2_000 });
});
