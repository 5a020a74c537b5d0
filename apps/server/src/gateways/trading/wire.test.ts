import { readFileSync } from "node:fs";
import { requestError } from "@pult/api/errors.ts";
import { tradingError } from "@pult/api/trading/errors.ts";
import type { RoomState, RoomTrade } from "@pult/api/trading/schema.ts";
import { describe, expect, it } from "vitest";
import * as wire from "./wire.ts";

/** The document's own messages, each with example values, and what the contract adds to them. */
const DOCUMENTED = readFileSync(new URL("transcripts/messages.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line): { type: string; data: Record<string, unknown> } => JSON.parse(line));
const documented = (type: string) => DOCUMENTED.filter((one) => one.type === type);

const ROOM = "environment_id";
const AT = "2024-01-01T00:00:00.000Z";
const trader = { traderId: "1", userId: "wallet_public_key", name: null };
const trade: RoomTrade = {
  ...trader,
  sequence: 2,
  side: "buy",
  amountIn: "1000000000",
  amountOut: "34277831558567",
  fee: "10000000",
  price: "28.88164026",
  priceAfter: "29.834734389",
  reserves: { sol: "30990000000", token: "1038722168441433", forSale: "758822168441433" },
  at: AT,
};
const message = { ...trader, id: 1, text: "message", at: AT };

describe("The trading protocol", () => {
  it.each(["JOIN_ENVIRONMENT", "VIRTUAL_TRADE", "VOICE_SESSION_START", "SUBSCRIBE_PRICE", "SUBSCRIBE_REWARDS"])(
    "decodes the document's %s",
    (type) => {
      const [shown] = documented(type);
      expect(wire.decodeMessage(JSON.stringify(shown))).toEqual(shown);
    },
  );

  it("decodes what a client says in a room, and a heartbeat without data", () => {
    const [said] = documented("CHAT_MESSAGE");
    expect(wire.decodeMessage(JSON.stringify(said))).toEqual(said);
    expect(wire.decodeMessage('{"type":"HEARTBEAT"}')).toEqual({ type: "HEARTBEAT", data: undefined });
  });

  it("decodes the optional fields, and drops what it does not know", () => {
    const data = { environmentId: ROOM, amount: "1", isBuy: false, minOut: "0", clientId: "c1", userId: "w" };
    const sent = JSON.stringify({ type: "VIRTUAL_TRADE", data: { ...data, price: "1" } });
    expect(wire.decodeMessage(sent)).toEqual({ type: "VIRTUAL_TRADE", data });
  });

  it.each([
    "JOIN_ENVIRONMENT",
    "[]",
    "null",
    "7",
    '{"data":{}}',
    '{"type":7,"data":{}}',
    '{"type":"toString","data":{}}',
    '{"type":"ENVIRONMENT_STATE","data":{}}',
    ...["JOIN_ENVIRONMENT", "VIRTUAL_TRADE", "CHAT_MESSAGE", "VOICE_SESSION_START", "SUBSCRIBE_PRICE"].flatMap((type) =>
      [undefined, null, {}, [], "text", 1].map((data) => JSON.stringify({ type, data })),
    ),
    '{"type":"SUBSCRIBE_REWARDS","data":{"userId":""}}',
    '{"type":"SUBSCRIBE_REWARDS","data":{"userId":"\\u0000"}}',
    `{"type":"CHAT_MESSAGE","data":{"environmentId":"${ROOM}","message":""}}`,
    `{"type":"CHAT_MESSAGE","data":{"environmentId":"${ROOM}","message":"${"x".repeat(2_001)}"}}`,
  ])("refuses %s", (text) => {
    expect(() => wire.decodeMessage(text)).toThrow(expect.objectContaining({ code: "VALIDATION" }));
  });

  it.each(["-1", "0", "1.5", "1e9", " 1", "1 ", "01", "+1", "", "0x1", "١", `1${"0".repeat(40)}`, 1, null, true])(
    "refuses the amount %j",
    (amount) => {
      const data = { environmentId: ROOM, amount, isBuy: true };
      expect(() => wire.decodeMessage(JSON.stringify({ type: "VIRTUAL_TRADE", data }))).toThrow(/^amount: /);
    },
  );

  it("encodes what the document shows", () => {
    const state = { id: ROOM, name: "name", tokenMint: "mint_address", participants: 1, messages: [], trades: [] };
    const reserves = { sol: "30000000000", token: "1073000000000000", forSale: "793100000000000" };
    const priced = { mintAddress: "mint_address", roomId: ROOM, price: "29.834734389", volume: "1000000000" };
    const rewards = {
      tier: "Bronze",
      unclaimedRewards: "2000000",
      totalLaunches: 0,
      totalVolume: "1000000000",
    } as const;
    expect([
      wire.stateMessage({ ...state, reserves } as unknown as RoomState),
      wire.tradeMessage(ROOM, trade),
      wire.chatMessage(ROOM, message),
      JSON.parse(wire.encodePrice(JSON.stringify(wire.priceData({ ...priced, marketValue: "1", at: AT })))),
      JSON.parse(
        wire.encodeRewards(
          JSON.stringify(wire.rewardsData({ ...rewards, feePercent: 20, claimedRewards: "0", next: null })),
        ),
      ),
      JSON.parse(wire.encodeHeartbeat()),
    ]).toEqual([
      documented("ENVIRONMENT_STATE")[0],
      documented("VIRTUAL_TRADE_EXECUTED")[0],
      documented("CHAT_MESSAGE")[1],
      documented("PRICE_UPDATE")[0],
      documented("REWARD_UPDATE")[0],
      documented("HEARTBEAT")[0],
    ]);
  });

  it("tells a room of its trades and words, and of nothing else", () => {
    const about = { ...trader, at: AT };
    expect(wire.roomMessage(ROOM, { type: "traded", trade, status: "open" })).toEqual(wire.tradeMessage(ROOM, trade));
    const sent = { ...message, clientId: "1" };
    expect(wire.roomMessage(ROOM, { type: "messageSent", message: sent })).toEqual(wire.chatMessage(ROOM, message));
    expect(wire.roomMessage(ROOM, { type: "joined", ...about })).toBeNull();
    expect(wire.roomMessage(ROOM, { type: "closed", at: AT })).toBeNull();
  });

  it("has a code for every refusal, and says when to try again", () => {
    const codeOf = (text: string) => JSON.parse(text).data.code;
    const refusals = [
      tradingError("roomNotFound"),
      tradingError("notJoined"),
      tradingError("otherTrader"),
      tradingError("muted", { until: AT }),
      tradingError("completed"),
      tradingError("closed"),
      tradingError("slippage", { in: "1", out: "2" }),
      tradingError("nothingToTrade"),
      tradingError("clientIdReused"),
      requestError("overloaded"),
      null,
    ];
    expect(refusals.map((one) => codeOf(wire.encodeRefusal(one)))).toEqual([
      "ENVIRONMENT_NOT_FOUND",
      "NOT_JOINED",
      "UNAUTHORIZED",
      "UNAUTHORIZED",
      "ROOM_COMPLETED",
      "ROOM_COMPLETED",
      "SLIPPAGE_EXCEEDED",
      "INVALID_MESSAGE",
      "INVALID_MESSAGE",
      "RATE_LIMITED",
      "RATE_LIMITED",
    ]);
    const limited = requestError("rateLimited", { seconds: 7 }, { retryAfterSeconds: 7 });
    expect(JSON.parse(wire.encodeRefusal(limited))).toEqual({
      type: "ERROR",
      data: {
        code: "RATE_LIMITED",
        message: "Too many requests; try again in 7 s",
        details: { seconds: 7, retryAfterSeconds: 7 },
      },
    });
  });

  it("finds the user that a message comes from", () => {
    expect(documented("JOIN_ENVIRONMENT").map((one) => wire.namedIn(JSON.stringify(one)))).toEqual([
      "wallet_public_key",
    ]);
    for (const text of ["no JSON", '{"type":"HEARTBEAT","data":{"userId":7}}', '{"type":"JOIN_ENVIRONMENT"}'])
      expect(wire.namedIn(text)).toBeNull();
  });
});
