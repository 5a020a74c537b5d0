import type { SandboxMtproto } from "@pult/sandbox/mtproto/control.ts";
import { expect, signIn, test, write } from "./product.ts";

// A product of its own: an account is linked.
test.use({ settings: {}, permissions: ["microphone"] });

test("shares a chat, keeps a draft over a reload, counts unread and sends what was recorded", async ({
  page,
  product,
}) => {
  await signIn(page, product, "/chats");
  const readCentre = async () => {
    const answer = await page.request.get(`${product.origin}/sandbox/api/world`);
    return ((await answer.json()) as { mtproto: SandboxMtproto }).mtproto;
  };
  const account = (await readCentre()).accounts.find(({ password }) => password !== null);
  if (!account) throw new Error("The sandbox has no such account");
  await page.getByRole("button", { name: "Link a Telegram account" }).click();
  const sheet = page.getByRole("dialog", { name: "Link a Telegram account" });
  await sheet.getByRole("button", { name: "Agree and continue" }).click();
  await write(sheet.getByLabel("Phone number", { exact: true }), `+${account.phone}`);
  const readCode = async () => (await readCentre()).accounts.find((one) => one.personId === account.personId)?.code;
  await expect.poll(readCode).toBeTruthy();
  await write(sheet.getByLabel("Code from Telegram"), (await readCode()) ?? "");
  await write(sheet.getByLabel("Two-step verification password", { exact: true }), "demo-password");
  await expect(sheet).toBeHidden();
  await page
    .getByRole("list", { name: "Chats of this account" })
    .getByRole("link", { name: /Demo customer 1/ })
    .click();
  const thread = page.getByRole("region", { name: "Chat with Demo customer 1" });

  await page
    .getByRole("button", { name: /^Account / })
    .first()
    .click();
  await page.getByRole("menuitem", { name: /Access and devices/ }).click();
  const access = page.getByRole("dialog", { name: "Access and devices" });
  await access.getByLabel("Which chats").selectOption({ label: "Demo customer 1" });
  await access.getByLabel("For how long").selectOption("day");
  await access.getByRole("button", { name: "Give access" }).click();
  await expect(access.getByRole("listitem").filter({ hasText: "Demo customer 1" })).toContainText("until");
  await page.keyboard.press("Escape");

  const field = thread.getByRole("textbox", { name: "Message to Demo customer 1" });
  await field.fill("A draft that stays");
  // Another page of the agent's has it, from the server.
  const second = await page.context().newPage();
  await second.goto(page.url());
  const there = second.getByRole("textbox", { name: "Message to Demo customer 1" });
  await expect(there).toHaveValue("A draft that stays");
  await second.close();
  await page.reload();
  await expect(field).toHaveValue("A draft that stays");

  // Read here, the chat counts no more; the others do.
  await expect(page.getByRole("link", { name: /^Chats\s*, [1-9]/ })).toBeVisible();

  await thread.getByRole("button", { name: "Record a voice message" }).click();
  const recorder = thread.getByRole("region", { name: "Voice message" });
  await expect(recorder.getByRole("timer")).toHaveText("0:01");
  await recorder.getByRole("button", { name: "Send" }).click();
  await expect(recorder).toBeHidden();
  const sounds = thread.getByRole("log").locator("audio");
  await expect(sounds).toHaveCount(1);

  // Held, it is sent when the button is let go; what Chromium records becomes what Telegram plays.
  const record = thread.getByRole("button", { name: "Record a voice message" });
  await record.hover();
  await page.mouse.down();
  await expect(recorder.getByRole("timer")).toHaveText("0:01");
  await page.mouse.up();
  await expect(recorder).toBeHidden();
  await expect(sounds).toHaveCount(2);
  for (const sound of await sounds.all()) {
    await expect(sound).toHaveAccessibleName(/voice message/i);
    const src = (await sound.getAttribute("src")) ?? "";
    expect((await page.request.get(new URL(src, product.origin).href)).headers()["content-type"]).toMatch(
      /^audio\/ogg/,
    );
    await sound.evaluate((element: HTMLAudioElement) => {
      element.preload = "metadata";
      element.load();
    });
    await expect.poll(() => sound.evaluate(({ duration }: HTMLAudioElement) => duration)).toBeGreaterThan(0.5);
  }
  await expect(field).toHaveValue("A draft that stays");
});
