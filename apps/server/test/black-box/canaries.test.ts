import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "@pult/api/testing/browser.ts";
import { dumpTables } from "@pult/api/testing/dump.ts";
import { sql } from "drizzle-orm";
import { Secret } from "otpauth";
import { afterAll, describe, expect, test } from "vitest";
import { type Answer, type CallOptions, call, sendMessage } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, JWT_SECRET, mintToken, openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw } from "../support/raw-socket.ts";
import { makeStore, withDatabase } from "../support/stored.ts";
import { demoAgentOf, initDataOf, signInAt } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const ENCRYPTION_KEY = Buffer.from("an encryption key of 32 bytes!!!");
const WEBHOOK_SECRET = "webhook-secret-canary-7c1f";
const INSTAGRAM = {
  INSTAGRAM_APP_SECRET: "instagram-secret-canary-a91b",
  INSTAGRAM_WEBHOOK_VERIFY_TOKEN: "verify-token-canary-3e0d",
};
const LIVEKIT = {
  LIVEKIT_URL: "wss://voice.example.com",
  LIVEKIT_API_KEY: "livekit-key",
  LIVEKIT_API_SECRET: "livekit-secret-canary-b40e",
};
const TELEGRAM_APP = { TELEGRAM_API_ID: "4711", TELEGRAM_API_HASH: "c0ffee00c0ffee11c0ffee22c0ffee33" };
const NEW_PASSWORD = "canary password 5d0e";

