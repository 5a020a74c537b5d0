import { describe, expect, it } from "vitest";
import { type InstagramEvent, instagramEvent } from "../schema.ts";
import { readWebhook } from "./read-webhook.ts";

const RECEIVED = new Date("2026-03-10T12:00:00.000Z");
const ACCOUNT = "17841400000000001";
const AT = 1_773_140_400;
const TIME = "2026-03-10T11:00:00.000Z";

const read = (body: unknown) => readWebhook(JSON.stringify(body), RECEIVED);
const entry = (fields: object) => ({ object: "instagram", entry: [{ id: ACCOUNT, time: AT, ...fields }] });
const change = (field: string, value: object) => entry({ changes: [{ field, value }] });
const messaging = (fields: object) =>
  entry({ messaging: [{ sender: { id: "501" }, recipient: { id: ACCOUNT }, timestamp: AT * 1000, ...fields }] });

const base = { sender: { id: "501" }, timestamp: TIME, accountId: ACCOUNT, content: "" };
const comment = { id: "c-1", text: "Nice", from: { id: "501", username: "anna" }, media: { id: "m-9" } };
const commented = { ...base, id: "c-1", content: "Nice", sender: { id: "501", username: "anna" }, about: "m-9" };

/** Written from Meta's documentation and from the document of the protocol, in words of our own. */
const SHAPES: [name: string, body: object, event: Partial<InstagramEvent>, key?: string][] = [
  ["a comment", change("comments", comment), { ...commented, eventType: "comments" }],
  [
    "a comment as the Business login sends it",
    entry({ field: "comments", value: comment }),
    { ...commented, eventType: "comments" },
  ],
  ["a live comment", change("live_comments", comment), { ...commented, eventType: "live_comments" }],
  [
    "a mention in a comment",
    change("mentions", { comment_id: "c-2", media_id: "m-9" }),
    { ...base, sender: {}, id: "c-2", eventType: "mentions", about: "m-9" },
  ],
  [
    "a mention in a caption",
    change("mentions", { media_id: "m-8" }),
    { ...base, sender: {}, id: "m-8", eventType: "mentions", about: "m-8" },
  ],
  [
    "a message",
    messaging({ message: { mid: "mid.1", text: "Hello" } }),
    { ...base, id: "mid.1", eventType: "messages", content: "Hello" },
  ],
  [
    "a message as a change",
    change("messages", {
      sender: { id: "501" },
      recipient: { id: ACCOUNT },
      timestamp: String(AT),
      message: { mid: "mid.2", text: "Hi" },
    }),
    { ...base, id: "mid.2", eventType: "messages", content: "Hi" },
  ],
  [
    "a shared post",
    messaging({
      message: { mid: "mid.3", attachments: [{ type: "share", payload: { url: "https://cdn.example/p" } }] },
    }),
    { ...base, id: "mid.3", eventType: "messages", attachments: [{ type: "share", url: "https://cdn.example/p" }] },
  ],
  [
    "a mention in a story",
    messaging({
      message: { mid: "mid.4", attachments: [{ type: "story_mention", payload: { url: "https://cdn.example/s" } }] },
    }),
    {
      ...base,
      id: "mid.4",
      eventType: "story_mentions",
      attachments: [{ type: "story_mention", url: "https://cdn.example/s" }],
    },
  ],
  [
    "a reply to a story",
    messaging({
      message: { mid: "mid.5", text: "Wow", reply_to: { story: { id: "s-1", url: "https://cdn.example/s" } } },
    }),
    { ...base, id: "mid.5", eventType: "messages", content: "Wow", about: "s-1" },
  ],
  [
    "an echo of the account's own message",
    messaging({ sender: { id: ACCOUNT }, message: { mid: "mid.6", text: "Answer", is_echo: true } }),
    { ...base, sender: { id: ACCOUNT }, id: "mid.6", eventType: "messages", content: "Answer", isEcho: true },
  ],
  [
    "a message taken back, beside the message itself",
    messaging({ message: { mid: "mid.1", is_deleted: true } }),
    { ...base, id: "mid.1:deleted", eventType: "messages", isDeleted: true },
  ],
  [
    "a reaction",
    messaging({ reaction: { mid: "mid.1", action: "react", reaction: "love", emoji: "❤" } }),
    { ...base, id: `mid.1:501:react:${AT * 1000}`, eventType: "message_reactions", content: "❤", about: "mid.1" },
  ],
  ["a read", messaging({ read: { mid: "mid.1" } }), { ...base, id: "mid.1", eventType: "messaging_seen" }],
  [
    "a postback, by Meta's own name",
    messaging({ postback: { mid: "mid.7", title: "Yes", payload: "YES" } }),
    { ...base, id: "mid.7", eventType: "postback", content: "Yes" },
  ],
  [
    "a message in a thread that another app answers",
    entry({
      standby: [
        { sender: { id: "501" }, recipient: { id: ACCOUNT }, timestamp: AT, message: { mid: "mid.8", text: "?" } },
      ],
    }),
    { ...base, id: "mid.8", eventType: "messages", content: "?", isStandby: true },
  ],
  [
    "the document's flat shape",
    {
      id: "event_123",
      eventType: "comments",
      sender: { id: "501", username: "user123" },
      comment: { text: "Great post!" },
      timestamp: "2024-01-01T12:00:00Z",
      accountId: ACCOUNT,
    },
    {
      id: "event_123",
      eventType: "comments",
      sender: { id: "501", username: "user123" },
      content: "Great post!",
      timestamp: "2024-01-01T12:00:00.000Z",
      accountId: ACCOUNT,
    },
  ],
];

