import { describe, expect, test } from "vitest";
import { openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { close, codesOf, createRoom, joinAs, openTrading, SOL } from "../support/trading-socket.ts";
import { callApi } from "../support/trpc-client.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

describe.each(mainCell())("The trading protocol with LEGACY_AUTH=open on %s", (_name, cell) => {
  const env = { LIMIT_USER_PER_MINUTE: "100" };
  const server = useServer(() => openInstallation({ ...cell, env, legacyAuth: "open" }), expectHealthy);

  test("takes a bare wallet at its word, for one wallet of a socket and for play alone", async () => {
    const { id: environmentId, tokenMint } = await createRoom(server);
    const [first, second] = [await openTrading(server), await openTrading(server)];
    first.say("SUBSCRIBE_PRICE", { mintAddress: tokenMint });
    await first.got("PRICE_UPDATE");
    first.say("VIRTUAL_TRADE", { environmentId, amount: String(SOL), isBuy: true });
    await first.got("ERROR", ({ code }) => code === "NOT_JOINED");
    for (const socket of [first, second]) {
      socket.say("JOIN_ENVIRONMENT", { environmentId, userId: "wallet" });
      expect((await socket.got("ENVIRONMENT_STATE")).data.participants).toBe(1);
    }
    first.say("VIRTUAL_TRADE", { environmentId, amount: String(10 * SOL), isBuy: true });
    await second.got("VIRTUAL_TRADE_EXECUTED", ({ trade }) => trade?.userId === "wallet");
    second.say("VIRTUAL_TRADE", { environmentId, amount: "1000000", isBuy: true });
    second.say("JOIN_ENVIRONMENT", { environmentId, userId: "another" });
    second.say("SUBSCRIBE_REWARDS", { userId: "another" });
    expect(codesOf(await second.settled())).toEqual(["INSUFFICIENT_BALANCE", "UNAUTHORIZED", "UNAUTHORIZED"]);
    const proven = await joinAs(server, "wallet", environmentId);
    proven.say("SUBSCRIBE_REWARDS", { userId: "wallet" });
    expect((await proven.got("REWARD_UPDATE")).data.totalVolume).toBe("0");
    close(first, second, proven);
  });

  test("counts a bare wallet's messages, and those of a socket that has named none", async () => {
    const { id: environmentId } = await createRoom(server);
    const named = await openTrading(server);
    named.say("JOIN_ENVIRONMENT", { environmentId, userId: "busy" });
    const nameless = await openTrading(server);
    for (let at = 0; at < 100; at += 1) for (const socket of [named, nameless]) socket.say("HEARTBEAT");
    nameless.say("HEARTBEAT");
    for (const { told } of [named, nameless])
      expect(codesOf(await told.until((all) => (all.length === 101 ? all : undefined)))).toEqual(["RATE_LIMITED"]);
    close(named, nameless);
  });

  test("tells a bare wallet whom a moderator removed nothing more", async () => {
    const { id: roomId } = await createRoom(server);
    const socket = await openTrading(server);
    socket.say("JOIN_ENVIRONMENT", { environmentId: roomId, userId: "removed" });
    await socket.got("ENVIRONMENT_STATE");
    socket.say("VIRTUAL_TRADE", { environmentId: roomId, amount: String(SOL), isBuy: true });
    await socket.got("VIRTUAL_TRADE_EXECUTED");
    const { trades } = await callApi(server).trading.rooms.get.query({ roomId });
    const traderId = trades[0]?.traderId ?? "";
    await callApi(server).trading.moderation.remove.mutate({ roomId, traderId, reason: null });
    await socket.got("ERROR", ({ code }) => code === "UNAUTHORIZED");
    const other = await joinAs(server, "other", roomId);
    other.say("CHAT_MESSAGE", { environmentId: roomId, message: "Gone" });
    await other.got("CHAT_MESSAGE");
    expect((await socket.settled()).some(({ type }) => type === "CHAT_MESSAGE")).toBe(false);
    close(socket, other);
  });
});
