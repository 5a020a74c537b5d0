import { findUser } from "@pult/sandbox/testing.ts";
import { describe, expect, test } from "vitest";
import { call } from "../support/calls.ts";
import { rowOf } from "../support/desk.ts";
import { openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { callApi } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const SECRET = "webhook-secret_of-the-tests";

describe.each(mainCell())("Telegram's webhook on %s", (_name, cell) => {
  const env = { PUBLIC_URL: "https://desk.example.com", TELEGRAM_WEBHOOK_SECRET: SECRET };
  const server = useServer(() => openInstallation({ ...cell, speed: 5, env }));

  function updateOf(update_id: number, text: string, messageId = update_id): object {
    const { id, name } = findUser(server.sandbox, "customer");
    const from = { id, is_bot: false, first_name: name };
    return { update_id, message: { message_id: messageId, from, chat: { id, type: "private" }, date: 1, text } };
  }
  const post = (json: unknown, secret?: string) =>
    call(server, "/api/webhooks/telegram", {
      json,
      headers: secret === undefined ? {} : { "x-telegram-bot-api-secret-token": secret },
    });

  /** What the customer's conversation holds. */
  async function texts(): Promise<string[]> {
    const { id } = findUser(server.sandbox, "customer");
    const row = await rowOf(server, String(id)).catch(() => null);
    if (!row) return [];
    const { messages } = await callApi(server).support.conversation.query({ conversationId: row.id });
    return messages.filter(({ kind }) => kind === "customer").map(({ text }) => text);
  }

  test("is set at Telegram with its secret, instead of polling", async () => {
    const set = await eventually(async () => server.sandbox.calls.find(({ method }) => method === "setWebhook"));
    expect(set?.params).toMatchObject({ url: "https://desk.example.com/api/webhooks/telegram", secret_token: SECRET });
    expect(server.sandbox.calls.filter(({ method }) => method === "getUpdates")).toEqual([]);
  });

  test("without the secret header, or with a wrong one, it is 401 and nothing is stored", async () => {
    for (const secret of [undefined, "", "wrong", `${SECRET}x`, SECRET.slice(0, -1), SECRET.toUpperCase()]) {
      expect((await post(updateOf(1, "forged"), secret)).status).toBe(401);
    }
    expect((await post(updateOf(2, "genuine"), SECRET)).status).toBe(200);
    await eventually(async () => (await texts()).includes("genuine"));
    expect(await texts()).toEqual(["genuine"]);
  });

  test("the same update, ten times at once and again later, has one effect", async () => {
    const update = updateOf(10, "once");
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(update, SECRET)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await eventually(async () => (await texts()).includes("once"));
    await post(update, SECRET);
    await post(updateOf(11, "next"), SECRET);
    await eventually(async () => (await texts()).includes("next"));
    expect((await texts()).filter((text) => text === "once")).toHaveLength(1);
  });

  test("rejects a non-update with 400, and accepts a meaningless update without harm", async () => {
    for (const json of [null, [], "x", {}, { update_id: "1" }, { update_id: 1.5 }]) {
      expect((await post(json, SECRET)).status).toBe(400);
    }
    const from = { id: 1 };
    const odd = [
      { update_id: 20 },
      { update_id: 21, message: null },
      { update_id: 22, message: { message_id: {}, chat: [], from: 5 } },
      { update_id: 23, message: { message_id: 1, from, chat: { id: -5, type: "group" }, text: "elsewhere" } },
      { update_id: 24, edited_message: { message_id: 99, from, chat: { id: 1, type: "private" }, text: "?" } },
      { update_id: 25, something_new: { deep: [[[]]] } },
      { update_id: 26, __proto__: { message: 1 } },
    ];
    for (const json of odd) expect((await post(json, SECRET)).status).toBe(200);
    expect((await post(updateOf(27, "after the odd"), SECRET)).status).toBe(200);
    await eventually(async () => (await texts()).includes("after the odd"));
  });

  test("acknowledged is stored: a kill right after the answer loses no update", async () => {
    for (let n = 0; n < 5; n++)
      expect((await post(updateOf(100 + n, `before the kill ${n}`), SECRET)).status).toBe(200);
    await server.kill();
    await server.restart();
    await eventually(async () => (await texts()).includes("before the kill 4"));
    const kept = (await texts()).filter((text) => text.startsWith("before the kill"));
    expect(kept).toEqual([0, 1, 2, 3, 4].map((n) => `before the kill ${n}`));
  });
});
