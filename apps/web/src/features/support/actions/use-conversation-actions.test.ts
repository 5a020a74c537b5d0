import type { ConversationRow } from "@pult/api/support/schema.ts";
import { expect, it } from "vitest";
import { rowFixture } from "../testing.ts";
import { changeRow } from "./use-conversation-actions.ts";

const before = rowFixture(1);
const after = rowFixture(1, { status: "resolved" });
const reopened = rowFixture(1, { unreadCount: 1 });

/** A click whose answer comes by hand. */
function click() {
  let shown: ConversationRow = before;
  const show = (row: ConversationRow) => {
    shown = row;
  };
  const { promise, resolve, reject } = Promise.withResolvers<{ conversation: ConversationRow }>();
  const done = changeRow({ show, current: () => shown }, { before, after, call: () => promise });
  return { show, resolve, reject, done, shown: () => shown };
}

it("shows the answer of a change, or what was before it when it is refused", async () => {
  const [accepted, refused] = [click(), click()];
  expect(accepted.shown()).toBe(after);
  const answer = rowFixture(1, { status: "resolved", customerReadId: 5 });
  accepted.resolve({ conversation: answer });
  await accepted.done;
  expect(accepted.shown()).toBe(answer);
  refused.reject(new Error("refused"));
  await expect(refused.done).rejects.toThrow("refused");
  expect(refused.shown()).toBe(before);
});

it("keeps what the log told before the answer came", async () => {
  const [accepted, refused] = [click(), click()];
  for (const { show } of [accepted, refused]) show(reopened);
  accepted.resolve({ conversation: after });
  await accepted.done;
  refused.reject(new Error("refused"));
  await expect(refused.done).rejects.toThrow("refused");
  expect([accepted.shown(), refused.shown()]).toEqual([reopened, reopened]);
});
