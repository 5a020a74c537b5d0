import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { createTestDatabase } from "@pult/db/testing.ts";
import { sql } from "drizzle-orm";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabaseAt } from "../server-under-test.ts";
import { signInitData } from "../support/callers.ts";
import { type Answer, type CallOptions, call, sendMessage } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, type Installation, JWT_SECRET, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";

import { signInDemoAgent } from "../support/trpc-client.ts";

const ENCRYPTION_KEY = Buffer.from("an encryption key of 32 bytes!!!");
const WEBHOOK_SECRET = "webhook-secret-canary-7c1f";
const NEW_PASSWORD = "canary password 5d0e";

/** Everything that is in the database, as text. */
async function dump(db: Database): Promise<string> {
  const tables = rowsOf<{ name: string }>(
    await db.execute(
      sql`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not like 'pg\\_%' and schemaname <> 'information_schema'`,
    ),
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = rowsOf<{ row: string }>(await db.execute(sql.raw(`select t::text as row from ${name} t`)));
    texts.push(`${name}\n${rows.map(({ row }) => row).join("\n")}`);
  }
  return texts.join("\n");
}

describe.each(mainCell())("Canary secrets on %s", (_name, cell) => {
  let installation: Installation;
  let origin: string;
  let dataDir: string;
  let databaseUrl: string | null = null;
  let drop: () => Promise<void> = async () => {};
  /** By what they are. Every one of them has been used, rightly and wrongly. */
  const secrets: Record<string, string> = {};
  /** What was answered, but for the one answer that shows a secret to its owner. */
  const bodies: string[] = [];

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "pult-canaries-"));
    if (cell.database === "postgres") {
      const database = await createTestDatabase();
      databaseUrl = database.url;
      drop = database.drop;
    }
    installation = await openInstallation({
      ...cell,
      demo: true,
      dataDir,
      ...(databaseUrl ? { databaseUrl } : {}),
      env: {
        LOG_LEVEL: "trace",
        METRICS_PORT: "0",
        ENCRYPTION_KEY: ENCRYPTION_KEY.toString("base64"),
        TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
      },
    });
    origin = installation.server.origin;
  });
  afterAll(async () => {
    await installation?.close();
    await drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function ask(path: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await call(origin, path, options);
    bodies.push(
      answer.text,
      JSON.stringify(Object.fromEntries([...answer.headers].filter(([name]) => name !== "set-cookie"))),
    );
    return answer;
  }
  /** An answer that shows a secret, once, to whom it belongs. */
  const take = async <Result>(path: string, options: CallOptions): Promise<Result> => {
    const { status, text } = await call(origin, path, options);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return JSON.parse(text).result.data;
  };

  test("are used at every route, rightly and wrongly", async () => {
    const { email, password } = installation.demoAgent();
    Object.assign(secrets, {
      "bot token": installation.sandbox.env.TELEGRAM_BOT_TOKEN,
      "JWT secret": JWT_SECRET,
      "encryption key": ENCRYPTION_KEY.toString("base64"),
      "encryption key, raw": ENCRYPTION_KEY.toString(),
      "admin key": ADMIN_KEY,
      "webhook secret": WEBHOOK_SECRET,
      "first password": password,
      password: NEW_PASSWORD,
    });
    const kept = JSON.parse(readFileSync(join(dataDir, "secrets.json"), "utf8"));
    secrets["media secret"] = kept.mediaSecret;
    secrets["VAPID key"] = kept.vapid.privateKey;

    secrets.session = await signInDemoAgent(installation);
    const own = { headers: { origin, cookie: `pult_session=${secrets.session}` } };
    const { key } = await take<{ key: string }>("/trpc/auth.apiKeys.create", {
      token: ADMIN_KEY,
      json: { name: "Canary", scopes: ["support:write"] },
    });
    secrets["API key"] = key;
    secrets.ticket = (await take<{ ticket: string }>("/trpc/auth.ticket", { ...own, json: {} })).ticket;
    secrets["socket token"] = (
      await take<{ token: string }>("/trpc/auth.socketToken", {
        token: key,
        json: { audience: "support", userId: "canary" },
      })
    ).token;
    const initData = signInitData(secrets["bot token"] ?? "", { id: 5_001 });
    secrets["hash of init data"] = /hash=([0-9a-f]+)/.exec(initData)?.[1] ?? "";
    secrets["Mini App session"] = (await take<{ token: string }>("/trpc/auth.miniApp", { json: { initData } })).token;
    secrets["customer's token"] = await mintToken({ sub: "canary" });
    const { secret } = await take<{ secret: string }>("/trpc/auth.totp.begin", { ...own, json: {} });
    secrets["TOTP secret"] = secret;
    secrets["TOTP secret, hex"] = Secret.fromBase32(secret).hex.toLowerCase();
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const { backupCodes } = await take<{ backupCodes: string[] }>("/trpc/auth.totp.confirm", {
      ...own,
      json: { code },
    });
    secrets["backup code"] = backupCodes[0] ?? "";
    secrets["backup code, bare"] = (backupCodes[1] ?? "").replace("-", "");
    await ask("/trpc/auth.password.change", { ...own, json: { current: password, next: NEW_PASSWORD } });
    await ask("/trpc/auth.signIn", { json: { email, password: NEW_PASSWORD }, headers: { origin } });
    await ask("/trpc/auth.signIn", { json: { email, password: NEW_PASSWORD, code: "000000" }, headers: { origin } });
    await ask("/trpc/auth.signIn", {
      json: { email, password: NEW_PASSWORD, code: backupCodes[2] },
      headers: { origin },
    });
    await ask("/trpc/auth.signIn", { json: { email: `${email}x`, password: NEW_PASSWORD }, headers: { origin } });
    expect(Object.values(secrets).every((value) => value.length > 8)).toBe(true);
  });

  test("are shown in every wrong place, too", async () => {
    await sendMessage(origin, { user_id: "canary", message: "A message" }, { token: secrets["API key"] ?? "" });
    for (const secret of Object.values(secrets)) {
      const shown = encodeURIComponent(secret);
      const headers = { "x-api-key": secret.replaceAll("\n", "") };
      await ask("/trpc/auth.me", { headers });
      await ask(`/trpc/auth.me?input=${shown}`, { headers: { authorization: `Bearer ${shown}` } });
      // An unknown path is named only to the caller who requested it.
      await call(origin, `/trpc/${shown}`);
      await ask("/trpc/auth.signIn", {
        json: { email: "nobody@example.com", password: secret, code: secret.slice(0, 32) },
      });
      await ask("/trpc/auth.miniApp", { json: { initData: `user=${shown}&hash=${shown}` } });
      await ask("/send_message", {
        raw: `{"user_id":"canary","message":${secret}`,
        headers: { "content-type": "application/json" },
      });
      await ask("/send_message", { json: { user_id: "canary", message: "x" }, headers: { authorization: secret } });
      await ask(`/check_device/canary?token=${shown}`);
      await ask(`/uploads/none.png?e=1&s=${shown}`);
      await ask("/api/webhooks/telegram", {
        json: { update_id: 1 },
        headers: { "x-telegram-bot-api-secret-token": shown },
      });
      await ask(`/nowhere/${shown}?x=${shown}`);
      const chat = connectChat(origin, { auth: { token: secret } });
      await chat.join("canary");
      bodies.push(JSON.stringify(chat.events.all));
      chat.close();
    }
  }, 120_000);

  test("are handed to a query that fails, where the database is within reach", async () => {
    if (databaseUrl === null) return;
    const words = "canary words 3b91";
    secrets["words of a customer whose message failed"] = words;
    const { db, close } = await openDatabaseAt(databaseUrl, "");
    await db.execute(sql`alter table messages rename to messages_away`);
    const answer = await sendMessage(
      origin,
      { user_id: "canary", message: words },
      { token: secrets["API key"] ?? "" },
    );
    await db.execute(sql`alter table messages_away rename to messages`);
    await close();
    expect([answer.status, answer.body.error]).toEqual([500, "Internal server error"]);
    expect(installation.server.logs()).toContain('"level":"error"');
  });

  test("are in no log, metric, error or row", async () => {
    const served = /"origin":"([^"]+)","msg":"Serving metrics"/.exec(installation.server.logs())?.[1];
    const metrics = await (await fetch(`${served}/metrics`)).text();
    expect(metrics).toContain("# TYPE");
    expect(installation.server.logs()).toContain('"msg":"Listening"');
    await installation.server.kill();
    const database = await openDatabaseAt(databaseUrl, join(dataDir, "pglite"));
    const rows = await dump(database.db).finally(() => database.close());
    expect(rows.includes("A message")).toBe(true);
    const places = { logs: installation.server.logs(), metrics, answers: bodies.join("\n"), rows };
    const found = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(secrets).flatMap(([name, secret]) =>
        [secret, Buffer.from(secret).toString("base64").replaceAll("=", ""), Buffer.from(secret).toString("hex")].some(
          (form) => text.includes(form),
        )
          ? [`${name} in ${place}`]
          : [],
      ),
    );
    expect(found).toEqual([]);
  });
});
