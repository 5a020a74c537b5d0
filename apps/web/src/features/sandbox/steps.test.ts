import type { SandboxMessage, World } from "@pult/sandbox/control.ts";
import { expect, it } from "vitest";
import { reachedSteps } from "./group-lines.ts";
import { CUSTOMER_ID, deviceFixture, receivedPush, STAFF_ID, sandboxMessage, worldFixture } from "./testing.ts";

const card = sandboxMessage(8, { text: "Demo customer 1\napp · demo_customer_1" });
const staff = { id: STAFF_ID, name: "Agent A (demo)", bot: false };
const device = deviceFixture("d1");

function reached(messages: SandboxMessage[], fields: Partial<World> = {}, wroteInApp = false) {
  const world = worldFixture(fields);
  const [customer] = world.users;
  if (!customer) throw new Error("no customer");
  return [...reachedSteps({ ...world, group: { ...world.group, messages } }, customer, wroteInApp)];
}

it("lights each step by existing data, and a refused push lights nothing", () => {
  expect(reached([])).toEqual([]);
  expect(reached([], {}, true)).toEqual(["wrote"]);
  expect(reached([card, sandboxMessage(9)])).toEqual(["wrote", "arrived"]);
  const answered = [card, sandboxMessage(9), sandboxMessage(10, { from: staff })];
  expect(reached(answered)).toEqual(["wrote", "arrived", "replied"]);
  expect(reached(answered, { devices: [device], pushes: [receivedPush("1", { status: 500 })] })).toHaveLength(3);
  expect(reached(answered, { devices: [device], pushes: [receivedPush("1")] })).toContain("pushed");
});

it("lights Instagram by a comment, and the broadcast by its pin in the live group", () => {
  const { instagram, liveGroup } = worldFixture();
  const from = { id: "p", username: "p" };
  const comment = { id: "1", mediaId: "m", parentId: null, from, text: "Nice", at: "", hasPrivateReply: false };
  expect(reached([], { instagram: { ...instagram, comments: [comment] } })).toEqual(["commented"]);
  const sent = (pinned: boolean) => ({ ...liveGroup, messages: [sandboxMessage(60, { threadId: 47, pinned })] });
  expect(reached([], { liveGroup: sent(false) })).toEqual([]);
  expect(reached([], { liveGroup: sent(true) })).toEqual(["broadcast"]);
});

it("is not lit by a note to the team, the card or the command that starts the bot", () => {
  const start = sandboxMessage(1, {
    chatId: CUSTOMER_ID,
    from: { id: CUSTOMER_ID, name: "x", bot: false },
    text: "/start",
  });
  const note = sandboxMessage(9, { from: staff, text: "// hm" });
  expect(reached([card, note], { privateChats: [{ userId: CUSTOMER_ID, messages: [start] }] })).toEqual([]);
});
