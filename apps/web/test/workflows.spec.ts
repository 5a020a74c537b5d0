import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Page } from "@playwright/test";
import type { SandboxMtproto } from "@pult/sandbox/mtproto/control.ts";
import { call, expect, type Product, signIn, test } from "./product.ts";

// A product of its own: accounts are linked and people write.
test.use({ settings: {} });

interface Heard {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A receiver on this machine, which a product with a sandbox may call. */
async function startReceiver() {
  const heard: Heard[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    heard.push({ headers: request.headers, body: await text(request) });
    response.writeHead(answers.shift() ?? 200).end("taken");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    heard,
    /** Statuses of the next answers; then 200. */
    answers,
    bodies: () => heard.map(({ body }) => JSON.parse(body)),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const isSigned = ({ headers, body }: Heard, secret: string): boolean => {
  const parts = String(headers["x-pult-signature"]).split(",");
  const time = parts[0]?.replace("t=", "");
  return parts.includes(`v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`);
};

async function readCentre(page: Page, { origin }: Product): Promise<SandboxMtproto> {
  const answer = await page.request.get(`${origin}/sandbox/api/world`);
  return ((await answer.json()) as { mtproto: SandboxMtproto }).mtproto;
}

/** Links the account of the sandbox that has no password, without the page; again, as a new device. @returns how a customer writes to it */
async function linkAccount(page: Page, product: Product) {
  const { accounts, people } = await readCentre(page, product);
  const account = accounts.find(({ password }) => password === null);
  const customer = people.find(({ name }) => name === "Demo customer 1");
  if (!account || !customer) throw new Error("The sandbox has no such account");
  const { sessionId } = await call<{ sessionId: string }>(page, product, "chats.link.init", {});
  await call(page, product, "chats.link.requestCode", { sessionId, phoneNumber: `+${account.phone}` });
  const codeOf = async () =>
    (await readCentre(page, product)).accounts.find(({ personId }) => personId === account.personId)?.code;
  await expect.poll(codeOf).toBeTruthy();
  await call(page, product, "chats.link.signIn", { sessionId, code: await codeOf() });
  const input = encodeURIComponent(JSON.stringify({ accountId: sessionId }));
  const readConnection = async () => {
    const answer = await page.request.get(`${product.origin}/trpc/chats.accounts.get?input=${input}`);
    return (await answer.json()).result?.data.health.connection;
  };
  // What is written before is no news to the account.
  await expect.poll(readConnection).toBe("connected");
  const write = async (words: string) => {
    const data = { from: customer.id, to: account.personId, text: words };
    const answer = await page.request.post(`${product.origin}/sandbox/api/mtproto/messages`, { data });
    expect(answer.status()).toBe(200);
  };
  return { sessionId, write };
}

test("a webhook is added, tested, told of a message, shown and called again, on a narrow screen too", async ({
  page,
  product,
}) => {
  await using receiver = await startReceiver();
  await signIn(page, product, "/settings/webhooks");
  await page.getByRole("button", { name: "Add webhook" }).first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill("Parcel CRM");
  await sheet.getByLabel("Address").fill("http://10.0.0.7/hook");
  await sheet.getByRole("button", { name: "Add webhook" }).click();
  await expect(sheet.getByText("The address must be https and reachable from the internet.")).toBeVisible();
  await sheet.getByLabel("Address").fill(receiver.url);
  await sheet.getByRole("checkbox", { name: "All events, new types too" }).uncheck();
  await sheet.getByRole("button", { name: "Add webhook" }).click();
  const secret = await sheet.getByLabel("Signing secret").inputValue();
  expect(secret).toMatch(/^whsec_/);
  await sheet.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row", { name: /Parcel CRM/ });
  await expect(row).toContainText("1 event");

  const act = async (name: string) => {
    await row.getByRole("button", { name: "Actions for Parcel CRM" }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  receiver.answers.push(503);
  await act("Send a test");
  // A fault is also read aloud, from an element of its own.
  await expect(page.getByText("The test was not delivered to Parcel CRM").first()).toBeVisible();

  const { write } = await linkAccount(page, product);
  await write("Where is my parcel?");
  await expect.poll(() => receiver.bodies().at(-1)?.message?.text).toBe("Where is my parcel?");
  const [told] = receiver.heard.slice(-1);
  expect(told && isSigned(told, secret)).toBe(true);

  await act("Replace the secret");
  await page.getByRole("dialog").getByRole("button", { name: "Replace the secret" }).click();
  const renewed = await sheet.getByLabel("Signing secret").inputValue();
  await sheet.getByRole("button", { name: "Done" }).click();
  await page.setViewportSize({ width: 390, height: 780 });
  await expect(row).toContainText("Working");
  await act("Deliveries");
  const list = page.getByRole("list", { name: "Deliveries" });
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await expect(list.getByRole("listitem").last()).toContainText("failed");
  await list.getByRole("button", { name: /New message/ }).click();
  const before = receiver.heard.length;
  await list.getByRole("button", { name: "Send again" }).click();
  await expect.poll(() => receiver.heard.length).toBe(before + 1);
  const [again] = receiver.heard.slice(-1);
  expect(again?.headers["x-pult-event-id"]).toBe(told?.headers["x-pult-event-id"]);
  expect(again && isSigned(again, secret) && isSigned(again, renewed)).toBe(true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await page.keyboard.press("Escape");
  await act("Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No webhooks yet")).toBeVisible();
});

test("an automation is tried, made, answers a message and shows its run, on a narrow screen too", async ({
  page,
  product,
}) => {
  await page.setViewportSize({ width: 390, height: 780 });
  await signIn(page, product, "/settings/automations");
  const { sessionId, write } = await linkAccount(page, product);
  await page.getByRole("button", { name: "New automation" }).first().click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name").fill("Price list");
  await sheet.getByLabel("Text of the message").selectOption("Has one of these words");
  await sheet.getByRole("textbox", { name: "Words" }).fill("price\ncost\n");
  await sheet.getByRole("button", { name: "Create automation" }).click();
  await expect(sheet.getByText("Something is missing or not valid here.")).toBeVisible();
  await sheet.getByLabel("Text of the reply").fill("Hello {firstName}, 10 EUR");
  await sheet.getByLabel("Add a condition").selectOption("Type of chat");
  await expect(sheet.getByRole("checkbox", { name: "Private" })).toBeChecked();
  await sheet.getByLabel("Add an action").selectOption("Notify an agent");
  await sheet.getByRole("button", { name: "Try on the last 7 days" }).click();
  await expect(sheet.getByRole("status").filter({ hasText: "Would not have run in 7 days" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await sheet.getByRole("button", { name: "Create automation" }).click();
  const row = page.getByRole("row", { name: /Price list/ });
  await expect(row.getByRole("switch", { name: "Price list is on" })).toBeChecked();

  await write("What is the price?");
  const input = encodeURIComponent(JSON.stringify({ accountId: sessionId, query: "10 EUR" }));
  const readReplies = async () => {
    const answer = await page.request.get(`${product.origin}/trpc/chats.search?input=${input}`);
    const { items } = (await answer.json()).result.data as { items: { text: string; isOutgoing: boolean }[] };
    return items.map(({ text, isOutgoing }) => [text, isOutgoing]);
  };
  await expect.poll(readReplies).toEqual([["Hello Demo customer, 10 EUR", true]]);
  await row.getByRole("button", { name: "Actions for Price list" }).click();
  await page.getByRole("menuitem", { name: "Runs" }).click();
  const runs = page.getByRole("list", { name: "Runs" });
  await runs.getByRole("button", { name: /Demo customer 1/ }).click();
  await expect(runs).toContainText("Type of chatholdsReplydoneNotify an agentdone");
  await page.keyboard.press("Escape");
  await row.getByRole("switch", { name: "Price list is on" }).click();
  await expect(row.getByRole("switch", { name: "Price list is on" })).not.toBeChecked();
  await row.getByRole("button", { name: "Actions for Price list" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("No automations yet")).toBeVisible();
});
