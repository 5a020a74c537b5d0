import { startSandbox } from "@pult/sandbox/sandbox.ts";
import { describe, expect, test } from "vitest";
import { sendMessage } from "../support/calls.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { nodePair } from "../support/matrix.ts";
import { textsOf, topicOf } from "../support/support-group.ts";
import { openTwoNodes } from "../support/two-nodes.ts";

const MESSAGES = 60;
/** A lease ends 1.2 s after its last renewal, and the other node asks for it every 0.3 s; the rest is a slow machine. */
const TAKEOVER_MS = 15_000;

describe.each(nodePair())("Two nodes with a bot, %s", (_name, runtimes) => {
  test("kill -9 of the node that delivers: the other goes on within seconds, in order, at most one call repeated", async () => {
    const sandbox = await startSandbox();
    const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID } = sandbox.env;
    const env = { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID };
    const nodes = await openTwoNodes({ runtimes, speed: 5, env });
    try {
      const write = async (message: string) => {
        const fields = { user_id: "takeover", user_name: "takeover", message };
        expect((await sendMessage(nodes.b, fields, { token: ADMIN_KEY })).status).toBe(200);
      };
      const sent = Array.from({ length: MESSAGES }, (_, at) => `message ${at}`);
      await write("begin");
      const { threadId } = await topicOf(sandbox, "takeover");
      const shown = () => textsOf(sandbox, threadId);
      await sandbox.until(() => shown().includes("begin"));
      const writeAll = async () => {
        for (const text of sent) await write(text);
      };
      const writing = writeAll();
      // Started first, the node holds the bot's lease.
      await sandbox.until(() => shown().length > 10, 20_000);
      await nodes.a.kill();
      await writing;
      await sandbox.until(() => shown().includes(sent.at(-1) ?? ""), TAKEOVER_MS);
      const once = shown().filter((text, at, all) => text !== all[at - 1]);
      expect(once).toEqual(["begin", ...sent]);
      expect(shown().length - once.length).toBeLessThanOrEqual(1);
    } finally {
      await nodes.stop();
      await sandbox.close();
    }
  });
});
