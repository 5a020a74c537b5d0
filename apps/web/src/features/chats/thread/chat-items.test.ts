import { expect, it } from "vitest";
import { dayOf } from "../../thread/lines.tsx";
import { messageOf } from "../testing.ts";
import { chatItems } from "./chat-items.ts";
import { toChatMessage } from "./chat-thread.ts";

const messages = [
  messageOf(1),
  messageOf(2, { isOutgoing: true, clientId: "long" }),
  messageOf(3, { isOutgoing: true, clientId: "long" }),
  messageOf(4),
].map(toChatMessage);

it("gives every part of a long text a row of its own, and marks what is new", () => {
  const items = chatItems({ messages, unsent: [], hasMore: false, readId: 3, dayOf });
  expect(items.map(({ key }) => key)).toEqual([
    "start",
    expect.stringMatching(/^day/),
    "m 1",
    "c long",
    "m 3",
    "new",
    "m 4",
  ]);
});

it("shows an album as one row with its words", () => {
  const album = { groupId: "g", isOutgoing: true, clientId: "photos" };
  const sent = [
    messageOf(1, { ...album, text: "" }),
    messageOf(2, { ...album, text: "Two cups" }),
    messageOf(3, { groupId: "other" }),
  ].map(toChatMessage);
  const items = chatItems({ messages: sent, unsent: [], hasMore: true, readId: null, dayOf });
  const rows = items.flatMap((item) => (item.type === "message" ? [item] : []));
  expect(rows.map(({ key, message }) => [key, message.text, message.album.map(({ id }) => id)])).toEqual([
    ["c photos", "Two cups", [1, 2]],
    ["m 3", "Message 3", [3]],
  ]);
});
