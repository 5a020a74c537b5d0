import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { WebSocket as StockWebSocket } from "ws";
import { mintToken, openInstallation } from "../support/installation.ts";
import { eventually, Mailbox } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { createRoom } from "../support/trading-socket.ts";
import { useServer } from "../support/use-server.ts";

const textOf = (path: string) => readFileSync(new URL(`../../src/gateways/${path}`, import.meta.url), "utf8");

describe.each(mainCell())("The documents' own clients on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, legacyAuth: "open" }));

  test.each([
    ["Node's WebSocket", WebSocket],
    ["the package ws", StockWebSocket],
  ])("the Mini App document's test client runs on %s as printed", async (_library, implementation) => {
    const printed = new Mailbox<unknown[]>();
    const code = textOf("mini-app/transcripts/test-client.js.txt").replace(
      "ws://localhost:3001",
      server.origin.replace(/^http/, "ws"),
    );
    const log = (...words: unknown[]) => printed.push(words);
    const context = { WebSocket: implementation, console: { log, error: log }, JSON };
    const socket: WebSocket = runInNewContext(`${code}; ws`, context);
    const received = (type: string) =>
      printed.first(([word, data]) => word === "Received:" && (data as { type: string }).type === type);
    expect(await received("pong")).toEqual(["Received:", { type: "pong" }]);
    expect(await received("status")).toEqual(["Received:", { type: "status", data: expect.any(Object) }]);
    socket.close();
    await printed.first(([word]) => word === "Disconnected");
    expect(printed.all[0]).toEqual(["Connected"]);
    expect(printed.all.flat()).not.toContain("WebSocket error:");
  });

  test("each message of the notification document is taken and answered in its shape", async () => {
    const messages = textOf("notifications/transcripts/messages.jsonl").trim().split("\n");
    const byType = new Map(messages.map((line) => [JSON.parse(line).type as string, JSON.parse(line)]));
    const socket = new StockWebSocket(`${server.origin.replace(/^http/, "ws")}/ws/notifications`);
    const answers = new Mailbox<Record<string, unknown>>();
    socket.on("message", (data) => answers.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.on("open", resolve));
    const token = await mintToken({ userId: "user_id_here" });
    const answered: [asked: string, answer: string][] = [
      ["authenticate", "auth_success"],
      ["subscribe", "subscription_confirmed"],
      ["unsubscribe", "subscription_confirmed"],
      ["get_subscriptions", "connection_info"],
      ["test_connection", "connection_info"],
      ["heartbeat", "heartbeat_response"],
    ];
    for (const [index, [asked, answer]] of answered.entries()) {
      socket.send(JSON.stringify(byType.get(asked)).replace("jwt_token_here", token));
      const got = await answers.until((all) => all[index]);
      expect(got).toMatchObject({ type: answer, timestamp: expect.any(Number) });
      const documented = byType.get(answer);
      if (documented) expect(Object.keys(got).toSorted()).toEqual(Object.keys(documented).toSorted());
    }
    socket.close();
  });

  test("the notification document's wrong token is answered as documented and closed with 1008", async () => {
    const line = textOf("notifications/transcripts/messages.jsonl").split("\n")[0] ?? "";
    const socket = new StockWebSocket(`${server.origin.replace(/^http/, "ws")}/ws/notifications`);
    const answer = new Promise((resolve) => socket.on("message", (data) => resolve(JSON.parse(String(data)))));
    const closed = new Promise((resolve) => socket.on("close", (code, reason) => resolve([code, String(reason)])));
    socket.on("open", () => socket.send(line));
    expect(await answer).toEqual({ type: "auth_failed", reason: "Invalid token", timestamp: expect.any(Number) });
    expect(await closed).toEqual([1008, "Authentication failed"]);
  });

  /** The trading document's classes, whose waits pass 30 times as fast. `handleMessage` is left to the program that uses them. */
  function openTradingClient(implementation: unknown) {
    const timers: NodeJS.Timeout[] = [];
    const kept = (timer: NodeJS.Timeout) => timers.push(timer);
    const context = {
      WebSocket: implementation,
      WS_ENDPOINT: `${server.origin.replace(/^http/, "ws")}/ws`,
      console,
      setTimeout: (act: () => void, ms: number) => kept(setTimeout(act, ms / 30)),
      setInterval: (act: () => void, ms: number) => kept(setInterval(act, ms / 30)),
    };
    const printed = stripTypeScriptTypes(textOf("trading/transcripts/client.ts.txt"));
    const { WebSocketClient, MessageHandler } = runInNewContext(
      `${printed}; ({ WebSocketClient, MessageHandler })`,
      context,
    );
    const [client, handler] = [new WebSocketClient(), new MessageHandler()];
    client.handleMessage = (event: MessageEvent) => handler.handleMessage(event);
    const received = new Mailbox<[type: string, data: Record<string, unknown> | undefined]>();
    for (const type of [
      "ENVIRONMENT_STATE",
      "VIRTUAL_TRADE_EXECUTED",
      "CHAT_MESSAGE",
      "PRICE_UPDATE",
      "REWARD_UPDATE",
      "HEARTBEAT",
      "ERROR",
    ])
      handler.registerHandler(type, (data: Record<string, unknown> | undefined) => received.push([type, data]));
    client.connect();
    const opened = async () => {
      if (client.ws.readyState !== 1) await new Promise((resolve) => client.ws.addEventListener("open", resolve));
    };
    return {
      client,
      received,
      opened,
      got: (type: string) => received.first(([one]) => one === type),
      say: (type: string, data: object) => client.ws.send(JSON.stringify({ type, data })),
      close() {
        for (const timer of timers) clearTimeout(timer);
        client.ws.onclose = null;
        client.ws.close();
      },
    };
  }

  test.each([
    ["Node's WebSocket", WebSocket],
    ["the package ws", StockWebSocket],
  ])("the trading document's classes run on %s as printed, and connect again", async (_library, implementation) => {
    const { id: environmentId, tokenMint: mintAddress } = await createRoom(server);
    const program = openTradingClient(implementation);
    await program.opened();
    program.say("JOIN_ENVIRONMENT", { environmentId, userId: "wallet_public_key" });
    program.say("SUBSCRIBE_PRICE", { mintAddress, environmentId });
    program.say("SUBSCRIBE_REWARDS", { userId: "wallet_public_key" });
    program.say("VOICE_SESSION_START", { userId: "wallet_public_key", preferredLanguage: "en" });
    program.say("VIRTUAL_TRADE", { environmentId, amount: "1000000000", isBuy: true });
    program.say("CHAT_MESSAGE", { environmentId, message: "message" });
    await program.got("CHAT_MESSAGE");
    const documented = textOf("trading/transcripts/messages.jsonl")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const types = (all: typeof program.received.all) => new Set(all.map(([type]) => type));
    expect([...types(program.received.all)]).toEqual(
      expect.arrayContaining(["ENVIRONMENT_STATE", "VIRTUAL_TRADE_EXECUTED", "PRICE_UPDATE", "REWARD_UPDATE"]),
    );
    // Without LiveKit there is no audio to open.
    expect(await program.got("ERROR")).toMatchObject(["ERROR", { code: "VOICE_UNAVAILABLE" }]);
    for (const [type, data] of program.received.all.filter(([one]) => one !== "HEARTBEAT")) {
      const shown = documented.findLast((one) => one.type === type);
      expect([type, Object.keys(data ?? {}).toSorted()]).toEqual([type, Object.keys(shown.data).toSorted()]);
    }
    expect(await program.got("HEARTBEAT")).toEqual(["HEARTBEAT", undefined]);
    const first = program.client.ws;
    first.close();
    await eventually(async () => program.client.ws !== first);
    await program.opened();
    program.say("JOIN_ENVIRONMENT", { environmentId, userId: "wallet_public_key" });
    const states = (all: typeof program.received.all) => all.filter(([type]) => type === "ENVIRONMENT_STATE");
    const [, again] = await program.received.until((all) => states(all)[1]);
    expect(again).toMatchObject({ trades: [{ userId: "wallet_public_key", amount: "1000000000", isBuy: true }] });
    expect(program.received.all.filter(([type]) => type === "ERROR")).toHaveLength(1);
    program.close();
  });
});