describe.each(mainCell())("Canary secrets on %s", (_name, cell) => {
  let store: Awaited<ReturnType<typeof makeStore>>;
  const server = useServer(async () => {
    store = await makeStore(cell.database);
    const env = {
      LOG_LEVEL: "trace",
      METRICS_PORT: "0",
      ENCRYPTION_KEY: ENCRYPTION_KEY.toString("base64"),
      TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
      ...LIVEKIT,
      ...TELEGRAM_APP,
    };
    return openInstallation({ ...cell, ...store.at, demo: true, env });
  });
  afterAll(() => store.remove());
  /** By what they are. Every one of them has been used, rightly and wrongly. */
  const secrets: Record<string, string> = {};
  /** What was answered, but for the one answer that shows a secret to its owner. */
  const bodies: string[] = [];

  async function ask(path: string, options: CallOptions = {}): Promise<Answer> {
    const answer = await call(server, path, options);
    bodies.push(
      answer.text,
      JSON.stringify(Object.fromEntries([...answer.headers].filter(([name]) => name !== "set-cookie"))),
    );
    return answer;
  }
  /** An answer that shows a secret, once, to whom it belongs. */
  const take = async <Result>(path: string, options: CallOptions): Promise<Result> => {
    const { status, text } = await call(server, path, options);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return JSON.parse(text).result.data;
  };

  test("are used at every route, rightly and wrongly", async () => {
    const { origin } = server;
    const { email, password } = demoAgentOf(server);
    Object.assign(secrets, {
      "bot token": server.sandbox.env.TELEGRAM_BOT_TOKEN,
      "JWT secret": JWT_SECRET,
      "encryption key": ENCRYPTION_KEY.toString("base64"),
      "encryption key, raw": ENCRYPTION_KEY.toString(),
      "admin key": ADMIN_KEY,
      "webhook secret": WEBHOOK_SECRET,
      "Instagram app secret": INSTAGRAM.INSTAGRAM_APP_SECRET,
      "Instagram verify token": INSTAGRAM.INSTAGRAM_WEBHOOK_VERIFY_TOKEN,
      "LiveKit secret": LIVEKIT.LIVEKIT_API_SECRET,
      "Telegram app's hash": TELEGRAM_APP.TELEGRAM_API_HASH,
      "first password": password,
      password: NEW_PASSWORD,
    });
    const kept = JSON.parse(readFileSync(join(server.dataDir, "secrets.json"), "utf8"));
    secrets["media secret"] = kept.mediaSecret;
    secrets["VAPID key"] = kept.vapid.privateKey;

    secrets.session = await signInAt(server);
    const own = { headers: { origin, cookie: `pult_session=${secrets.session}` } };
    const { key } = await take<{ key: string }>("/trpc/auth.apiKeys.create", {
      token: ADMIN_KEY,
      json: { name: "Canary", scopes: ["support:write"] },
    });
    secrets["API key"] = key;
    secrets.ticket = (await take<{ ticket: string }>("/trpc/auth.ticket", { ...own, json: {} })).ticket;
    const audience = { token: key, json: { audience: "support", userId: "canary" } };
    secrets["socket token"] = (await take<{ token: string }>("/trpc/auth.socketToken", audience)).token;
    const initData = initDataOf(server, 5_001);
    secrets["hash of init data"] = /hash=([0-9a-f]+)/.exec(initData)?.[1] ?? "";
    secrets["Mini App session"] = (await take<{ token: string }>("/trpc/auth.miniApp", { json: { initData } })).token;
    secrets["customer's token"] = await mintToken({ sub: "canary" });
    const { secret } = await take<{ secret: string }>("/trpc/auth.totp.begin", { ...own, json: {} });
    secrets["TOTP secret"] = secret;
    secrets["TOTP secret, hex"] = Secret.fromBase32(secret).hex.toLowerCase();
    const code = codeOf(secret, new Date());
    const confirmed = { ...own, json: { code } };
    const { backupCodes } = await take<{ backupCodes: string[] }>("/trpc/auth.totp.confirm", confirmed);
    secrets["backup code"] = backupCodes[0] ?? "";
    secrets["backup code, bare"] = (backupCodes[1] ?? "").replace("-", "");
    await ask("/trpc/auth.password.change", { ...own, json: { current: password, next: NEW_PASSWORD } });
    for (const given of [{}, { code: "000000" }, { code: backupCodes[2] }, { email: `${email}x` }])
      await ask("/trpc/auth.signIn", { json: { email, password: NEW_PASSWORD, ...given }, headers: { origin } });
    expect(Object.values(secrets).every((value) => value.length > 8)).toBe(true);
  });

  test("are shown in every wrong place, too", async () => {
    await sendMessage(server, { user_id: "canary", message: "A message" }, { token: secrets["API key"] ?? "" });
    for (const secret of Object.values(secrets)) {
      const shown = encodeURIComponent(secret);
      const headers = { "x-api-key": secret.replaceAll("\n", "") };
      await ask("/trpc/auth.me", { headers });
      await ask(`/trpc/auth.me?input=${shown}`, { headers: { authorization: `Bearer ${shown}` } });
      // An unknown path is named only to the caller who requested it.
      await call(server, `/trpc/${shown}`);
      const guess = { email: "unknown@example.com", password: secret, code: secret.slice(0, 32) };
      await ask("/trpc/auth.signIn", { json: guess });
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
      await ask("/api/webhooks/livekit", { json: {}, headers: { authorization: shown } });
      await ask("/api/webhooks/instagram", { json: {}, headers: { "x-hub-signature-256": `sha256=${shown}` } });
      await ask(`/api/webhooks/instagram?hub.mode=subscribe&hub.challenge=1&hub.verify_token=${shown}`);
      await openRaw(server, { path: `/ws?user_id=1&init_data=${shown}` }).catch((error) => bodies.push(String(error)));
      await ask(`/nowhere/${shown}?x=${shown}`);
      const chat = connectChat(server, { auth: { token: secret } });
      await chat.join("canary");
      bodies.push(JSON.stringify(chat.events.all));
      chat.close();
    }
  });

  test("are handed to a query that fails, where the database is within reach", async () => {
    if (!store.at.databaseUrl) return;
    const words = "canary words 3b91";
    secrets["words of a customer whose message failed"] = words;
    const answer = await withDatabase(store.at, async (db) => {
      await db.execute(sql`alter table messages rename to messages_away`);
      const sent = sendMessage(server, { user_id: "canary", message: words }, { token: secrets["API key"] ?? "" });
      await sent.finally(() => db.execute(sql`alter table messages_away rename to messages`));
      return sent;
    });
    expect([answer.status, answer.body.error]).toEqual([500, "Internal server error"]);
    // The log comes by another way than the answer.
    await eventually(async () => server.logs().includes('"level":"error"'));
  });

  test("are in no log, metric, error or row", async () => {
    const served = /"origin":"([^"]+)","msg":"Serving metrics"/.exec(server.logs())?.[1];
    const metrics = await (await fetch(`${served}/metrics`)).text();
    expect(metrics).toContain("# TYPE");
    expect(server.logs()).toContain('"msg":"Listening"');
    await server.kill();
    const rows = JSON.stringify([...(await withDatabase(store.at, (db) => dumpTables({ db })))]);
    expect(rows.includes("A message")).toBe(true);
    const places = { logs: server.logs(), metrics, answers: bodies.join("\n"), rows };
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
