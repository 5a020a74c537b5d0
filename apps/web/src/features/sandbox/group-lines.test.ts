import type { SandboxMessage } from "@pult/sandbox/control.ts";
import { describe, expect, it } from "vitest";
import { findTopicOf, groupLines, topicEntries } from "./group-lines.ts";
import { LIVE_GROUP_ID, STAFF_ID, sandboxMessage, worldFixture } from "./testing.ts";

const staff = { id: STAFF_ID, name: "Agent A (demo)", bot: false };
const card = sandboxMessage(8, { text: "Demo customer 1\ntelegram · 1\nen" });

const TOPIC = { kind: "support", threadId: 7 } as const;
const SUPPORT = { kind: "support", generalName: "General" } as const;

function worldOf(messages: SandboxMessage[]) {
  const world = worldFixture();
  return { ...world, group: { ...world.group, messages } };
}
const read = (fields: Partial<SandboxMessage>) => {
  const [line] = groupLines(worldOf([sandboxMessage(9, fields)]), TOPIC);
  return line && [line.author, line.text, line.mark];
};

describe("groupLines", () => {
  it("knows the card, the customer, the dashboard and the team", () => {
    expect(groupLines(worldOf([card]), TOPIC)[0]?.mark).toBe("card");
    expect(read({ text: "Torn corner" })).toEqual(["Demo customer 1", "Torn corner", "viaBot"]);
    expect(read({ text: "Agent A (demo): I am sorry" })).toEqual(["Agent A (demo)", "I am sorry", "fromDashboard"]);
    expect(read({ text: "Agent A (demo)" })).toEqual(["Agent A (demo)", "", "fromDashboard"]);
    expect(read({ from: staff, text: "On its way" })).toEqual(["Agent A (demo)", "On its way", null]);
    expect(read({ from: staff, text: "// two boxes left" })?.[2]).toBe("internal");
  });

  it("does not put a stranger's words into the customer's mouth", () => {
    expect(read({ text: "Pult: Glad to hear it." })).toEqual(["Demo bot", "Pult: Glad to hear it.", "viaBot"]);
  });

  it("makes one line of an album", () => {
    const photo = (fileUniqueId: string) => ({ fileUniqueId, width: 4, height: 3 });
    const lines = groupLines(
      worldOf([
        sandboxMessage(9, { mediaGroupId: "a", photo: photo("x"), text: "Two photos" }),
        sandboxMessage(10, { mediaGroupId: "a", photo: photo("y"), text: "" }),
        sandboxMessage(11),
      ]),
      TOPIC,
    );
    expect(lines.map((line) => line.photos.length)).toEqual([2, 0]);
    expect(lines[0]?.text).toBe("Two photos");
  });
});

describe("topicEntries", () => {
  const customer = (id: number) => sandboxMessage(id, { text: `line ${id}` });

  it("counts customer messages since the last answer or look", () => {
    const world = worldOf([card, customer(9), sandboxMessage(10, { from: staff }), customer(11), customer(12)]);
    const unread = (seen: number) => topicEntries(world, SUPPORT, new Map([[7, seen]]))[0]?.unread;
    expect(unread(0)).toBe(2);
    expect(unread(11)).toBe(1);
    expect(unread(12)).toBe(0);
  });

  it("lists General only when something is in it", () => {
    const names = (messages: SandboxMessage[]) =>
      topicEntries(worldOf(messages), SUPPORT, new Map()).map((entry) => entry.name);
    expect(names([card])).toEqual(["Demo customer 1"]);
    expect(names([card, sandboxMessage(9, { threadId: null })])).toEqual(["General", "Demo customer 1"]);
  });
});

describe("the live group", () => {
  it("shows broadcasts as the bot's, its pins by topic, and General always", () => {
    const broadcast = sandboxMessage(60, { chatId: LIVE_GROUP_ID, threadId: 47, text: "Goal: 1", pinned: true });
    const world = worldFixture();
    const live = { ...world, liveGroup: { ...world.liveGroup, messages: [broadcast] } };
    const place = { kind: "live", generalName: "General" } as const;
    const entries = topicEntries(live, place, new Map());
    expect(entries.map(({ name, unread, pinned }) => [name, unread, pinned.length])).toEqual([
      ["Live", 1, 1],
      ["General", 0, 0],
    ]);
    expect(entries[0]?.last).toMatchObject({ author: "Demo bot", mark: null });
  });
});

describe("findTopicOf", () => {
  it("goes by the card, and forgets a deleted topic", () => {
    const world = worldOf([card]);
    expect(findTopicOf(world, { channel: "telegram", externalId: "1" })).toBe(7);
    expect(findTopicOf(world, { channel: "app", externalId: "1" })).toBeNull();
    const gone = { ...world, group: { ...world.group, topics: [] } };
    expect(findTopicOf(gone, { channel: "telegram", externalId: "1" })).toBeNull();
  });
});
