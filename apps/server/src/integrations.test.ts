import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestLog } from "@pult/api/testing/test-log.ts";
import { afterEach, describe, expect, test } from "vitest";
import { createGramjs } from "./adapters/gramjs/clients.ts";
import { parseEnv } from "./env.ts";
import { type Integrations, openIntegrations } from "./integrations.ts";

const API = { TELEGRAM_API_ID: "4711", TELEGRAM_API_HASH: "a".repeat(32) };
const SILENT = { onUpdates: () => {}, onState: () => {}, onExpired: () => {}, onSession: () => {} };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function open(variables: Record<string, string>): Promise<Integrations> {
  const directory = mkdtempSync(join(tmpdir(), "pult-integrations-"));
  ends.push(() => rmSync(directory, { recursive: true }));
  const env = parseEnv({ DATA_DIR: directory, ...variables });
  const opened = await openIntegrations(env, { jwtSecret: new Uint8Array(32), log: new TestLog() });
  ends.push(() => opened.sandbox?.close());
  return opened;
}

describe("Linked Telegram accounts", () => {
  test("are the sandbox's while nothing is configured", async () => {
    const { mtproto } = await open({ SANDBOX: "1" });
    if (!mtproto.api) throw new Error("The sandbox has no application");
    const options = { api: mtproto.api, session: null, device: "Test", ...SILENT };
    const connection = await createGramjs(mtproto).connect(options);
    expect(connection.isUp).toBe(true);
    await connection.close();
  });

  test("are Telegram's as soon as an application is named", async () => {
    const api = { id: 4711, hash: API.TELEGRAM_API_HASH };
    expect((await open({ SANDBOX: "1", ...API })).mtproto).toEqual({ api, dataCentre: null });
    expect((await open({})).mtproto).toEqual({ api: null, dataCentre: null });
  });
});
