import { type Sandbox, startSandbox } from "@pult/sandbox/sandbox.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerUnderTest } from "../server-under-test.ts";
import { call } from "../support/calls.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { pairs } from "../support/matrix.ts";
import { type ApiClient, connectApi } from "../support/trpc-client.ts";
import { openTwoNodes, type TwoNodes } from "../support/two-nodes.ts";

const SECRET = "webhook-secret-of-two-nodes";

describe.each(pairs())("Telegram and two nodes, %s", (_name, runtimes) => {
  let sandbox: Sandbox;
  let nodes: TwoNodes;
  let client: ApiClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID } = sandbox.env;
    const env = { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID, TELEGRAM_WEBHOOK_SECRET: SECRET };
    nodes = await openTwoNodes({ runtimes, env });
    client = connectApi(nodes.a.origin, ADMIN_KEY);
  });
  afterAll(async () => {
    await client?.close();
    await nodes?.close();
    await sandbox?.close();
  });

  const readiness = async (node: ServerUnderTest) => {
    const answer = await call(node.origin, "/health/ready");
    return { status: answer.status, bot: JSON.parse(answer.text).parts.bot };
  };

  test("both are ready, the one that speaks to Telegram and the one that waits for its turn", async () => {
    for (const node of [nodes.a, nodes.b])
      await eventually(async () => {
        const { status, bot } = await readiness(node);
        return status === 200 && bot === "ok";
      });
  });

  test("an update is worked off at once, whichever of them it comes to", async () => {
    for (const [at, node] of [nodes.a, nodes.b, nodes.a, nodes.b].entries()) {
      const from = { id: 7_100 + at, is_bot: false, first_name: `Visitor ${at}` };
      const chat = { id: from.id, type: "private", first_name: from.first_name };
      const message = { message_id: 1, date: Math.floor(Date.now() / 1000), from, chat, text: "Hello" };
      const json = { update_id: 900_000 + at, message };
      const headers = { "x-telegram-bot-api-secret-token": SECRET };
      expect((await call(node.origin, "/api/webhooks/telegram", { json, headers })).status).toBe(200);
      await eventually(async () => {
        const { conversations } = await client.api.support.inbox.query({ search: String(from.id) });
        return conversations.length === 1;
      }, 4_000);
    }
  });
});
