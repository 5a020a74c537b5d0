import type { APIRequestContext, Page } from "@playwright/test";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import type { SandboxMtproto } from "@pult/sandbox/mtproto/control.ts";
import { call, expect, measureScripts, type Product, signIn, test, write } from "./product.ts";

// A product of its own: accounts are linked and people write.
test.use({ settings: {} });

const PASSWORD = "demo-password";

async function readCentre(request: APIRequestContext, { origin }: Product): Promise<SandboxMtproto> {
  const answer = await request.get(`${origin}/sandbox/api/world`);
  return ((await answer.json()) as { mtproto: SandboxMtproto }).mtproto;
}

/** An account of the data centre by whether it has a password. */
async function findAccount(page: Page, product: Product, hasPassword: boolean) {
  const { accounts } = await readCentre(page.request, product);
  const account = accounts.find(({ password }) => (password !== null) === hasPassword);
  if (!account) throw new Error("The sandbox has no such account");
  return account;
}

/** The code that Telegram has sent to the account's other devices. */
async function readCode(page: Page, product: Product, personId: number): Promise<string> {
  const read = async () =>
    (await readCentre(page.request, product)).accounts.find((one) => one.personId === personId)?.code;
  await expect.poll(read).toBeTruthy();
  return (await read()) ?? "";
}

async function control(page: Page, { origin }: Product, path: string, data: object): Promise<void> {
  const answer = await page.request.post(`${origin}/sandbox/api/mtproto/${path}`, { data });
  expect(answer.status()).toBe(200);
}

/** Opens the sheet, and agrees to what linking means. */
async function beginLink(page: Page) {
  await page.getByRole("button", { name: "Link a Telegram account" }).click();
  const sheet = page.getByRole("dialog", { name: "Link a Telegram account" });
  await expect(sheet).toContainText("Telegram can limit the account");
  await sheet.getByRole("button", { name: "Agree and continue" }).click();
  return sheet;
}

test("refuses a wrong number, code and password in words, and goes on from there", async ({ page, product }) => {
  await signIn(page, product, "/chats");
  const sheet = await beginLink(page);
  const phone = sheet.getByLabel("Phone number", { exact: true });
  await write(phone, "+12");
  await expect(sheet.getByText("Enter the whole number")).toBeVisible();
  await write(phone, "+15550000000");
  await expect(sheet.getByText(/Telegram refuses this phone number/)).toBeVisible();

  const account = await findAccount(page, product, true);
  await write(phone, `+${account.phone}`);
  const code = sheet.getByLabel("Code from Telegram");
  await write(code, "1");
  await expect(sheet.getByText("This code is wrong. Try again.")).toBeVisible();
  await write(code, await readCode(page, product, account.personId));
  const password = sheet.getByLabel("Two-step verification password", { exact: true });
  await write(password, "not this");
  await expect(sheet.getByText("This password is wrong. Try again.")).toBeVisible();
  await sheet.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("No Telegram account is linked")).toBeVisible();
});

