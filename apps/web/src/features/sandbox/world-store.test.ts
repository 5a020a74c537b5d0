import { describe, expect, it } from "vitest";
import { CUSTOMER_ID, receivedPush, sandboxMessage, worldFixture } from "./testing.ts";
import { withWorldEvent } from "./world-store.ts";

describe("withWorldEvent", () => {
  it("begins a private chat with its first message and replaces edited ones", () => {
    const message = sandboxMessage(1, { chatId: CUSTOMER_ID, threadId: null });
    const once = withWorldEvent(worldFixture(), { type: "message", message });
    const edited = withWorldEvent(once, { type: "message", message: { ...message, text: "changed" } });
    expect(edited.privateChats).toEqual([{ userId: CUSTOMER_ID, messages: [{ ...message, text: "changed" }] }]);
  });

  it("takes a deleted message away", () => {
    const world = withWorldEvent(worldFixture(), { type: "message", message: sandboxMessage(1) });
    const { chatId } = world.group;
    expect(withWorldEvent(world, { type: "messageDeleted", chatId, messageId: 1 }).group.messages).toEqual([]);
  });

  it("leaves alone what belongs to a chat it does not know", () => {
    const world = worldFixture();
    expect(withWorldEvent(world, { type: "message", message: sandboxMessage(1, { chatId: 404 }) })).toBe(world);
  });

  it("puts the newest push first and marks the one it replaced", () => {
    const first = withWorldEvent(worldFixture(), { type: "push", push: receivedPush("1", { collapseKey: "m" }) });
    const second = withWorldEvent(first, { type: "push", push: receivedPush("2", { collapseKey: "m" }) });
    expect(second.pushes.map(({ id, replaced }) => [id, replaced])).toEqual([
      ["2", false],
      ["1", true],
    ]);
  });

  it("does not let a refused push replace a shown one", () => {
    const first = withWorldEvent(worldFixture(), { type: "push", push: receivedPush("1", { collapseKey: "m" }) });
    const push = receivedPush("2", { collapseKey: "m", status: 429 });
    expect(withWorldEvent(first, { type: "push", push }).pushes[1]?.replaced).toBe(false);
  });
});
