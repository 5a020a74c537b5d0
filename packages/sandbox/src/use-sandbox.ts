import { Api } from "grammy";
import { afterAll, beforeEach } from "vitest";
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
    /** Why a call is refused, in the group unless the parameters name a chat. */
    async refusal(method: string, params: Record<string, unknown>): Promise<string | undefined> {
      return (await callRaw(sandbox, method, { chat_id: groupId(sandbox), ...params })).body.description;
    },
  };
}