test("links an account by code and password, sends from it and shows the answer", async ({ page, product }) => {
  const scriptBytes = measureScripts(page);
  // Parts that are fetched when the page has nothing else to do are no part of it.
  await page.addInitScript(() => {
    window.requestIdleCallback = () => 0;
  });
  await signIn(page, product, "/chats");
  expect(await scriptBytes()).toBeLessThanOrEqual(250 * 1024);

  const account = await findAccount(page, product, true);
  const sheet = await beginLink(page);
  await write(sheet.getByLabel("Phone number", { exact: true }), `+${account.phone}`);
  await write(sheet.getByLabel("Code from Telegram"), await readCode(page, product, account.personId));
  await write(sheet.getByLabel("Two-step verification password", { exact: true }), PASSWORD);
  await expect(sheet).toBeHidden();

  const chats = page.getByRole("list", { name: "Chats of this account" });
  await chats.getByRole("link", { name: /Demo customer 1/ }).click();
  const thread = page.getByRole("region", { name: "Chat with Demo customer 1" });
  const messages = thread.getByRole("log");
  await expect(page.getByRole("navigation", { name: "Telegram accounts" })).toContainText("connected");

  await write(thread.getByRole("textbox", { name: "Message to Demo customer 1" }), "Is 16:00 fine?");
  const sent = messages.getByRole("listitem").filter({ hasText: "Is 16:00 fine?" });
  await expect(sent.first()).toContainText("Sent");
  await expect(sent).toHaveCount(1);

  const { people } = await readCentre(page.request, product);
  const from = people.find(({ name }) => name === "Demo customer 1")?.id ?? 0;
  const place = { from, to: account.personId };
  // Typing is over after six seconds, however slow the page is.
  await expect(async () => {
    await control(page, product, "typing", place);
    await expect(thread.getByText("Demo customer 1 is typing")).toBeVisible({ timeout: 3_000 });
  }).toPass();
  await control(page, product, "messages", { ...place, text: "Yes, see you then" });
  await expect(messages.getByText("Yes, see you then")).toBeVisible();
  await control(page, product, "read", place);
  await expect(sent).toContainText("Read");
  await expect(chats.getByRole("link", { name: /Demo customer 1/ })).toContainText("Yes, see you then");

  await sent.hover();
  await sent.getByRole("button", { name: "Message actions" }).click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await write(thread.getByRole("textbox", { name: "Message to Demo customer 1" }), "Is 17:00 fine?");
  await expect(messages.getByRole("listitem").filter({ hasText: "Is 17:00 fine?" })).toContainText("edited");

  await thread.getByRole("textbox", { name: "Message to Demo customer 1" }).fill("Did the parcel arrive?");
  await thread.getByRole("button", { name: "Send later" }).click();
  await page.getByRole("dialog", { name: "Send later" }).getByRole("button", { name: "Schedule" }).click();
  const scheduled = thread.getByRole("list", { name: "Scheduled messages" });
  await expect(scheduled).toContainText("Did the parcel arrive?");
  await control(page, product, "send-scheduled", { accountId: account.personId });
  await expect(messages.getByText("Did the parcel arrive?")).toBeVisible();
  await expect(scheduled).toBeHidden();

  await thread.getByLabel("Files to send").setInputFiles([
    { name: "cup.png", mimeType: "image/png", buffer: Buffer.from(SAMPLE_PHOTOS.png) },
    { name: "cup.jpg", mimeType: "image/jpeg", buffer: Buffer.from(SAMPLE_PHOTOS.jpeg) },
  ]);
  await write(thread.getByRole("textbox", { name: "Message to Demo customer 1" }), "Which of the two?");
  const album = messages.getByRole("listitem").filter({ hasText: "Which of the two?" });
  await expect(album).toContainText("Sent");
  await expect(album.getByRole("button", { name: /^Open photo/ })).toHaveCount(2);
  await expect(thread.getByRole("list", { name: "Attachments" })).toBeHidden();

  const json = JSON.stringify({ ...place, text: "This one" });
  const photo = { name: "mine.png", mimeType: "image/png", buffer: Buffer.from(SAMPLE_PHOTOS.png) };
  const answer = await page.request.post(`${product.origin}/sandbox/api/mtproto/messages`, {
    multipart: { json, photo },
  });
  const { uids } = (await answer.json()) as { uids: number[] };
  const answered = messages.getByRole("listitem").filter({ hasText: "This one" });
  await expect(answered.getByRole("button", { name: /^Open photo/ })).toBeVisible();
  await answered.hover();
  await answered.getByRole("button", { name: "Message actions" }).click();
  await page.getByRole("menuitem", { name: "Like", exact: true }).click();
  await expect(answered.getByRole("button", { name: "👍, 1 reaction" })).toHaveAttribute("aria-pressed", "true");
  await control(page, product, "react", { uid: uids[0] ?? 0, from, emoji: "🔥" });
  await expect(answered.getByRole("button", { name: "🔥, 1 reaction" })).toHaveAttribute("aria-pressed", "false");

  await answered.hover();
  await answered.getByRole("button", { name: "Message actions" }).click();
  await page.getByRole("menuitem", { name: "Forward…" }).click();
  await page.getByRole("dialog", { name: "Forward to" }).getByRole("button", { name: "Demo customer 3" }).click();
  await expect(chats.getByRole("link", { name: /Demo customer 3/ })).toContainText("This one");

  await page.getByRole("button", { name: /^Account / }).click();
  await page.getByRole("menuitem", { name: "Access and devices…" }).click();
  const access = page.getByRole("dialog", { name: "Access and devices" });
  const ofModerators = access.getByRole("combobox", { name: "Access of Moderator" });
  await access.getByLabel("Who", { exact: true }).selectOption({ label: "Moderator (role)" });
  await access.getByRole("button", { name: "Give access" }).click();
  await expect(ofModerators).toHaveValue("read");
  await expect(access.getByRole("listitem").filter({ hasText: "this link" })).toContainText("Pult");
  await page.keyboard.press("Escape");
  await expect(access).toBeHidden();
  await page.reload();
  await page.getByRole("button", { name: /^Account / }).click();
  await page.getByRole("menuitem", { name: "Access and devices…" }).click();
  await expect(ofModerators).toHaveValue("read");
  await page.keyboard.press("Escape");

  const details = page.getByRole("complementary", { name: "Chat details" });
  await call(page, product, "chats.templates.save", { name: "Greeting", text: "Hello, {first_name}!" });
  const insertGreeting = async () => {
    await thread.getByRole("button", { name: "Templates" }).click();
    await page.getByRole("menuitem", { name: "Greeting" }).click();
  };
  await insertGreeting();
  await expect(page.getByText("Tie the chat to a contact first")).toBeVisible();
  await details.getByRole("button", { name: "Create a contact from this chat" }).click();
  await expect(details.getByRole("link", { name: /Demo customer 1/ })).toBeVisible();
  await insertGreeting();
  await expect(thread.getByRole("textbox", { name: "Message to Demo customer 1" })).toHaveValue("Hello, Demo!");

  await page.getByText("Record of another CRM").click();
  await page.getByLabel("Record id").fill("6f1c2a34-1111-4222-8333-444455556666");
  await page.getByRole("button", { name: "Link record" }).click();
  await expect(details).toContainText("6f1c2a34-1111");
});

