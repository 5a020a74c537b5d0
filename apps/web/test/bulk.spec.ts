import type { Page } from "@playwright/test";
import type { SandboxMtproto } from "@pult/sandbox/mtproto/control.ts";
import { call, expect, type Product, signIn, test } from "./product.ts";

// A product of its own: an account is linked and people write.
test.use({ settings: {} });

const post = async (page: Page, { origin }: Product, path: string, data: object) => {
  const answer = await page.request.post(`${origin}/sandbox/api/mtproto/${path}`, { data });
  expect(answer.status()).toBe(200);
  return answer.json();
};

async function readCentre(page: Page, { origin }: Product): Promise<SandboxMtproto> {
  const answer = await page.request.get(`${origin}/sandbox/api/world`);
  return ((await answer.json()) as { mtproto: SandboxMtproto }).mtproto;
}

/** Links a new account that people have written to, and makes them contacts. */
async function prepare(page: Page, product: Product) {
  const phone = "79990001199";
  const { accountId: me } = await post(page, product, "accounts", { firstName: "Shop", phone });
  const people: { id: number; chat: string }[] = [];
  for (const [at, firstName] of ["Anna", "Boris", "Clara"].entries()) {
    const { personId } = await post(page, product, "people", {
      firstName,
      lastName: "Mailing",
      phone: `7999000120${at}`,
    });
    const { chat } = await post(page, product, "messages", { from: personId, to: me, text: "Hello" });
    people.push({ id: personId, chat });
    const telegramUserId = String(personId);
    await call(page, product, "chats.contacts.create", { name: `${firstName} Mailing`, telegramUserId });
  }
  const { sessionId: accountId } = await call<{ sessionId: string }>(page, product, "chats.link.init", {});
  await call(page, product, "chats.link.requestCode", { sessionId: accountId, phoneNumber: `+${phone}` });
  const codeOf = async () => (await readCentre(page, product)).accounts.find(({ personId }) => personId === me)?.code;
  await expect.poll(codeOf).toBeTruthy();
  await call(page, product, "chats.link.signIn", { sessionId: accountId, code: await codeOf() });
  const input = encodeURIComponent(JSON.stringify({ accountId }));
  await expect
    .poll(async () => {
      const answer = await page.request.get(`${product.origin}/trpc/chats.accounts.get?input=${input}`);
      return (await answer.json()).result?.data.health.connection;
    })
    .toBe("connected");
  const allDay = { windowFrom: "00:00", windowTo: "00:00" };
  await call(page, product, "chats.bulk.setSettings", { accountId, gapSeconds: 1, ...allDay });
  await call(page, product, "chats.accounts.share", { accountId, role: "Admin", access: "write" });
  await call(page, product, "chats.accounts.share", { accountId, role: "Moderator", access: "write" });
  const write = (at: number, text: string) => post(page, product, "messages", { from: people[at]?.id, to: me, text });
  const textsOf = async (at: number) => {
    const answer = await page.request.get(`${product.origin}/sandbox/api/mtproto/chats/${people[at]?.chat}`);
    return ((await answer.json()) as { messages: { text: string }[] }).messages.map(({ text }) => text);
  };
  return { accountId, write, textsOf };
}

test("a bulk message: who gets it and why not, approved by a colleague, sent, and stopped by /stop", async ({
  page,
  other,
  product,
}) => {
  await signIn(page, product, "/contacts");
  const { write, textsOf } = await prepare(page, product);
  await write(0, "/agree");
  await page.goto(`${product.origin}/contacts?q=Mailing`);
  await expect(page.getByText("3 found")).toBeVisible();
  await page.getByRole("checkbox", { name: "Select all loaded" }).check();
  await page.getByRole("toolbar").getByRole("button", { name: "Message" }).click();
  const sheet = page.getByRole("dialog", { name: "New bulk message" });
  await sheet.getByLabel("Name", { exact: true }).fill("Spring news");
  await sheet.getByLabel("From").selectOption({ label: "Shop" });
  await sheet.getByLabel("Message").fill("Dear {first_name}, our spring mugs are here.");
  await sheet.getByRole("button", { name: "Save" }).click();

  await page.waitForURL(/\/contacts\/bulk\?open=/);
  const recipients = page.getByRole("region", { name: "Recipients" });
  await expect(recipients.getByRole("listitem").filter({ hasText: "Anna" })).toContainText(
    "Dear Anna, our spring mugs",
  );
  await expect(recipients.getByRole("listitem").filter({ hasText: "Clara" })).toContainText("No agreement on record");
  const boris = recipients.getByRole("listitem").filter({ hasText: "Boris" });
  await boris.getByRole("button", { name: "Record agreement" }).click();
  const agreement = page.getByRole("dialog", { name: "Boris Mailing agreed" });
  await agreement.getByRole("button", { name: "Record agreement" }).click();
  await expect(agreement.getByText("Say how they agreed")).toBeVisible();
  await agreement.getByLabel("How do you know?").fill("Asked at the counter");
  await agreement.getByRole("button", { name: "Record agreement" }).click();
  await expect(boris).toContainText("Dear Boris");
  await page.getByRole("button", { name: "Ask for approval" }).click();
  await expect(page.getByText("Waits for another person")).toBeVisible();

  await signIn(other, { ...product, agent: product.colleague }, "/contacts/bulk");
  await other.getByRole("button", { name: /Spring news/ }).click();
  await write(1, "Stop");
  await expect(other.getByRole("listitem").filter({ hasText: "Boris" })).toContainText("Wrote /stop");
  await other.getByRole("button", { name: "Approve" }).click();
  await other.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText("Done", { exact: true }).first()).toBeVisible({ timeout: 30_000 });
  expect((await textsOf(0)).at(-1)).toBe("Dear Anna, our spring mugs are here.\n\n/stop to unsubscribe");
  for (const at of [1, 2]) expect((await textsOf(at)).some((text) => text.startsWith("Dear"))).toBe(false);
  expect((await textsOf(1)).at(-1)).toContain("You are unsubscribed");
});
