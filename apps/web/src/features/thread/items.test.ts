import { describe, expect, it } from "vitest";
import { messageFixture } from "../support/testing.ts";
import { threadItems } from "./items.ts";

const dayOf = (iso: string) => iso.slice(0, 10);
const outgoing = (clientId: string, createdAt: string) => ({ clientId, createdAt, kind: "customer", state: "waiting" });
const isOneHand = (above: { kind: string }, below: { kind: string }) => above.kind === below.kind;
const base = { dayOf, isOneHand };

describe("threadItems", () => {
  it("begins every day with a line and joins what one side says in a row", () => {
    const messages = [
      messageFixture(1),
      messageFixture(2),
      messageFixture(3, { kind: "agent" }),
      messageFixture(4, { createdAt: "2026-11-02T09:00:00.000Z" }),
    ];
    const items = threadItems({ ...base, messages, outgoing: [] });
    expect(items.map((item) => item.type)).toEqual(["day", "message", "message", "message", "day", "message"]);
    const places = items.flatMap((item) => (item.type === "message" ? [item] : []));
    expect(places.map(({ joinsAbove, joinsBelow }) => `${joinsAbove} ${joinsBelow}`)).toEqual([
      "false true",
      "true false",
      "false false",
      "false false",
    ]);
  });

  it("shows a message once, under the same key, before and after the server has it", () => {
    const sending = outgoing("abc", "2026-11-01T10:00:05.000Z");
    const before = threadItems({ ...base, messages: [messageFixture(1)], outgoing: [sending] });
    const stored = messageFixture(2, { clientId: "abc" });
    const after = threadItems({ ...base, messages: [messageFixture(1), stored], outgoing: [sending] });
    expect(before.map((item) => item.key)).toEqual(after.map((item) => item.key));
    expect(after).toHaveLength(3);
  });

  it("does not join messages ten minutes apart", () => {
    const messages = [messageFixture(1), messageFixture(2, { createdAt: "2026-11-01T10:20:00.000Z" })];
    const items = threadItems({ ...base, messages, outgoing: [] });
    expect(items.at(-1)).toMatchObject({ joinsAbove: false });
  });
});
