import { DomainError } from "@pult/api/errors.ts";
import { describe, expect, it } from "vitest";
import * as wire from "./wire.ts";

const AT = 1_640_995_200_000;

/** The document's own messages, with what they decode to. */
const SENT: [text: string, message: wire.ClientMessage][] = [
  [
    `{ "type": "authenticate", "token": "jwt_token_here", "userId": "user_id_here", "timestamp": ${AT} }`,
    { type: "authenticate", token: "jwt_token_here", userId: "user_id_here" },
  ],
  [
    `{ "type": "subscribe", "eventTypes": ["comments", "messages", "mentions", "live_comments"], "userId": "user_id_here", "timestamp": ${AT} }`,
    { type: "subscribe", eventTypes: ["comments", "messages", "mentions", "live_comments"], userId: "user_id_here" },
  ],
  [
    `{ "type": "unsubscribe", "eventTypes": ["comments"], "userId": "user_id_here", "timestamp": ${AT} }`,
    { type: "unsubscribe", eventTypes: ["comments"], userId: "user_id_here" },
  ],
  [
    `{ "type": "get_subscriptions", "userId": "user_id_here", "timestamp": ${AT} }`,
    { type: "get_subscriptions", userId: "user_id_here" },
  ],
  [
    `{ "type": "test_connection", "userId": "user_id_here", "timestamp": ${AT} }`,
    { type: "test_connection", userId: "user_id_here" },
  ],
  [`{ "type": "heartbeat", "timestamp": ${AT}, "clientId": "instantchat-frontend" }`, { type: "heartbeat" }],
];

/** What the server of the document answers. */
const ANSWERED: [text: string, answer: string][] = [
  [
    `{"type":"auth_success","message":"Authentication successful","userId":"user_id_here","timestamp":${AT}}`,
    wire.encodeAuthSuccess("user_id_here", AT),
  ],
  [`{"type":"auth_failed","reason":"Invalid token","timestamp":${AT}}`, wire.encodeAuthFailed(AT)],
  [
    `{"type":"subscription_confirmed","eventTypes":["comments","messages"],"timestamp":${AT}}`,
    wire.encodeSubscriptions(["comments", "messages"], AT),
  ],
  [
    `{"type":"connection_info","status":"connected","subscriptions":["comments","messages"],"timestamp":${AT}}`,
    wire.encodeConnectionInfo(["comments", "messages"], AT),
  ],
  [`{"type":"heartbeat_response","timestamp":${AT},"serverTime":"2022-01-01T00:00:00.000Z"}`, wire.encodeHeartbeat(AT)],
  [`{"type":"error","message":"Not authenticated","timestamp":${AT}}`, wire.encodeError("Not authenticated", AT)],
  [
    `{"type":"webhook_event","payload":{"id":"event_123"},"timestamp":${AT}}`,
    wire.encodeEvent('{"id":"event_123"}', AT),
  ],
];

describe("The notification protocol", () => {
  it.each(SENT)("decodes %s", (text, message) => {
    expect(wire.decodeMessage(text)).toEqual(message);
  });

  it.each(ANSWERED)("encodes %s", (text, answer) => {
    expect(answer).toBe(text);
  });

  it.each([
    ["not JSON", "Invalid message format"],
    ["[]", "Invalid message format"],
    ['{"type":1}', "Invalid message format"],
    ['{"type":"constructor"}', "Unknown message type: constructor"],
    ['{"type":"subscribe"}', "eventTypes"],
    ['{"type":"subscribe","eventTypes":[]}', "eventTypes: name at least one"],
    ['{"type":"subscribe","eventTypes":["comments","likes"]}', "Unknown event type: likes"],
    ['{"type":"subscribe","eventTypes":[1]}', "eventTypes.0"],
    ['{"type":"authenticate","token":"","userId":"u"}', "token"],
  ])("refuses %s", (text, words) => {
    const decoding = () => wire.decodeMessage(text);
    expect(decoding).toThrow(DomainError);
    expect(decoding).toThrow(words);
  });
});
