import type { Message } from "@pult/api/chats/schema.ts";
import { expect, it, vi } from "vitest";
import { SendBox } from "./send-box.ts";
import { messageOf } from "./testing.ts";

function boxWith(send: () => Promise<Message>, kept: string | null = null) {
  const calls: string[] = [];
  const shelf = { value: kept };
  const record = (name: string) => async (input: { clientId: string }) => {
    calls.push(`${name} ${input.clientId}`);
    return { message: await send(), parts: [] };
  };
  const sent: Message[] = [];
  const box = new SendBox({
    client: { chats: { send: { mutate: record("send") }, retry: { mutate: record("retry") } } } as never,
    accountId: "a",
    shelf: { read: () => shelf.value, write: (value) => void Object.assign(shelf, { value }) },
    onSent: (message) => sent.push(message),
    onScheduled: (chatId) => calls.push(`scheduled ${chatId}`),
  });
  return { box, calls, shelf, sent };
}

const message = (clientId: string) => ({
  clientId,
  chatId: "7",
  text: "Hello",
  media: [],
  replyToMessageId: null,
  scheduleDate: null,
});
const queued = () => Promise.resolve(messageOf(1, { state: "queued" }));
const change = { chatId: "7", error: null, retryAt: null };

it("hands messages over in order and keeps them until Telegram has them", async () => {
  const { box, calls, shelf } = boxWith(queued);
  box.add(message("c1"));
  box.add(message("c2"));
  await vi.waitFor(() => expect(calls).toEqual(["send c1", "send c2"]), { timeout: 15_000 });
  box.hear({ ...change, clientId: "c1", state: "sending" });
  expect(box.items.getState().map(({ state }) => state)).toEqual(["sending", "queued"]);
  box.confirm(["c1"]);
  expect(JSON.parse(shelf.value ?? "")).toMatchObject([{ clientId: "c2" }]);
  box.hear({ ...change, clientId: "c2", state: "sent" });
  expect(JSON.parse(shelf.value ?? "")).toEqual([]);
});

it("keeps what failed over a reload, and asks about the rest with the same client id", async () => {
  const first = boxWith(queued);
  first.box.add(message("c1"));
  first.box.add(message("c2"));
  await vi.waitFor(() => expect(first.calls).toHaveLength(2), { timeout: 15_000 });
  first.box.hear({ ...change, clientId: "c1", state: "failed", error: { code: "FORBIDDEN", message: "no" } });
  const second = boxWith(() => Promise.resolve(messageOf(9, { state: "sent", clientId: "c2" })), first.shelf.value);
  await vi.waitFor(() => expect(second.sent).toHaveLength(1), { timeout: 15_000 });
  expect(second.calls).toEqual(["send c2"]);
  expect(second.box.items.getState()).toMatchObject([{ clientId: "c1", state: "failed" }]);
  second.box.retry("c1");
  await vi.waitFor(() => expect(second.calls).toEqual(["send c2", "retry c1"]), { timeout: 15_000 });
});

it("fails a message that the server refuses, and sends it again on demand", async () => {
  let isAway = true;
  const { box, calls } = boxWith(() => (isAway ? Promise.reject(new Error("away")) : queued()));
  box.add(message("c1"));
  await vi.waitFor(
    () => expect(box.items.getState()).toMatchObject([{ state: "failed", failure: { kind: "server" } }]),
    { timeout: 15_000 },
  );
  isAway = false;
  box.retry("c1");
  await vi.waitFor(() => expect(calls).toEqual(["send c1", "send c1"]), { timeout: 15_000 });
});
