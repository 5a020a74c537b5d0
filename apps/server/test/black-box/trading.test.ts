import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { close, codesOf, createRoom, joinAs, openTrading, openTradingAs, SOL } from "../support/trading-socket.ts";
import { callApi, openMiniApp } from "../support/trpc-client.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const START = { sol: "30000000000", token: "1073000000000000" };
describe.each(bothRuntimes())("The trading protocol on %s", (_name, cell) => {
  const env = { LIMIT_USER_PER_MINUTE: "100" };
  const server = useServer(() => openInstallation({ ...cell, env }), expectHealthy);
  const api = () => callApi(server);
  const stateOf = (roomId: string) => api().trading.rooms.get.query({ roomId });

  test("refuses an upgrade without a valid token, and one that is for another protocol, with 401", async () => {
    const { key } = await api().auth.apiKeys.create.mutate({ name: "Support", scopes: ["support:write"] });
    const tokens = [
      undefined,
      "none",
      key,
      await mintToken({ sub: "anna", aud: "support" }),
      await mintToken({ sub: "anna" }, { secret: "a secret of another server, as long as ours is" }),
      await mintToken({ sub: "anna" }, { expiresIn: "" }),
    ];
    for (const token of tokens)
      await expect(openTrading(server, token === undefined ? {} : { token })).rejects.toThrow("refused with 401");
  });

  test("lets in customers by token, ticket or Mini App session, and servers by key", async () => {
    const { key } = await api().auth.apiKeys.create.mutate({ name: "Market", scopes: ["trading:write"] });
    const own = await mintToken({ userId: "anna", aud: "trading" });
    const { ticket } = await callApi(server, await mintToken({ sub: "anna" })).auth.ticket.mutate();
    const sockets = [
      await openTrading(server, { token: own }),
      await openTrading(server, { headers: { authorization: own } }),
      await openTrading(server, { headers: { "x-api-key": key } }),
      await openTrading(server, { token: ADMIN_KEY }),
      await openTrading(server, { query: `?ticket=${ticket}` }),
      await openTrading(server, { token: await openMiniApp(server, 8_001) }),
    ];
    for (const socket of sockets) {
      socket.say("HEARTBEAT");
      expect(await socket.got("HEARTBEAT")).toEqual({ type: "HEARTBEAT" });
    }
    close(...sockets);
  });

  test("answers a join with the room's state, and tells everyone joined of a trade", async () => {
    const { id, name, tokenMint } = await createRoom(server, "Friday");
    const [anna, boris] = [await joinAs(server, "anna-1", id), await joinAs(server, "boris-1", id)];
    const stranger = await openTradingAs(server, "clara-1");
    expect(anna.state).toEqual({
      id,
      name,
      tokenMint,
      virtualSolReserves: START.sol,
      virtualTokenReserves: START.token,
      participants: 1,
      chatHistory: [],
      trades: [],
    });
    expect(boris.state.participants).toBe(2);
    anna.say("VIRTUAL_TRADE", { environmentId: id, amount: String(SOL), isBuy: true });
    const bought = {
      type: "VIRTUAL_TRADE_EXECUTED",
      data: {
        trade: {
          userId: "anna-1",
          amount: String(SOL),
          price: "28.88164026",
          timestamp: expect.any(Number),
          isBuy: true,
        },
        newReserves: { sol: "30990000000", token: "1038722168441433" },
        environmentId: id,
      },
    };
    for (const socket of [anna, boris]) expect(await socket.got("VIRTUAL_TRADE_EXECUTED")).toEqual(bought);
    anna.say("VIRTUAL_TRADE", { environmentId: id, amount: "34277831558567", isBuy: false });
    await boris.got("VIRTUAL_TRADE_EXECUTED", ({ trade }) => trade?.isBuy === false);
    const late = await joinAs(server, "dora-1", id);
    expect(late.state).toMatchObject({
      participants: 3,
      virtualTokenReserves: START.token,
      trades: [bought.data.trade, { userId: "anna-1", amount: "34277831558567", isBuy: false }],
    });
    expect(await stranger.settled()).toEqual([]);
    close(anna, boris, stranger, late);
  });

  test("answers a repeat of a client id alone and without effect, and refuses it with other content", async () => {
    const { id } = await createRoom(server);
    const [anna, boris] = [await joinAs(server, "anna-2", id), await joinAs(server, "boris-2", id)];
    const asked = { environmentId: id, amount: "1000000", isBuy: true, clientId: "one" };
    for (let at = 0; at < 5; at += 1) anna.say("VIRTUAL_TRADE", asked);
    anna.say("VIRTUAL_TRADE", { ...asked, amount: "1000001" });
    boris.say("VIRTUAL_TRADE", asked);
    await anna.got("VIRTUAL_TRADE_EXECUTED", ({ trade }) => trade?.userId === "boris-2");
    const heard = (await anna.settled()).filter(({ data }) => data.trade?.userId === "anna-2");
    expect(heard).toEqual(Array(5).fill(heard[0]));
    expect(codesOf(anna.told.all)).toEqual(["INVALID_MESSAGE"]);
    const traders = (await boris.settled()).flatMap(({ data }) => data.trade?.userId ?? []);
    expect(traders.toSorted()).toEqual(["anna-2", "boris-2"]);
    expect((await stateOf(id)).tradeCount).toBe(2);
    close(anna, boris);
  });

  test("carries what members say as it was written, and a repeat to its sender alone", async () => {
    const { id } = await createRoom(server);
    const [anna, boris] = [await joinAs(server, "anna-3", id), await joinAs(server, "boris-3", id)];
    const message = ' <b>Hello</b> & "hi", Привет 👋\n';
    anna.say("CHAT_MESSAGE", { environmentId: id, message, clientId: "c" });
    const said = {
      type: "CHAT_MESSAGE",
      data: { userId: "anna-3", message, timestamp: expect.any(Number), environmentId: id },
    };
    for (const socket of [anna, boris]) expect(await socket.got("CHAT_MESSAGE")).toEqual(said);
    anna.say("CHAT_MESSAGE", { environmentId: id, message, clientId: "c" });
    expect((await anna.settled()).filter(({ type }) => type === "CHAT_MESSAGE")).toEqual([said, said]);
    boris.say("CHAT_MESSAGE", { environmentId: id, message: "x".repeat(2_000) });
    await boris.got("CHAT_MESSAGE", (data) => data.message === "x".repeat(2_000));
    expect(boris.told.all.filter(({ type }) => type === "CHAT_MESSAGE")).toHaveLength(2);
    const late = await joinAs(server, "clara-3", id);
    expect(late.state.chatHistory).toMatchObject([{ userId: "anna-3", message }, { userId: "boris-3" }]);
    close(anna, boris, late);
  });

  test("refuses bad messages with INVALID_MESSAGE, changes nothing and stays open", async () => {
    const { id: environmentId } = await createRoom(server);
    const anna = await joinAs(server, "anna-4", environmentId);
    const trade = { environmentId, amount: "1000000", isBuy: true };
    const amounts = ["-1", "0", "1.5", "1e9", " 1 ", `1${"0".repeat(40)}`, 1_000_000, null, "1"];
    const bad = [
      "no JSON",
      "[]",
      { type: "SHOUT", data: {} },
      { type: "VIRTUAL_TRADE" },
      { type: "VIRTUAL_TRADE", data: "unknown" },
      { type: "VIRTUAL_TRADE", data: { amount: "1000000", isBuy: true } },
      { type: "VIRTUAL_TRADE", data: { ...trade, isBuy: "true" } },
      { type: "VIRTUAL_TRADE", data: { ...trade, minOut: "-1" } },
      { type: "VIRTUAL_TRADE", data: { ...trade, clientId: "" } },
      ...amounts.map((amount) => ({ type: "VIRTUAL_TRADE", data: { ...trade, amount } })),
      { type: "CHAT_MESSAGE", data: { environmentId, message: "" } },
      { type: "CHAT_MESSAGE", data: { environmentId, message: "x".repeat(10_000) } },
      { type: "SUBSCRIBE_REWARDS", data: {} },
      { type: "SUBSCRIBE_PRICE", data: { mintAddress: 7 } },
    ];
    for (const message of bad) anna.send(message);
    anna.socket.send(Buffer.from('{"type":"HEARTBEAT"}'), { binary: true });
    expect(codesOf(await anna.settled())).toEqual(Array(bad.length + 1).fill("INVALID_MESSAGE"));
    expect(await stateOf(environmentId)).toMatchObject({ tradeCount: 0, reserves: START, messages: [] });
    close(anna);
  });

  test("refuses with a code for each reason, and changes nothing", async () => {
    const { id: environmentId, tokenMint } = await createRoom(server);
    const other = await createRoom(server, "Other");
    const anna = await joinAs(server, "anna-5", environmentId);
    const trade = { environmentId, amount: "1000000", isBuy: true };
    const asked: [type: string, data: object, code: string][] = [
      ["JOIN_ENVIRONMENT", { environmentId, userId: "boris-5" }, "UNAUTHORIZED"],
      ["JOIN_ENVIRONMENT", { environmentId: "none", userId: "anna-5" }, "ENVIRONMENT_NOT_FOUND"],
      ["JOIN_ENVIRONMENT", { environmentId: randomUUID(), userId: "anna-5" }, "ENVIRONMENT_NOT_FOUND"],
      ["VIRTUAL_TRADE", { ...trade, userId: "boris-5" }, "UNAUTHORIZED"],
      ["VIRTUAL_TRADE", { ...trade, environmentId: other.id }, "NOT_JOINED"],
      ["VIRTUAL_TRADE", { ...trade, environmentId: randomUUID() }, "ENVIRONMENT_NOT_FOUND"],
      ["VIRTUAL_TRADE", { ...trade, amount: String(10 * SOL + 1) }, "INSUFFICIENT_BALANCE"],
      ["VIRTUAL_TRADE", { ...trade, isBuy: false }, "INSUFFICIENT_BALANCE"],
      ["VIRTUAL_TRADE", { ...trade, minOut: "9000000000000000" }, "SLIPPAGE_EXCEEDED"],
      ["CHAT_MESSAGE", { environmentId: other.id, message: "hi" }, "NOT_JOINED"],
      ["CHAT_MESSAGE", { environmentId, message: "hi", userId: "boris-5" }, "UNAUTHORIZED"],
      ["SUBSCRIBE_PRICE", { mintAddress: "none" }, "ENVIRONMENT_NOT_FOUND"],
      ["SUBSCRIBE_PRICE", { mintAddress: "1".repeat(32) }, "ENVIRONMENT_NOT_FOUND"],
      ["SUBSCRIBE_PRICE", { mintAddress: tokenMint, environmentId: other.id }, "ENVIRONMENT_NOT_FOUND"],
      ["SUBSCRIBE_REWARDS", { userId: "boris-5" }, "UNAUTHORIZED"],
      ["VOICE_SESSION_START", { userId: "boris-5" }, "UNAUTHORIZED"],
      ["VOICE_SESSION_START", { userId: "anna-5", preferredLanguage: "en" }, "VOICE_UNAVAILABLE"],
    ];
    for (const [type, data] of asked) anna.say(type, data);
    const answers = await anna.settled();
    expect(codesOf(answers)).toEqual(asked.map(([, , code]) => code));
    for (const { data } of answers.slice(1)) expect(data.message).toEqual(expect.any(String));
    expect(await stateOf(environmentId)).toMatchObject({ tradeCount: 0, reserves: START, members: 1, messages: [] });
    close(anna);
  });

  test("tells the present price of a token at once, and the newest after each trade", async () => {
    const { id, tokenMint } = await createRoom(server);
    const anna = await joinAs(server, "anna-6", id);
    const watcher = await openTradingAs(server, "boris-6");
    watcher.say("SUBSCRIBE_PRICE", { mintAddress: tokenMint, environmentId: id });
    const about = { mintAddress: tokenMint, environmentId: id, timestamp: expect.any(Number) };
    expect(await watcher.got("PRICE_UPDATE")).toEqual({
      type: "PRICE_UPDATE",
      data: { ...about, price: "27.958993476", volume: "0" },
    });
    anna.say("VIRTUAL_TRADE", { environmentId: id, amount: String(SOL), isBuy: true });
    expect(await watcher.got("PRICE_UPDATE", ({ volume }) => volume !== "0")).toEqual({
      type: "PRICE_UPDATE",
      data: { ...about, price: "29.834734389", volume: String(SOL) },
    });
    expect((await watcher.settled()).map(({ type }) => type)).toEqual(["PRICE_UPDATE", "PRICE_UPDATE"]);
    close(anna, watcher);
  });

  test("with batch=1 collects the prices of all tokens, and sends data as an array", async () => {
    const rooms = [await createRoom(server), await createRoom(server)];
    const watcher = await openTradingAs(server, "boris-7", "?batch=1");
    for (const { tokenMint } of rooms) watcher.say("SUBSCRIBE_PRICE", { mintAddress: tokenMint });
    const anna = await openTradingAs(server, "anna-7");
    for (const { id } of rooms) {
      anna.say("JOIN_ENVIRONMENT", { environmentId: id, userId: "anna-7" });
      for (let at = 0; at < 3; at += 1)
        anna.say("VIRTUAL_TRADE", { environmentId: id, amount: String(SOL), isBuy: true });
    }
    const batches = watcher.told as unknown as {
      all: { type: string; data: { mintAddress: string; volume: string }[] }[];
      until<Answer>(ask: () => Answer | undefined): Promise<Answer>;
    };
    const updates = await batches.until(() => {
      const all = batches.all.flatMap(({ data }) => data);
      return all.length === 8 ? all : undefined;
    });
    for (const { tokenMint } of rooms) {
      const volumes = updates.flatMap(({ mintAddress, volume }) => (mintAddress === tokenMint ? [volume] : []));
      expect(volumes).toEqual([0, 1, 2, 3].map((count) => String(count * SOL)));
    }
    expect(batches.all.length).toBeLessThan(8);
    close(anna, watcher);
  });

  test("tells a trader their rewards at once, and when they change", async () => {
    const { id } = await createRoom(server);
    const anna = await joinAs(server, "anna-8", id);
    anna.say("SUBSCRIBE_REWARDS", { userId: "anna-8" });
    expect(await anna.got("REWARD_UPDATE")).toEqual({
      type: "REWARD_UPDATE",
      data: { tier: "Bronze", unclaimedRewards: "0", totalLaunches: 0, totalVolume: "0" },
    });
    anna.say("VIRTUAL_TRADE", { environmentId: id, amount: String(SOL), isBuy: true });
    expect((await anna.got("REWARD_UPDATE", ({ totalVolume }) => totalVolume !== "0")).data).toEqual({
      tier: "Bronze",
      unclaimedRewards: "2000000",
      totalLaunches: 0,
      totalVolume: String(SOL),
    });
    await createRoom(server, "Of Anna", await mintToken({ sub: "anna-8" }));
    expect((await anna.got("REWARD_UPDATE", ({ totalLaunches }) => totalLaunches === 1)).data).toMatchObject({
      unclaimedRewards: "2000000",
      totalVolume: String(SOL),
    });
    close(anna);
  });

  test("answers a member alone on a socket that has not joined, and joins anew on each", async () => {
    const { id: environmentId } = await createRoom(server);
    const joined = await joinAs(server, "anna-10", environmentId);
    const other = await openTradingAs(server, "anna-10");
    other.say("VIRTUAL_TRADE", { environmentId: environmentId.toUpperCase(), amount: "1000000", isBuy: true });
    other.say("CHAT_MESSAGE", { environmentId, message: "Hello" });
    const told = (await other.settled()).map(({ type }) => type);
    expect(told).toEqual(["VIRTUAL_TRADE_EXECUTED", "CHAT_MESSAGE"]);
    await joined.got("CHAT_MESSAGE");
    for (let at = 0; at < 2; at += 1) other.say("JOIN_ENVIRONMENT", { environmentId, userId: "anna-10" });
    other.say("CHAT_MESSAGE", { environmentId, message: "Again" });
    const heard = (await other.settled()).slice(2).map(({ type }) => type);
    expect(heard).toEqual(["ENVIRONMENT_STATE", "ENVIRONMENT_STATE", "CHAT_MESSAGE"]);
    expect(joined.told.all.map(({ type }) => type)).toEqual([
      "ENVIRONMENT_STATE",
      "VIRTUAL_TRADE_EXECUTED",
      "CHAT_MESSAGE",
      "CHAT_MESSAGE",
    ]);
    expect((await stateOf(environmentId)).participants).toBe(1);
    close(joined, other);
    await eventually(async () => (await stateOf(environmentId)).participants === 0);
  });

  test("sends the state again once a member was erased, without their words and id", async () => {
    const { id: environmentId } = await createRoom(server);
    const [anna, boris] = [
      await joinAs(server, "anna-11", environmentId),
      await joinAs(server, "boris-11", environmentId),
    ];
    boris.say("VIRTUAL_TRADE", { environmentId, amount: "1000000", isBuy: true });
    boris.say("CHAT_MESSAGE", { environmentId, message: "My address" });
    await anna.got("CHAT_MESSAGE");
    const { people } = api().auth;
    const { id: personId } = await people.show.query({ namespace: "app", externalId: "boris-11" });
    await people.erase.mutate({ personId });
    const { data } = await anna.got("ENVIRONMENT_STATE", ({ trades }) => (trades as object[]).length === 1);
    expect(data).toMatchObject({ chatHistory: [], trades: [{ userId: "erased", amount: "1000000" }] });
    anna.say("CHAT_MESSAGE", { environmentId, message: "Still here" });
    await anna.got("CHAT_MESSAGE", ({ message }) => message === "Still here");
    close(anna, boris);
  });

  test("a server's key acts for the users that it joins, to the last token of a room", async () => {
    const { id: environmentId } = await createRoom(server);
    const key = await openTrading(server, { token: ADMIN_KEY });
    const trade = { environmentId, amount: String(10 * SOL), isBuy: true };
    key.say("VIRTUAL_TRADE", trade);
    await key.got("ERROR", ({ code }) => code === "NOT_JOINED");
    for (let at = 1; at <= 9; at += 1) {
      key.say("JOIN_ENVIRONMENT", { environmentId, userId: `wallet-${at}` });
      key.say("VIRTUAL_TRADE", trade);
    }
    const last = await key.got("VIRTUAL_TRADE_EXECUTED", (data) => data.trade?.userId === "wallet-9");
    expect(Number(last.data.trade?.amount)).toBeLessThan(10 * SOL);
    key.say("VIRTUAL_TRADE", { ...trade, amount: "1000000", userId: "wallet-1" });
    expect(codesOf(await key.settled())).toEqual(["NOT_JOINED", "ROOM_COMPLETED"]);
    expect(await stateOf(environmentId)).toMatchObject({
      status: "completed",
      tradeCount: 9,
      reserves: { forSale: "0" },
    });
    close(key);
  });

  test("tells a member whom a moderator removed, and nothing of the room any more", async () => {
    const { id: roomId } = await createRoom(server);
    const [anna, boris] = [await joinAs(server, "anna-9", roomId), await joinAs(server, "boris-9", roomId)];
    const own = callApi(server, await mintToken({ sub: "anna-9" }));
    const { me } = await own.trading.rooms.get.query({ roomId });
    await api().trading.moderation.remove.mutate({ roomId, traderId: me?.traderId ?? "", reason: null });
    await anna.got("ERROR", ({ code }) => code === "UNAUTHORIZED");
    boris.say("CHAT_MESSAGE", { environmentId: roomId, message: "Gone" });
    await boris.got("CHAT_MESSAGE");
    anna.say("VIRTUAL_TRADE", { environmentId: roomId, amount: "1000000", isBuy: true });
    anna.say("JOIN_ENVIRONMENT", { environmentId: roomId, userId: "anna-9" });
    const heard = (await anna.settled()).map(({ type, data }) => data.code ?? type);
    expect(heard).toEqual(["ENVIRONMENT_STATE", "UNAUTHORIZED", "UNAUTHORIZED", "UNAUTHORIZED"]);
    close(anna, boris);
  });

  test("refuses messages over 100 a minute of a user, over all of their sockets", async () => {
    const sockets = [await openTradingAs(server, "busy"), await openTradingAs(server, "busy")];
    for (const socket of sockets) for (let at = 0; at < 51; at += 1) socket.say("HEARTBEAT");
    const answers = await Promise.all(
      sockets.map(({ told }) => told.until((all) => (all.length === 51 ? [...all] : undefined))),
    );
    const refused = answers.flat().filter(({ type }) => type === "ERROR");
    expect(refused.map(({ data }) => data.code)).toEqual(["RATE_LIMITED", "RATE_LIMITED"]);
    expect(refused[0]?.data.details).toMatchObject({ retryAfterSeconds: expect.any(Number) });
    close(...sockets);
  });
});
