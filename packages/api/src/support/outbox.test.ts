import { describe, expect, it } from "vitest";
import { type DeliveryRules, laneOf, type OutboxTask, type Outgoing, planDeliveries, planEdits } from "./outbox.ts";
import type { MessageKind, Source } from "./schema.ts";

const ALL: DeliveryRules = { group: true, telegram: true, pushDelayMs: 4_000 };

const messageOf = (given: Partial<Outgoing> = {}): Outgoing => ({
  kind: "customer",
  source: "app",
  text: "Hello",
  authorName: "Olga",
  photoKeys: [],
  replyToId: null,
  channel: "app",
  externalId: "u1",
  ...given,
});

const legsOf = (given: Partial<Outgoing>, rules: DeliveryRules = ALL) =>
  planDeliveries(messageOf(given), rules).map((row) => row.leg);

const tasksOf = (given: Partial<Outgoing>): OutboxTask[] =>
  planDeliveries(messageOf(given), ALL)
    .filter((row) => row.leg !== "push")
    .map((row) => row.task);

describe("planDeliveries", () => {
  it.each<[MessageKind, Source, string, string[]]>([
    ["customer", "app", "app", ["group"]],
    ["customer", "telegram", "telegram", ["group"]],
    ["agent", "dashboard", "app", ["group", "push"]],
    ["agent", "dashboard", "telegram", ["group", "telegram", "push"]],
    ["agent", "group", "app", ["push"]],
    ["agent", "group", "telegram", ["telegram", "push"]],
    ["agent", "api", "app", ["group", "push"]],
    ["greeting", "system", "app", []],
    ["greeting", "system", "telegram", ["telegram"]],
    ["note", "dashboard", "telegram", []],
    ["note", "group", "app", []],
    ["event", "system", "telegram", []],
  ])("owes for kind %s from %s on channel %s: %j", (kind, source, channel, legs) => {
    expect(legsOf({ kind, source, channel })).toEqual(legs);
  });

  it("owes nothing on a leg that is not configured", () => {
    const reply = { kind: "agent", source: "dashboard", channel: "telegram" } as const;
    expect(legsOf(reply, { ...ALL, group: false })).toEqual(["telegram", "push"]);
    expect(legsOf(reply, { ...ALL, telegram: false, group: false })).toEqual(["push"]);
  });

  it("puts everything for the group on one lane, each customer on his own, each push on its own", () => {
    const lanes = planDeliveries(
      messageOf({ kind: "agent", source: "api", channel: "telegram", externalId: "7" }),
      ALL,
    );
    expect(lanes.map((row) => laneOf(row, 9))).toEqual(["telegram:group", "telegram:7", "push:c9"]);
  });

  it("delays the push only", () => {
    const rows = planDeliveries(messageOf({ kind: "agent", source: "dashboard" }), ALL);
    expect(rows.map((row) => row.delayMs)).toEqual([0, 4_000]);
  });

  it("names the agent in the group, and not to the customer", () => {
    const tasks = tasksOf({ kind: "agent", source: "dashboard", channel: "telegram", text: "Ready" });
    expect(tasks).toMatchObject([
      { type: "text", to: "group", text: "Olga: Ready" },
      { type: "text", to: "customer", text: "Ready" },
    ]);
  });

  it("names the agent of a photo without words", () => {
    const [group] = tasksOf({ kind: "agent", source: "dashboard", text: "", photoKeys: ["a.jpg"] });
    expect(group).toMatchObject({ type: "photos", caption: "Olga" });
  });

  it("sends photos as one album in order, a short text as its caption", () => {
    const photoKeys = ["c.jpg", "a.jpg", "b.jpg"];
    expect(tasksOf({ photoKeys, text: "See", replyToId: 9 })).toEqual([
      { type: "photos", to: "group", photoKeys, caption: "See", replyToId: 9 },
    ]);
  });

  it("sends a text too long for a caption after the photos, in parts that Telegram takes", () => {
    const text = "word ".repeat(2_000).trim();
    const reply = messageOf({ kind: "agent", source: "group", channel: "telegram", photoKeys: ["a.jpg"], text });
    const [photos, ...parts] = tasksOf(reply);
    expect(photos).toMatchObject({ type: "photos", caption: "" });
    expect(parts.map((part) => (part.type === "text" ? [part.part, part.text.length <= 4096] : part))).toEqual([
      [0, true],
      [1, true],
      [2, true],
    ]);
    expect(parts.map((part) => (part.type === "text" ? part.text : "")).join(" ")).toBe(text);
  });

  it("takes 1,024 characters as a caption, and not one more", () => {
    const reply = messageOf({ kind: "agent", source: "group", channel: "telegram", photoKeys: ["a.jpg"] });
    expect(tasksOf({ ...reply, text: "x".repeat(1_024) })).toHaveLength(1);
    expect(tasksOf({ ...reply, text: "x".repeat(1_025) })).toHaveLength(2);
  });

  it("leaves room in the group for the line that names the customer", () => {
    const name = "n".repeat(128);
    const line = `${name} (telegram ${name})\n`.length;
    for (const task of tasksOf({ text: "x".repeat(20_000) })) {
      expect(task.type === "text" ? task.text.length + line : 0).toBeLessThanOrEqual(4_096);
    }
    for (const task of tasksOf({ text: "x".repeat(900), photoKeys: ["a.jpg"] })) {
      if (task.type === "photos") expect(task.caption === "" || task.caption.length + line <= 1_024).toBe(true);
    }
  });
});

describe("planEdits", () => {
  const editsOf = (given: Partial<Outgoing>) =>
    planEdits(messageOf(given), ALL).map(({ leg, task }) => [leg, task.type === "edit" ? task.text : task.type]);

  it("follows a customer's edit into the group only", () => {
    expect(editsOf({ kind: "customer", source: "telegram", channel: "telegram" })).toEqual([["group", "Hello"]]);
  });

  it("follows an agent's edit to the customer's Telegram, and into the group unless it came from there", () => {
    expect(editsOf({ kind: "agent", source: "group", channel: "telegram" })).toEqual([["telegram", "Hello"]]);
    expect(editsOf({ kind: "agent", source: "dashboard", channel: "telegram" })).toEqual([
      ["group", "Olga: Hello"],
      ["telegram", "Hello"],
    ]);
    expect(editsOf({ kind: "agent", source: "group", channel: "app" })).toEqual([]);
  });

  it("leaves notes where they are", () => {
    expect(editsOf({ kind: "note", source: "group", channel: "telegram" })).toEqual([]);
  });
});
