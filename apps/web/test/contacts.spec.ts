import type { Locator, Page } from "@playwright/test";
import { call, expect, measureScripts, type Product, signIn, test } from "./product.ts";

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
  await sheet.getByLabel("Username").fill("@quill_tester");
  await sheet.getByRole("button", { name: "Create" }).click();
  await page.waitForURL(/\/contacts\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("complementary", { name: "Facts" })).toContainText("@quill_tester");
  await createContact(page, product, "Quill Second");
  await page.getByRole("link", { name: "Back to contacts" }).click();
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
  await page.getByRole("button", { name: /^Undo(?! merge)/ }).click();
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

test("a contact's card takes notes, tasks and changed facts, which its timeline tells to another agent", async ({
  page,
  other,
  product,
}) => {
  await signIn(page, product, "/contacts");
  const { id } = await createContact(page, product, "Card Tester");
  await page.goto(`${product.origin}/contacts/${id}`);
  await signIn(other, { ...product, agent: product.colleague }, `/contacts/${id}`);
  const timeline = (of: Page) => of.getByRole("region", { name: "Timeline" });
  const note = (of: Page) => timeline(of).getByRole("listitem").filter({ hasText: "Prefers a call after lunch" });

  await page.getByRole("textbox", { name: "Note for colleagues" }).fill("Prefers a call after lunch");
  await page.keyboard.press("Enter");
  await expect(note(page)).toBeVisible();
  await expect(note(other)).toBeVisible();

  await page.getByRole("button", { name: "Phone: Add" }).click();
  await page.getByRole("textbox", { name: "Phone" }).fill("+44 7700 900 321");
  await page.keyboard.press("Enter");
  await expect(timeline(other)).toContainText("changed Phone");
  await expect(other.getByRole("complementary", { name: "Facts" })).toContainText("+44 7700 900 321");

  await page.getByRole("button", { name: "Task", exact: true }).click();
  await page.getByRole("textbox", { name: "What is to be done" }).fill("Send the price list");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: /^Tasks/ }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("button", { name: "Reopen" })).toBeVisible();
});

test("two contacts that share a phone become one, and two again", async ({ page, product }) => {
  await signIn(page, product, "/contacts");
  const phone = "+44 7700 900 654";
  const { id } = await call<{ id: string }>(page, product, "chats.contacts.create", { name: "Merge First", phone });
  await call(page, product, "chats.contacts.create", { name: "Merge Second", phone, email: "second@example.org" });
  await page.goto(`${product.origin}/contacts/${id}`);
  const facts = page.getByRole("complementary", { name: "Facts" });
  await expect(facts).toContainText("Merge Second");
  await facts.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("dialog", { name: "Merge two contacts" }).getByRole("button", { name: "Merge" }).click();
  await expect(facts).toContainText("second@example.org");
  await expect(facts).not.toContainText("Merge Second");
  await page.getByRole("button", { name: /^Undo(?! merge)/ }).click();
  await expect(facts).toContainText("Merge Second");
  await expect(facts).not.toContainText("second@example.org");
});

test("a CSV file is tried first, with what is wrong by line, then imported", async ({ page, product }) => {
  await signIn(page, product, "/contacts");
  await page.getByRole("button", { name: "Import" }).click();
  const sheet = page.getByRole("dialog", { name: "Import contacts" });
  const lines = [
    "name,email,tags",
    "Csv One,csv1@example.org,Fair",
    "Csv Two,no address,",
    "Csv Three,csv3@example.org,Fair",
  ];
  await sheet
    .getByLabel("CSV file")
    .setInputFiles({ name: "fair.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) });
  await expect(sheet.getByText("2 to create")).toBeVisible();
  await expect(sheet.getByRole("listitem").filter({ hasText: "line 3" })).toContainText("email");
  await sheet.getByRole("checkbox", { name: "Leave these lines out" }).check();
  await sheet.getByRole("button", { name: "Import 2 contacts" }).click();
  await expect(sheet.getByText("2 created")).toBeVisible();
  await sheet.getByRole("button", { name: "Done" }).click();
  await page.getByRole("searchbox").fill("csv");
  await expect(row(page, "Csv One")).toContainText("Fair");

  const file = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export these contacts as CSV" }).click();
  expect((await file).suggestedFilename()).toMatch(/^contacts-.*\.csv$/);
});

test("a field and a template of one's own are made in the settings", async ({ page, product }) => {
  await signIn(page, product, "/settings/crm");
  await page.getByRole("button", { name: "New field" }).click();
  const field = page.getByRole("dialog", { name: "New field" });
  await field.getByLabel("Name").fill("Delivery");
  await field.getByRole("combobox", { name: "Type" }).selectOption("One of a list");
  await field.getByRole("button", { name: "Add option" }).click();
  await field.getByRole("textbox", { name: "Option 1" }).fill("Courier");
  await field.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Delivery" })).toContainText("Courier");

  const { id } = await createContact(page, product, "Field Tester");
  await page.goto(`${product.origin}/contacts/${id}`);
  await page.getByRole("combobox", { name: "Delivery" }).selectOption("Courier");
  await expect(page.getByRole("region", { name: "Timeline" })).toContainText("changed Delivery");

  await page.goto(`${product.origin}/settings/crm?tab=templates`);
  await page.getByRole("button", { name: "New template" }).click();
  const template = page.getByRole("dialog", { name: "New template" });
  await template.getByLabel("Name", { exact: true }).fill("Greeting");
  await template.getByLabel("Text").fill("Hello, ");
  await template.getByRole("button", { name: "First name" }).click();
  await template.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "Greeting" })).toContainText("Hello, {first_name}");
});