describe("readWebhook", () => {
  it.each(SHAPES)("reads %s", (_name, body, event) => {
    const [one, ...others] = read(body);
    expect(others).toEqual([]);
    expect(one?.event).toEqual(event);
    expect(one).toMatchObject({ accountId: event.accountId, kind: event.eventType, key: event.id });
    expect(instagramEvent.parse(one?.event)).toEqual(one?.event);
  });

  it.each([
    ["seconds", AT],
    ["milliseconds", AT * 1000],
    ["digits", String(AT)],
    ["ISO 8601", TIME],
  ])("reads a time in %s", (_name, time) => {
    expect(read(entry({ time, changes: [{ field: "comments", value: comment }] }))[0]?.event.timestamp).toBe(TIME);
  });

  it("takes the time of arrival where Meta tells none that can be", () => {
    for (const time of [undefined, null, "soon", -1, 1e300, {}])
      expect(read({ entry: [{ id: ACCOUNT, time, field: "comments", value: comment }] })[0]?.event.timestamp).toBe(
        RECEIVED.toISOString(),
      );
  });

  it("reads every event of every entry in order, escaped letters and characters that cannot be kept", () => {
    const text = `{"entry":[{"id":"${ACCOUNT}","time":${AT},"changes":[{"field":"comments","value":{"id":"1","text":"\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442\\u0000\\ud800"}},{"field":"comments","value":{"id":"2","text":"b"}}]},{"id":"2","time":${AT},"changes":[{"field":"comments","value":{"id":"3","text":"c"}}]}]}`;
    expect(readWebhook(text, RECEIVED).map(({ key, event }) => [key, event.content])).toEqual([
      ["1", "Привет\ufffd"],
      ["2", "b"],
      ["3", "c"],
    ]);
  });

  it("makes the same key of the same event without an id, and another of another", () => {
    const keys = ["a", "a", "b"].map((text) => read(change("story_insights", { text }))[0]?.key);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).not.toBe(keys[2]);
  });

  it("reads nothing of entries without events, and rejects what is no webhook", () => {
    expect(read({ object: "instagram", entry: [{}, null, "x", { changes: [] }] })).toEqual([]);
    for (const body of [{}, [], { entry: "x" }, { eventType: 1 }]) expect(() => read(body)).toThrow("Neither");
    expect(() => readWebhook("{", RECEIVED)).toThrow(SyntaxError);
  });
});
