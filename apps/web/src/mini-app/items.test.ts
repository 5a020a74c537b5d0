import { describe, expect, it } from "vitest";
import { messageFixture } from "../features/support/testing.ts";
import { customerItems } from "./items.ts";
import type { Outgoing } from "./outbox.ts";

const dayOf = (iso: string) => iso.slice(0, 10);
const outgoing = (clientId: string, createdAt: string): Outgoing => ({
  clientId,
  createdAt,
  text: "hello",
  photos: [],
  state: "waiting",
  failure: null,
});

describe("customerItems", () => {
  it("begins every day with a line and joins what one side says in a row", () => {
    const messages = [
      messageFixture(1),
      messageFixture(2),
      messageFixture(3, { kind: "agent" }),
      messageFixture(4, { createdAt: "2026-11-02T09:00:00.000Z" }),
    ];
    const items = customerItems({ messages, outgoing: [], dayOf });
    expect(items.map((item) => item.type)).toEqual(["day", "message", "message", "message", "day", "message"]);
    const places = items.flatMap((item) => (item.type === "message" ? [item.place] : []));
    expect(places.map(({ joinsAbove, joinsBelow }) => `${joinsAbove} ${joinsBelow}`)).toEqual([
      "false true",
      "true false",
      "false false",
      "false false",
    ]);
  });

  it("shows a message once, under the same key, before and after the server has it", () => {
    const sending = outgoing("abc", "2026-11-01T10:00:05.000Z");
    const before = customerItems({ messages: [messageFixture(1)], outgoing: [sending], dayOf });
    const stored = messageFixture(2, { clientId: "abc" });
    const after = customerItems({ messages: [messageFixture(1), stored], outgoing: [sending], dayOf });
    expect(before.map((item) => item.key)).toEqual(after.map((item) => item.key));
    expect(after).toHaveLength(3);
  });

  it("does not join messages ten minutes apart", () => {
    const messages = [messageFixture(1), messageFixture(2, { createdAt: "2026-11-01T10:20:00.000Z" })];
    const items = customerItems({ messages, outgoing: [], dayOf });
    expect(items.at(-1)).toMatchObject({ place: { joinsAbove: false } });
  });
});
