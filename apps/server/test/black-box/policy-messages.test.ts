import { isStaff } from "@pult/api/auth/permissions.ts";
import { kindOfToken } from "@pult/api/auth/tokens.ts";
import type { Database } from "@pult/db/database.ts";
import { io } from "socket.io-client";
import { afterAll, describe, expect, test } from "vitest";
import { type EndpointPolicy, isAllowed } from "../../src/authorize.ts";
import { type Caller, seedCallers } from "../support/callers.ts";
import { connectChat } from "../support/chat-socket.ts";
import { openInstallation } from "../support/installation.ts";
import type { Mailbox } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { listMessages } from "../support/policy-matrix.ts";
import { openRaw } from "../support/raw-socket.ts";
import { openTrading } from "../support/trading-socket.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const MESSAGES = listMessages();
let denials = 0;

afterAll(() => {
  process.stdout.write(`Policy matrix: ${MESSAGES.length} socket messages, ${denials} denials\n`);
});

const TELEGRAM_EVENTS = ["typing", "read"];

/** What is asked over raw sockets, once the caller is known. */
const SOCKET_MESSAGES: { gateway: string; message: { type?: string; action?: string; [field: string]: unknown } }[] = [
  { gateway: "notifications", message: { type: "authenticate", token: "x", userId: "x" } },
  { gateway: "notifications", message: { type: "subscribe", eventTypes: ["comments"] } },
  { gateway: "notifications", message: { type: "unsubscribe", eventTypes: ["comments"] } },
  { gateway: "notifications", message: { type: "get_subscriptions" } },
  { gateway: "notifications", message: { type: "test_connection" } },
  { gateway: "notifications", message: { type: "heartbeat" } },
  { gateway: "miniApp", message: { type: "ping" } },
  { gateway: "miniApp", message: { type: "history" } },
  { gateway: "miniApp", message: { action: "broadcast", text: "matrix", thread_id: 4_040 } },
  { gateway: "miniApp", message: { action: "pin", data: { messageId: 4_040 } } },
  { gateway: "trading", message: { type: "JOIN_ENVIRONMENT" } },
  { gateway: "trading", message: { type: "VIRTUAL_TRADE" } },
  { gateway: "trading", message: { type: "CHAT_MESSAGE" } },
  { gateway: "trading", message: { type: "VOICE_SESSION_START" } },
  { gateway: "trading", message: { type: "SUBSCRIBE_PRICE" } },
  { gateway: "trading", message: { type: "SUBSCRIBE_REWARDS" } },
  { gateway: "trading", message: { type: "HEARTBEAT" } },
];

