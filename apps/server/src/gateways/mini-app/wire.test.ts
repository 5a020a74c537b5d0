import { describe, expect, it } from "vitest";
import * as wire from "./wire.ts";

describe("The Mini App protocol", () => {
  it.each<[string, wire.ClientMessage]>([
    ['{ "type": "ping" }', { type: "ping" }],
    ['{"type":"history"}', { type: "history", limit: 50 }],
    [
      '{ "action": "broadcast", "text": "LIVE: Celtics -3.5 1H @ -108 (Pinnacle) | EV +9.2%", "thread_id": 47 }',
      { type: "broadcast", text: "LIVE: Celtics -3.5 1H @ -108 (Pinnacle) | EV +9.2%", threadId: 47 },
    ],
    ['{"action":"broadcast","text":"x"}', { type: "broadcast", text: "x", threadId: null }],
    [
      '{ "action": "pin", "data": { "messageId": 12345 }, "thread_id": 47 }',
      { type: "pin", messageId: 12345, threadId: 47 },
    ],
  ])("decodes %s", (text, message) => {
    expect(wire.decodeMessage(text)).toEqual(message);
  });

  it.each([
    "ping",
    "[]",
    "null",
    '{"type":"pong"}',
    '{"type":"history","limit":0}',
    '{"action":"shout"}',
    '{"action":"broadcast"}',
    '{"action":"broadcast","text":"  "}',
    '{"action":"broadcast","text":"x","thread_id":"47"}',
    '{"action":"pin","data":{"messageId":1.5}}',
    '{"action":"pin"}',
  ])("refuses %s", (text) => {
    expect(() => wire.decodeMessage(text)).toThrow("Invalid message format");
  });

  it("encodes what the document shows", () => {
    const figures = { running: true, uptime: 103_245 };
    const alert = {
      id: "1",
      type: "halftime-ghost",
      name: "LAL vs GSW - Under 112.5 2H",
      marketId: "NBA29381",
      confidence: 0.94,
      ev: 8.7,
      sport: "basketball",
      expiresAt: "2024-01-04T12:40:00.000Z",
      publishedAt: "2024-01-04T12:00:00.000Z",
    };
    expect([
      wire.encodeStatus(JSON.stringify(figures)),
      wire.encodeToast({ title: "Message sent and pinned!", level: "success" }),
      JSON.stringify(wire.liveOutOf({ type: "published", alert })),
      wire.encodePong(),
      wire.encodeError("Permission denied"),
    ]).toEqual([
      '{"type":"status","data":{"running":true,"uptime":103245}}',
      '{"type":"toast","title":"Message sent and pinned!","level":"success"}',
      '{"type":"live_out","data":{"id":"1","type":"halftime-ghost","name":"LAL vs GSW - Under 112.5 2H","marketId":"NBA29381","confidence":0.94,"ev":8.7,"sport":"basketball","expiresAt":1704372000000}}',
      '{"type":"pong"}',
      '{"type":"error","message":"Permission denied"}',
    ]);
  });
});
