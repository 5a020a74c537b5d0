import type { Message } from "@pult/api/support/schema.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { type Failure, sendFailure } from "../../../trpc/failure.ts";
import { messageFixture } from "../testing.ts";
import { createReplyQueue } from "./reply-queue.ts";

const failure = (kind: Failure["kind"], retryAfterSeconds: number | null = null): Failure => ({
  kind,
  key: null,
  params: {},
  retryAfterSeconds,
});

let stored: Map<string, string>;
let calls: string[];
let sent: Message[];
let timers: { run: () => void; delayMs: number }[];
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
      setTimer: (run, delayMs) => timers.push({ run, delayMs }),
      random: () => 1,
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
const states = (queue: ReplyQueue) => queue.snapshot().map(({ clientId, state }) => `${clientId} ${state}`);

beforeEach(() => {
  stored = new Map();
  calls = [];
  sent = [];
  timers = [];
  answer = () => null;
});

describe("createReplyQueue", () => {
  it("sends in order and forgets what the server has", async () => {
    const queue = openQueue();
    queue.add(item("m1"));
    queue.add(item("m2"));
    expect(states(queue)).toEqual(["m1 sending", "m2 sending"]);
    await settle();
    expect(calls).toEqual(["m1", "m2"]);
    expect(sent.map((message) => message.clientId)).toEqual(["m1", "m2"]);
    expect(queue.snapshot()).toEqual([]);
    expect(stored.size).toBe(0);
  });

  it("waits without a connection and repeats under the same client id, in the same order", async () => {
    answer = () => failure("offline");
    const queue = openQueue();
    queue.add(item("m1"));
    queue.add(item("m2"));
    await settle();
    expect(calls).toEqual(["m1"]);
    answer = () => null;
    queue.flush();
    await settle();
    expect(calls).toEqual(["m1", "m1", "m2"]);
  });

  it("does not hold up another conversation", async () => {
    answer = ({ conversationId }) => (conversationId === 1 ? failure("offline") : null);
    const queue = openQueue();
    queue.add(item("m1"));
    queue.add(item("m2", 2));
    await settle();
    expect(states(queue)).toEqual(["m1 waiting"]);
  });

  it("leaves what the server refused to the agent, and goes on with the next", async () => {
    answer = ({ clientId }) => (clientId === "m1" ? failure("forbidden") : null);
    const queue = openQueue();
    queue.add(item("m1"));
    queue.add(item("m2"));
    await settle();
    expect(states(queue)).toEqual(["m1 failed"]);
    expect(queue.snapshot()[0]?.failure?.kind).toBe("forbidden");
    queue.flush();
    await settle();
    expect(calls).toEqual(["m1", "m2"]);
  });

  it("retries a failed one on demand with its client id, and forgets it on demand", async () => {
    answer = () => failure("forbidden");
    const queue = openQueue();
    queue.add(item("m1"));
    await settle();
    queue.retry("m1");
    await settle();
    expect(calls).toEqual(["m1", "m1"]);
    queue.discard("m1");
    expect(queue.snapshot()).toEqual([]);
    expect(stored.size).toBe(0);
  });

  it("waits longer each time, and at least as long as it was told", async () => {
    answer = () => failure("offline");
    const queue = openQueue();
    queue.add(item("m1"));
    await settle();
    queue.flush();
    await settle();
    answer = () => failure("rateLimited", 9);
    queue.flush();
    await settle();
    expect(timers.map((timer) => timer.delayMs)).toEqual([1000, 2000, 9000]);
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
    expect(queue.snapshot()).toEqual([]);
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