test("imports an export of Telegram Desktop, shows its chats, and takes it back", async ({ page, product }) => {
  const message = (id: number, from: string, from_id: string) => ({
    ...{ id, type: "message", date: "2026-01-02T03:04:05", date_unixtime: `${1_767_000_000 + id}` },
    ...{ from, from_id, text: ["Imported ", { type: "bold", text: `line ${id}` }] },
  });
  const messages = [message(1, "Demo friend", "user77001"), message(2, "Demo owner", "user77002")];
  const exported = { name: "Demo friend", type: "personal_chat", id: 77001, messages };
  await signIn(page, product, "/chats?link=import");
  const sheet = page.getByRole("dialog", { name: "Import from Telegram Desktop" });
  const choose = (content: string) =>
    sheet
      .getByLabel("Export file")
      .setInputFiles({ name: "result.json", mimeType: "application/json", buffer: Buffer.from(content) });
  await choose('{"messages": [');
  await expect(sheet.getByText("This file is not a whole JSON export")).toBeVisible();
  await sheet.getByRole("button", { name: "Choose another file" }).click();
  await choose(JSON.stringify(exported));
  await expect(sheet.getByRole("list", { name: "Chats" })).toContainText("Demo friend");
  await expect(sheet).toContainText("Demo owner");
  await sheet.getByRole("button", { name: "Import", exact: true }).click();
  await expect(sheet.getByText("2 messages were imported.")).toBeVisible();
  await sheet.getByRole("button", { name: "Show chats" }).click();
  await page
    .getByRole("list", { name: "Chats of this account" })
    .getByRole("link", { name: /Demo friend/ })
    .click();
  await expect(page.getByRole("log").getByText("Imported line 1")).toBeVisible();
  await page.goto(`${product.origin}/chats?link=import`);
  await sheet.getByRole("button", { name: "Undo import" }).click();
  await expect(sheet.getByText("undone")).toBeVisible();
  await sheet.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Demo friend")).toBeHidden();
});
