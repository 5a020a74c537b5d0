import { storeApiKey } from "@pult/api/testing/factories.ts";
import type { Database } from "@pult/db/database.ts";
import { describe, expect, test } from "vitest";
import { type Answer, call } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { openRaw, openRawAs, query, type RawSocket } from "../support/raw-socket.ts";
import { useServer } from "../support/use-server.ts";

describe.each(mainCell())("Wrong tokens on %s", (_name, cell) => {
  let key = "";
  const seed = async (db: Database) => {
    ({ key } = await storeApiKey({ db }, { scopes: ["support:read"], limitPerMinute: 3 }));
  };
  const env = { LIMIT_IP_PER_MINUTE: "20", TRUSTED_PROXIES: "127.0.0.1" };
  const server = useServer(() => openInstallation({ ...cell, env, seed }));

  const WRONG = `ses_${"x".repeat(43)}`;
  const from = (ip: string, token = WRONG) => ({ "x-forwarded-for": ip, authorization: `Bearer ${token}` });

  /** Every way to show a token. @returns whether it was refused as wrong, or because there were too many */
  const WAYS: Record<string, (ip: string, token?: string) => Promise<"wrong" | "too many" | "let in">> = {
    async trpc(ip, token) {
      return verdictOf(await call(server, "/trpc/auth.me", { headers: from(ip, token) }));
    },
    async rest(ip, token) {
      return verdictOf(await call(server, "/check_device/guess", { headers: from(ip, token) }));
    },
    async upgrade(ip, token) {
      return shownOn(await openRaw(server, { headers: from(ip, token) }).catch(String));
    },
    async connectionParams(ip, token = WRONG) {
      const headers = { "x-forwarded-for": ip };
      const raw = await openRaw(server, { path: "/trpc?connectionParams=1", headers }).catch(String);
      if (typeof raw === "string") return raw === "Error: refused with 429" ? "too many" : "wrong";
      raw.send({ method: "connectionParams", data: { token } });
      if (token !== WRONG) raw.send(query(1));
      const { error } = await raw.messages.first((message) => message.error !== undefined || message.id === 1);
      raw.socket.close();
      if (error?.data.code === "TOO_MANY_REQUESTS") expect(error.data.retryAfterSeconds).toBeGreaterThan(0);
      return error?.data.code === "TOO_MANY_REQUESTS" ? "too many" : error ? "wrong" : "let in";
    },
    async socketIo(ip, token = WRONG) {
      const chat = connectChat(server, { auth: { token }, headers: { "x-forwarded-for": ip } });
      const connected = new Promise<null>((resolve) => chat.socket.once("connect", () => resolve(null)));
      const refused = await Promise.race([connected, chat.events.first(({ name }) => name === "refused")]);
      chat.close();
      if (refused === null) return "let in";
      return /try again in|response: 429/.test(String(refused.data)) ? "too many" : "wrong";
    },
    async ticket(ip) {
      const headers = { "x-forwarded-for": ip };
      return shownOn(await openRaw(server, { path: "/trpc?ticket=guessed", headers }).catch(String));
    },
  };

  async function shownOn(opened: RawSocket | string): Promise<"wrong" | "too many" | "let in"> {
    if (typeof opened === "string") return opened === "Error: refused with 429" ? "too many" : "wrong";
    const { error } = await opened.ask();
    opened.socket.close();
    return error ? "wrong" : "let in";
  }

  function verdictOf({ status, headers }: Answer): "wrong" | "too many" | "let in" {
    if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    return status === 429 ? "too many" : status === 401 ? "wrong" : "let in";
  }

  test("cost four calls each by whichever route; then the address is refused at all of them, right token or not", async () => {
    const five = Object.values(WAYS).slice(0, 5);
    for (const way of five) expect(await way("203.0.113.1")).toBe("wrong");
    for (const way of Object.values(WAYS)) expect(await way("203.0.113.1")).toBe("too many");
    for (const way of five) expect(await way("203.0.113.1", ADMIN_KEY)).toBe("too many");
    for (const way of five) expect(await way("203.0.113.2", ADMIN_KEY)).toBe("let in");
    expect((await call(server, "/health", { headers: { "x-forwarded-for": "203.0.113.1" } })).status).toBe(200);
  });

  test.each(["ticket", "socketIo", "connectionParams"])("of one kind are counted too: %s", async (way) => {
    const ip = `203.0.113.${50 + Object.keys(WAYS).indexOf(way)}`;
    const verdicts: (string | undefined)[] = [];
    for (let n = 0; n < 6; n += 1) verdicts.push(await WAYS[way]?.(ip));
    expect(verdicts).toEqual([...Array(5).fill("wrong"), "too many"]);
  });

  test("a key with a limit of its own is held to it at every route", async () => {
    const ask = () => call(server, "/check_device/own-limit", { headers: from("203.0.113.4", key) });
    for (let n = 0; n < 3; n += 1) expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect((await call(server, "/trpc/auth.me", { headers: from("203.0.113.5", key) })).status).toBe(429);
    const raw = await openRawAs(server, key);
    expect((await raw.ask()).error?.data.code).toBe("TOO_MANY_REQUESTS");
    raw.socket.close();
  });
});
