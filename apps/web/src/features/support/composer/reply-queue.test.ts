import type { Message } from "@pult/api/support/schema.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { type Failure, sendFailure } from "../../../trpc/failure.ts";
import { messageFixture } from "../testing.ts";
import { createReplyQueue } from "./reply-queue.ts";

const failure = (kind: Failure["kind"]): Failure => ({ kind, key: null, params: {}, retryAfterSeconds: null });

let stored: Map<string, string>;
let calls: string[];
let sent: Message[];
let answer: (item: { clientId: string; conversationId: number }) => Failure | null;

type ReplyQueue = ReturnType<typeof createReplyQueue>;

function openQueue(): ReplyQueue {
  return createReplyQueue(
    {
      async send(item) {
        calls.push(item.clientId);
        const refused = answer(item);
        if (refused) throw refused;
        return messageFixture(calls.length, { clientId: item.clientId, text: item.text });
      },
      toFailure: (error) => sendFailure(error as Failure),
      onSent: (message) => sent.push(message),
      storage: {
        keys: () => [...stored.keys()],
        getItem: (key) => stored.get(key) ?? null,
        setItem: (key, value) => void stored.set(key, value),
        removeItem: (key) => void stored.delete(key),
      },
      setTimer: () => {},
    },
    "a",
  );
}

const item = (clientId: string, conversationId = 1) => ({
  clientId,
  conversationId,
  kind: "agent" as const,
  text: clientId,
  photos: [],
  replyTo: null,
  createdAt: `2026-11-01T10:00:0${clientId.slice(-1)}.000Z`,
});
const settle = () => new Promise((resolve) => setImmediate(resolve));
const states = (queue: ReplyQueue) => queue.items.getState().map(({ clientId, state }) => `${clientId} ${state}`);

beforeEach(() => {
  stored = new Map();
  calls = [];
  sent = [];
  answer = () => null;
});

describe("createReplyQueue", () => {
  it("sends each conversation's replies in order, and forgets what the server has", async () => {
    answer = ({ conversationId }) => (conversationId === 2 ? failure("offline") : null);
    const queue = openQueue();
    queue.add(item("m1"));
    queue.add(item("m2"));
    queue.add(item("m3", 2));
    expect(states(queue)).toEqual(["m1 sending", "m2 sending", "m3 sending"]);
    await settle();
    expect(calls).toEqual(["m1", "m3", "m2"]);
    expect(sent.map((message) => message.clientId)).toEqual(["m1", "m2"]);
    expect([states(queue), stored.size]).toEqual([["m3 waiting"], 1]);
  });

  it("leaves a refused reply to the agent, to be retried under its client id or discarded", async () => {
    answer = () => failure("forbidden");
    const queue = openQueue();
    queue.add(item("m1"));
    await settle();
    expect(queue.items.getState()).toMatchObject([{ clientId: "m1", state: "failed", failure: { kind: "forbidden" } }]);
    queue.retry("m1");
    await settle();
    expect(calls).toEqual(["m1", "m1"]);
    queue.discard("m1");
    expect([queue.items.getState(), stored.size]).toEqual([[], 0]);
  });

  it("survives a reload", async () => {
    answer = () => failure("offline");
    openQueue().add(item("m1"));
    await settle();
    const reopened = openQueue();
    expect(states(reopened)).toEqual(["m1 waiting"]);
    answer = () => null;
    reopened.flush();
    await settle();
    expect(sent.map((message) => message.clientId)).toEqual(["m1"]);
  });

  it("forgets what the log says the server has, when only the answer was lost", async () => {
    answer = () => failure("offline");
    const queue = openQueue();
    queue.add(item("m1"));
    await settle();
    queue.confirm(messageFixture(7, { clientId: "m1" }));
    expect(queue.items.getState()).toEqual([]);
  });

  it("takes over what an earlier version kept, as it was", async () => {
    const former = { ...item("m1"), state: "waiting", failure: null };
    stored.set("pult.outbox.a.m1", JSON.stringify(former));
    stored.set("pult.outbox.a.m2", JSON.stringify({ ...item("m2"), state: "failed", failure: failure("forbidden") }));
    stored.set("pult.outbox.b.m3", "of another agent");
    const queue = openQueue();
    expect(states(queue)).toEqual(["m1 waiting", "m2 failed"]);
    expect([...stored.keys()].sort()).toEqual(["pult.outbox.b.m3", "pult.sendQueue.a.m1", "pult.sendQueue.a.m2"]);
    queue.flush();
    await settle();
    expect(sent.map((message) => [message.clientId, message.text])).toEqual([["m1", "m1"]]);
  });
});
