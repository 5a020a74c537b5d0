import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Api } from "grammy";
import { afterAll, beforeEach, expect, onTestFinished } from "vitest";
import type { SandboxOptions } from "./module.ts";
import { startSandbox } from "./sandbox.ts";
import { callRaw, groupId } from "./testing.ts";

/** A sandbox for all tests of a file, reset before each. */
export async function useSandbox(options?: SandboxOptions) {
  const sandbox = await startSandbox(options);
  beforeEach(() => sandbox.reset());
  afterAll(() => sandbox.close());
  return sandbox;
}

/** The same, with grammY's client of its Bot API. */
export async function useBotApi() {
  const sandbox = await useSandbox();
  return {
    sandbox,
    api: new Api(sandbox.env.TELEGRAM_BOT_TOKEN, { apiRoot: sandbox.origin }),
    /** The call is a bad request for this reason, in the group unless the parameters name a chat. */
    async expectRefusal(method: string, params: Record<string, unknown>, reason: string): Promise<void> {
      const { body } = await callRaw(sandbox, method, { chat_id: groupId(sandbox), ...params });
      expect(body.description).toBe(`Bad Request: ${reason}`);
    },
  };
}

/** A server of the test's own, which is closed after it. @returns its origin */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