describe.each(mainCell())("Policies of socket messages on %s", (_name, cell) => {
  let callers: Caller[] = [];
  const seed = async (db: Database) => {
    callers = await seedCallers(db);
  };
  const server = useServer(() => openInstallation({ ...cell, seed }), expectHealthy);

  test("events of Socket.IO", async () => {
    expect(MESSAGES.map(([gateway, message]) => `${gateway}: ${message}`)).toEqual([
      "support: join_chat",
      "support: leave_chat",
      ...TELEGRAM_EVENTS.map((event) => `telegramCrm: ${event}`),
      ...SOCKET_MESSAGES.map(({ gateway, message }) => `${gateway}: ${message.type ?? message.action}`),
    ]);
    const joining = MESSAGES[0]?.[2] as EndpointPolicy;
    for (const caller of callers) {
      const chat = connectChat(server, { auth: caller.token === null ? {} : { token: caller.token } });
      if (caller.actor === null) {
        expect([caller.name, await chat.events.first(() => true)]).toMatchObject([
          caller.name,
          { data: "Unauthorized" },
        ]);
        denials += MESSAGES.length;
      } else {
        const own = caller.actor.kind === "customer" ? caller.actor.externalId : "matrix-any";
        const allowed = isAllowed(joining, caller.actor, "required");
        const refusal = { name: "error", data: { message: "Unauthorized" } };
        expect([caller.name, await chat.join(own)]).toEqual([
          caller.name,
          allowed ? { name: "joined", data: { user_id: own } } : refusal,
        ]);
        if (!allowed) denials += 1;
        chat.socket.emit("leave_chat", { user_id: own });
        chat.socket.emit("error", { user_id: own });
        const unknown = (one: (typeof chat.events.all)[number]) =>
          one.name === "error" && one.data.message === "Unknown event";
        await chat.events.first(unknown);
      }
      chat.close();
    }
  });

  test("events of the Telegram CRM protocol", async () => {
    for (const caller of callers) {
      const { actor, token, name } = caller;
      const auth = token === null ? {} : { token };
      const options = { path: "/api/telegram/socket", transports: ["websocket"], reconnection: false, forceNew: true };
      const socket = io(server.origin, { ...options, auth });
      const refusal = await new Promise<string | null>((resolve) => {
        socket.once("connect", () => resolve(null));
        socket.once("connect_error", ({ message }) => resolve(message));
      });
      const listens = { kind: "customerOrStaff", scope: "chats:read" } as const;
      const mayListen = actor !== null && isAllowed(listens, actor, "required");
      expect([name, refusal]).toEqual([name, mayListen ? null : "Authentication error"]);
      if (!mayListen) denials += TELEGRAM_EVENTS.length;
      for (const event of mayListen ? TELEGRAM_EVENTS : []) {
        const policy = MESSAGES.find(([gateway, message]) => gateway === "telegramCrm" && message === event)?.[2];
        const allowed = policy !== undefined && actor !== null && isAllowed(policy, actor, "required");
        const { error } = await socket.timeout(5_000).emitWithAck(event, {});
        expect([name, event, error.code]).toEqual([name, event, allowed ? "VALIDATION_ERROR" : "FORBIDDEN"]);
        if (!allowed) denials += 1;
      }
      socket.disconnect();
    }
  });

  test("messages of the notification protocol", async () => {
    for (const { name, token, actor } of callers) {
      const raw = await openRaw(server, { path: "/ws/notifications" });
      const told = raw.messages as unknown as Mailbox<{ type: string; message?: string }>;
      const userId = actor?.kind === "agent" ? actor.personId : actor?.kind === "customer" ? actor.externalId : "any";
      raw.send({ type: "authenticate", token: token ?? "none", userId });
      // The operator's own server vouches for whom it names; a session of ours needs a role.
      const isNamed = kindOfToken(token ?? "") === "jwt" || /^Mini App (Admin|Moderator)$/.test(name);
      const mayRead = actor !== null && (actor.kind === "customer" ? isNamed : isStaff(actor, "notifications:read"));
      expect([name, (await told.first(() => true)).type]).toEqual([name, mayRead ? "auth_success" : "auth_failed"]);
      if (!mayRead) denials += 1;
      raw.socket.close();
    }
  });

  test("messages of the Mini App protocol", async () => {
    for (const { name, token, actor } of callers.filter((one) => one.token !== null)) {
      const userId = actor?.kind === "customer" ? actor.externalId : "4711";
      const opened = await openRaw(server, {
        path: `/ws?user_id=${userId}`,
        headers: { authorization: `Bearer ${token}` },
      }).catch((error: Error) => error);
      const isOwn = actor?.kind === "customer" && /^\d+$/.test(userId);
      const mayOpen = isOwn || (actor !== null && isStaff(actor, "notifications:read"));
      if (!mayOpen) {
        expect([name, String(opened)]).toEqual([name, expect.stringMatching(/refused with 40[01]/)]);
        denials += 1;
        continue;
      }
      if (opened instanceof Error) throw opened;
      const told = opened.messages as unknown as Mailbox<{ type: string; message?: string }>;
      opened.send({ action: "broadcast", text: "matrix", thread_id: 4_040 });
      const { message } = await told.first(({ type }) => type === "error");
      const isAdmin = ["agent Admin", "Mini App Admin"].includes(name);
      const holds = isAdmin || (actor?.kind === "apiKey" && isStaff(actor, "notifications:write"));
      expect([name, message]).toEqual([
        name,
        holds ? expect.stringContaining("thread not found") : "Permission denied",
      ]);
      if (!holds) denials += 1;
      opened.socket.close();
    }
  });

  test("messages of the trading protocol", async () => {
    for (const { name, token, actor } of callers) {
      const opened = await openTrading(server, token === null ? {} : { token }).catch((error: Error) => error);
      const mayOpen = actor?.kind === "customer" || (actor !== null && isStaff(actor, "trading:read"));
      if (!mayOpen) {
        expect([name, String(opened)]).toEqual([name, "Error: refused with 401"]);
        denials += 1;
        continue;
      }
      if (opened instanceof Error) throw opened;
      const userId = actor.kind === "customer" ? actor.externalId : "matrix-any";
      const asked = SOCKET_MESSAGES.flatMap(({ gateway, message: { type } }) =>
        gateway === "trading" && type && type !== "HEARTBEAT" ? [type] : [],
      );
      const content = { environmentId: "none", amount: "1", isBuy: true, message: "x", mintAddress: "none", userId };
      for (const type of asked) opened.say(type, type === "SUBSCRIBE_PRICE" ? { mintAddress: "none" } : content);
      const answers = (await opened.settled()).map(({ type, data }) => data.code ?? type);
      // Agents act for themselves alone.
      const own = actor.kind === "agent" ? "UNAUTHORIZED" : null;
      const mayWrite = actor.kind === "customer" || isStaff(actor, "trading:write");
      const expected = asked.map((type) => {
        if (type === "SUBSCRIBE_PRICE") return "ENVIRONMENT_NOT_FOUND";
        if (type === "SUBSCRIBE_REWARDS") return "REWARD_UPDATE";
        if (!mayWrite) return "UNAUTHORIZED";
        return type === "VOICE_SESSION_START" ? (own ?? "VOICE_UNAVAILABLE") : "ENVIRONMENT_NOT_FOUND";
      });
      expect([name, answers]).toEqual([name, expected]);
      denials += answers.filter((answer) => answer === "UNAUTHORIZED").length;
      opened.socket.close();
    }
  });
});
