import type { Message } from "@pult/api/support/schema.ts";
import { beforeEach, describe, expect, it } from "vitest";
import type { Failure } from "../../../trpc/failure.ts";
import { messageFixture } from "../testing.ts";
import { Outbox } from "./outbox.ts";

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

function openOutbox(): Outbox {
  return new Outbox(
    {
      async send(item) {
        calls.push(item.clientId);
        const refused = answer(item);
        if (refused) throw refused;
        return messageFixture(calls.length, { clientId: item.clientId, text: item.text });
      },
      toFailure: (error) => error as Failure,
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
const states = (outbox: Outbox) => outbox.snapshot().map(({ clientId, state }) => `${clientId} ${state}`);

beforeEach(() => {
  stored = new Map();
  calls = [];
  sent = [];
  timers = [];
  answer = () => null;
});

describe("Outbox", () => {
  it("sends in order and forgets what the server has", async () => {
    const outbox = openOutbox();
    outbox.add(item("m1"));
    outbox.add(item("m2"));
    expect(states(outbox)).toEqual(["m1 sending", "m2 sending"]);
    await settle();
    expect(calls).toEqual(["m1", "m2"]);
    expect(sent.map((message) => message.clientId)).toEqual(["m1", "m2"]);
    expect(outbox.snapshot()).toEqual([]);
    expect(stored.size).toBe(0);
  });

  it("waits without a connection and repeats under the same client id, in the same order", async () => {
    answer = () => failure("offline");
    const outbox = openOutbox();
    outbox.add(item("m1"));
    outbox.add(item("m2"));
    await settle();
    expect(calls).toEqual(["m1"]);
    answer = () => null;
    outbox.flush();
    await settle();
    expect(calls).toEqual(["m1", "m1", "m2"]);
  });

  it("does not hold up another conversation", async () => {
    answer = ({ conversationId }) => (conversationId === 1 ? failure("offline") : null);
    const outbox = openOutbox();
    outbox.add(item("m1"));
    outbox.add(item("m2", 2));
    await settle();
    expect(states(outbox)).toEqual(["m1 waiting"]);
  });

  it("leaves what the server refused to the agent, and goes on with the next", async () => {
    answer = ({ clientId }) => (clientId === "m1" ? failure("forbidden") : null);
    const outbox = openOutbox();
    outbox.add(item("m1"));
    outbox.add(item("m2"));
    await settle();
    expect(states(outbox)).toEqual(["m1 failed"]);
    expect(outbox.snapshot()[0]?.failure?.kind).toBe("forbidden");
    outbox.flush();
    await settle();
    expect(calls).toEqual(["m1", "m2"]);
  });

  it("retries a failed one on demand with its client id, and forgets it on demand", async () => {
    answer = () => failure("forbidden");
    const outbox = openOutbox();
    outbox.add(item("m1"));
    await settle();
    outbox.retry("m1");
    await settle();
    expect(calls).toEqual(["m1", "m1"]);
    outbox.discard("m1");
    expect(outbox.snapshot()).toEqual([]);
    expect(stored.size).toBe(0);
  });

  it("waits longer each time, and at least as long as it was told", async () => {
    answer = () => failure("offline");
    const outbox = openOutbox();
    outbox.add(item("m1"));
    await settle();
    outbox.flush();
    await settle();
    answer = () => failure("rateLimited", 9);
    outbox.flush();
    await settle();
    expect(timers.map((timer) => timer.delayMs)).toEqual([1000, 2000, 9000]);
  });

  it("survives a reload", async () => {
    answer = () => failure("offline");
    openOutbox().add(item("m1"));
    await settle();
    const reopened = openOutbox();
    expect(states(reopened)).toEqual(["m1 waiting"]);
    answer = () => null;
    reopened.flush();
    await settle();
    expect(sent.map((message) => message.clientId)).toEqual(["m1"]);
  });

  it("forgets what the log says the server has, when only the answer was lost", async () => {
    answer = () => failure("offline");
    const outbox = openOutbox();
    outbox.add(item("m1"));
    await settle();
    outbox.confirm(messageFixture(7, { clientId: "m1" }));
    expect(outbox.snapshot()).toEqual([]);
  });
});
