import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { parseEnv } from "./env.ts";
import { loadSecrets } from "./secrets.ts";

const directories: string[] = [];
function directory(): string {
  const made = mkdtempSync(join(tmpdir(), "pult-secrets-"));
  directories.push(made);
  return made;
}
afterEach(() => {
  for (const made of directories.splice(0)) rmSync(made, { recursive: true });
});

const shared = {
  REDIS_URL: "redis://localhost",
  DATABASE_URL: "postgres://localhost/pult",
  JWT_SECRET: "a secret of sixteen or more",
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64"),
  VAPID_PUBLIC_KEY: "B".repeat(87),
  VAPID_PRIVATE_KEY: "p".repeat(43),
};
const load = (env: Record<string, string>) => loadSecrets(parseEnv({ DATA_DIR: directory(), ...env }));

it("loadSecrets gives nodes with the same environment the same secrets, each for its purpose, and keeps nothing", () => {
  const DATA_DIR = directory();
  const one = load({ ...shared, DATA_DIR });
  expect(load(shared)).toEqual(one);
  expect(existsSync(join(DATA_DIR, "secrets.json"))).toBe(false);
  expect(new Set([one.jwtSecret, one.mediaSecret, one.webhookSecret]).size).toBe(3);
  expect(one.webhookSecret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(one).toMatchObject({
    jwtSecret: shared.JWT_SECRET,
    vapid: { publicKey: shared.VAPID_PUBLIC_KEY, privateKey: shared.VAPID_PRIVATE_KEY },
  });
  const other = load({ ...shared, JWT_SECRET: "another secret of the kind" });
  expect(other.mediaSecret).not.toBe(one.mediaSecret);
  expect(load({ ...shared, TELEGRAM_WEBHOOK_SECRET: "hook" }).webhookSecret).toBe("hook");
});

it("loadSecrets makes a single node's secrets once", () => {
  const DATA_DIR = directory();
  const one = load({ DATA_DIR });
  expect(load({ DATA_DIR })).toEqual(one);
  expect(load({})).not.toEqual(one);
});
