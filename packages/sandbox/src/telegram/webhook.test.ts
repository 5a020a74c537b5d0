import type { IncomingHttpHeaders } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { Bot, webhookCallback } from "grammy";
import type { Update, WebhookInfo } from "grammy/types";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sandbox } from "../sandbox.ts";
import { startSandbox } from "../sandbox.ts";
import { callRaw, findUser } from "../testing.ts";
import { serve } from "../use-sandbox.ts";

interface Delivery {
  update: Update;
  headers: IncomingHttpHeaders;
}

let sandbox: Sandbox;
let url: string;
let deliveries: Delivery[];
/** What the webhook answers next; 200 when there is none left. */
let statuses: number[];
let onDelivery: () => void;

beforeEach(async () => {
  sandbox = await startSandbox();
  deliveries = [];
  statuses = [];
  onDelivery = () => {};
  const origin = await serve(async (request, response) => {
    deliveries.push({ update: JSON.parse(await textOf(request)), headers: request.headers });
    response.writeHead(statuses.shift() ?? 200).end();
    onDelivery();
  });
  url = `${origin}/hook`;
});

afterEach(() => sandbox.close());

function write(text: string): void {
  const { id } = findUser(sandbox, "customer");
  sandbox.telegram.sendAsUser({ userId: id, chatId: id, text });
}

function deliveriesReach(count: number): Promise<void> {
  return new Promise((resolve) => {
    onDelivery = () => {
      if (deliveries.length >= count) resolve();
    };
    onDelivery();
  });
}

const texts = () => deliveries.map(({ update }) => update.message?.text);

test("delivers updates in order with the secret, including those from before the webhook", async () => {
  write("before");
  const set = await callRaw(sandbox, "setWebhook", { url, secret_token: "Se-cret_1" });
  expect(set.body).toEqual({ ok: true, result: true });
  write("after");
  await deliveriesReach(2);
  expect(texts()).toEqual(["before", "after"]);
  expect(deliveries[0]?.headers).toMatchObject({
    "x-telegram-bot-api-secret-token": "Se-cret_1",
    "content-type": "application/json",
  });
});

test("delivers to a grammY bot, which rejects another secret", async () => {
  const bot = new Bot(sandbox.env.TELEGRAM_BOT_TOKEN, { client: { apiRoot: sandbox.origin } });
  bot.on("message:text", (ctx) => ctx.reply(`You said ${ctx.message.text}`));
  const target = `${await serve(webhookCallback(bot, "http", { secretToken: "right" }))}/`;
  await bot.api.setWebhook(target, { secret_token: "wrong" });
  write("hello");
  await expect
    .poll(async () => (await bot.api.getWebhookInfo()).last_error_message)
    .toBe("Wrong response from the webhook: 401 Unauthorized");
  expect(sandbox.calls.filter(({ method }) => method === "sendMessage")).toEqual([]);
  await bot.api.setWebhook(target, { secret_token: "right" });
  await sandbox.until(() => sandbox.world().privateChats[0]?.messages.some(({ text }) => text === "You said hello"));
});

test("repeats an update until 2xx while later ones wait", async () => {
  statuses = [500, 500];
  await callRaw(sandbox, "setWebhook", { url });
  write("one");
  write("two");
  await deliveriesReach(2);
  const { body } = await callRaw<WebhookInfo>(sandbox, "getWebhookInfo");
  expect(body.result).toMatchObject({ url, pending_update_count: 2 });
  expect(body.result.last_error_message).toBe("Wrong response from the webhook: 500 Internal Server Error");
  await deliveriesReach(4);
  expect(texts()).toEqual(["one", "one", "one", "two"]);
});

test("drop_pending_updates drops earlier updates", async () => {
  write("old");
  await callRaw(sandbox, "setWebhook", { url, drop_pending_updates: true });
  write("new");
  await deliveriesReach(1);
  expect(texts()).toEqual(["new"]);
});

test("delivers no update while Telegram is down, and all of them afterwards", async () => {
  await callRaw(sandbox, "setWebhook", { url });
  sandbox.setFaults({ telegramDown: true });
  write("kept");
  for (let round = 0; round < 5; round += 1) await (await fetch(`${sandbox.origin}/control/world`)).text();
  expect(deliveries).toEqual([]);
  sandbox.setFaults({ telegramDown: false });
  await deliveriesReach(1);
  expect(texts()).toEqual(["kept"]);
});

test("keeps undelivered updates for polling after deleteWebhook", async () => {
  await callRaw(sandbox, "setWebhook", { url });
  await callRaw(sandbox, "deleteWebhook");
  write("polled");
  const { body } = await callRaw<Update[]>(sandbox, "getUpdates");
  expect(body.result).toHaveLength(1);
  expect(deliveries).toEqual([]);
});

test("setWebhook rejects an invalid URL and a secret with illegal characters", async () => {
  expect((await callRaw(sandbox, "setWebhook", { url: "ftp://x" })).body.description).toBe(
    "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
  );
  expect((await callRaw(sandbox, "setWebhook", { url, secret_token: "no spaces" })).body.description).toBe(
    "Bad Request: secret token contains illegal characters",
  );
});
