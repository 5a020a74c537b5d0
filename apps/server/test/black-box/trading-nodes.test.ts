import { describe, expect, test } from "vitest";
import { nodePair } from "../support/matrix.ts";
import { close, codesOf, createRoom, joinAs } from "../support/trading-socket.ts";
import { callApi } from "../support/trpc-client.ts";
import { openTwoNodes } from "../support/two-nodes.ts";
import { useServer } from "../support/use-server.ts";

describe.each(nodePair())("The trading protocol on two nodes, %s", (_name, runtimes) => {
  const nodes = useServer(() => openTwoNodes({ runtimes }));

  test("tells members on both of trades, words, prices and who is there, in one order", async () => {
    const { id: environmentId, tokenMint } = await createRoom(nodes.a);
    const anna = await joinAs(nodes.a, "anna", environmentId);
    const boris = await joinAs(nodes.b, "boris", environmentId);
    boris.say("SUBSCRIBE_PRICE", { mintAddress: tokenMint });
    await boris.got("PRICE_UPDATE");
    for (let at = 0; at < 20; at += 1) {
      for (const socket of [anna, boris]) {
        socket.say("VIRTUAL_TRADE", { environmentId, amount: "10000000", isBuy: true, clientId: `c${at}` });
        socket.say("CHAT_MESSAGE", { environmentId, message: `${at}` });
      }
    }
    const heard = await Promise.all(
      [anna, boris].map(({ told }) =>
        told.until((all) => {
          const events = all.filter(({ type }) => type === "VIRTUAL_TRADE_EXECUTED" || type === "CHAT_MESSAGE");
          return events.length === 80 ? events : undefined;
        }),
      ),
    );
    expect(heard[1]).toEqual(heard[0]);
    await boris.got("PRICE_UPDATE", ({ volume }) => volume === "400000000");
    expect(codesOf([...anna.told.all, ...boris.told.all])).toEqual([]);
    anna.say("VIRTUAL_TRADE", { environmentId, amount: "10000000", isBuy: true, clientId: "c0" });
    await anna.told.until(
      (all) => all.filter(({ type }) => type === "VIRTUAL_TRADE_EXECUTED").length === 41 || undefined,
    );
    await boris.settled();
    expect(await callApi(nodes.b).trading.rooms.get.query({ roomId: environmentId })).toMatchObject({
      tradeCount: 40,
      participants: 2,
    });
    close(anna, boris);
  });
});
