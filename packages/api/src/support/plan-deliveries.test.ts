import { describe, expect, it } from "vitest";
import { planDeliveries } from "./plan-deliveries.ts";
import { planEdits } from "./plan-edits.ts";
import type { DeliveryRoutes } from "./routes.ts";
import type { Channel, MessageKind, Source } from "./schema.ts";
import type { StoredPhotoRow } from "./stored.ts";
import type { Outgoing } from "./telegram-calls.ts";
import type { TelegramPayload } from "./telegram-payload.ts";

const ALL: DeliveryRoutes = { group: true, telegram: true, botId: 42, pushDelayMs: 4_000 };
const NOW = new Date("2026-03-10T12:00:00Z");

const plan = (message: Outgoing, routes: DeliveryRoutes = ALL) => planDeliveries(message, { routes, now: NOW });

interface Given
  extends Partial<Outgoing["message"]>,
    Partial<Pick<Outgoing["conversation"], "channel" | "externalId">> {
  photoKeys?: string[];
}

const messageOf = ({ channel = "app", externalId = "u1", photoKeys = [], ...given }: Given = {}): Outgoing => ({
  message: {
    id: 9,
    kind: "customer",
    source: "app",
    text: "Hello",
    author: { id: null, name: "Olga" },
    photos: photoKeys.map((fileKey) => ({ fileKey }) as StoredPhotoRow),
    replyTo: null,
    ...given,
  },
  conversation: { id: 3, personId: "p", channel, externalId },
});

const routesOf = (given: Given, routes: DeliveryRoutes = ALL) =>
  plan(messageOf(given), routes).map(({ route }) => route);

const payloadsOf = (given: Given): TelegramPayload[] =>
  plan(messageOf(given))
    .filter(({ route }) => route !== "push")
    .map(({ payload }) => payload as TelegramPayload);

describe("planDeliveries", () => {
  it.each<[MessageKind, Source, Channel, string[]]>([
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
  ])("owes for kind %s from %s on channel %s: %j", (kind, source, channel, routes) => {
    expect(routesOf({ kind, source, channel })).toEqual(routes);
  });

  it("owes nothing on a route that is not configured", () => {
    const reply = { kind: "agent", source: "dashboard", channel: "telegram" } as const;
    expect(routesOf(reply, { ...ALL, group: false })).toEqual(["telegram", "push"]);
    expect(routesOf(reply, { ...ALL, telegram: false, group: false })).toEqual(["push"]);
  });

  it("gives the group a queue for each conversation, each customer in their own, each conversation's pushes in one", () => {
    const items = plan(messageOf({ kind: "agent", source: "api", channel: "telegram", externalId: "7" }));
    expect(items.map(({ queue, lease }) => [queue, lease])).toEqual([
      ["telegram:group:c3", "bot:42"],
      ["telegram:7", "bot:42"],
      ["push:c3", "push"],
    ]);
  });

  it("delays the push only; a push without delay expedites those before it", () => {
    const reply = messageOf({ kind: "agent", source: "dashboard" });
    expect(plan(reply).map(({ dueAt }) => dueAt.getTime() - NOW.getTime())).toEqual([0, 4_000]);
    expect(plan(reply).map(({ expeditesEarlier }) => expeditesEarlier ?? false)).toEqual([false, false]);
    expect(plan(reply, { ...ALL, pushDelayMs: 0 }).at(-1)).toMatchObject({ expeditesEarlier: true });
  });

  it("names the agent in the group, and not to the customer", () => {
    const tasks = payloadsOf({ kind: "agent", source: "dashboard", channel: "telegram", text: "Ready" });
    expect(tasks).toMatchObject([
      { type: "text", to: "group", text: "Olga: Ready" },
      { type: "text", to: "customer", text: "Ready" },
    ]);
  });

  it("names the agent of a photo without words", () => {
    const [group] = payloadsOf({ kind: "agent", source: "dashboard", text: "", photoKeys: ["a.jpg"] });
    expect(group).toMatchObject({ type: "photos", caption: "Olga" });
  });

  it("sends photos as one album in order, a short text as its caption", () => {
    const photoKeys = ["c.jpg", "a.jpg", "b.jpg"];
    expect(payloadsOf({ photoKeys, text: "See", replyTo: { id: 8, author: "", text: "" } })).toEqual([
      { messageId: 9, type: "photos", to: "group", chatId: null, photoKeys, caption: "See", replyToId: 8 },
    ]);
  });

  it("sends a text too long for a caption after the photos, in parts that Telegram takes", () => {
    const text = "word ".repeat(2_000).trim();
    const reply: Given = { kind: "agent", source: "group", channel: "telegram", photoKeys: ["a.jpg"], text };
    const [photos, ...parts] = payloadsOf(reply);
    expect(photos).toMatchObject({ type: "photos", caption: "" });
    expect(parts.map((part) => (part.type === "text" ? [part.part, part.text.length <= 4096] : part))).toEqual([
      [0, true],
      [1, true],
      [2, true],
    ]);
    expect(parts.map((part) => (part.type === "text" ? part.text : "")).join(" ")).toBe(text);
  });

  it("takes 1,024 characters as a caption, and not one more", () => {
    const reply: Given = { kind: "agent", source: "group", channel: "telegram", photoKeys: ["a.jpg"] };
    expect(payloadsOf({ ...reply, text: "x".repeat(1_024) })).toHaveLength(1);
    expect(payloadsOf({ ...reply, text: "x".repeat(1_025) })).toHaveLength(2);
  });

  it("leaves room in the group for the line that names the customer", () => {
    const name = "n".repeat(128);
    const line = `${name} (telegram ${name})\n`.length;
    for (const task of payloadsOf({ text: "x".repeat(20_000) })) {
      expect(task.type === "text" ? task.text.length + line : 0).toBeLessThanOrEqual(4_096);
    }
    for (const task of payloadsOf({ text: "x".repeat(900), photoKeys: ["a.jpg"] })) {
      if (task.type === "photos") expect(task.caption === "" || task.caption.length + line <= 1_024).toBe(true);
    }
  });
});

describe("planEdits", () => {
  const editsOf = (given: Given) =>
    planEdits(messageOf(given), { routes: ALL, now: NOW }).map(({ route, payload }) => [
      route,
      (payload as { text: string }).text,
    ]);

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

  it("replaces an earlier edit of the same message that has not left", () => {
    const edits = planEdits(messageOf({ kind: "agent", source: "dashboard", channel: "telegram" }), {
      routes: ALL,
      now: NOW,
    });
    expect(edits.map(({ queue, replaces }) => [queue, replaces])).toEqual([
      ["telegram:group:c3", "edit:9"],
      ["telegram:u1", "edit:9"],
    ]);
  });
});
