import { describe, expect } from "vitest";
import type { PushMessage, PushSender, PushTarget } from "../../push/sender.ts";
import { type ContractTest, contractOf } from "./contract.ts";

export interface ReceivedPush {
  title: string;
  body: string;
  data: Record<string, string>;
  collapseKey: string | null;
}

export interface PushPeer extends Partial<AsyncDisposable> {
  sender: PushSender;
  device: PushTarget;
  /** A device whose app is gone for good. */
  goneDevice: PushTarget;
  /** What reached `device`, oldest first. */
  received(): ReceivedPush[];
  /** From now on the provider answers every push with this status; null: normally. */
  answerAll(status: 429 | 500 | null): void;
}

const MESSAGE: PushMessage = {
  title: "Анна",
  body: "Ваш заказ готов 👍",
  data: { conversationId: "7", kind: "message" },
  collapseKey: "conversation-7",
  ttlSeconds: 3600,
};

/** What every push sender must do, for one provider. @param start a fresh peer for each test */
export function describePushSender(name: string, start: () => Promise<PushPeer>): void {
  describe(`push sender contract: ${name}`, () => {
    const it = contractOf(start);
    describeDelivery(it);
    describeAnswers(it);
  });
}

function describeDelivery(it: ContractTest<PushPeer>): void {
  it("delivers every part of a message", async ({ peer }) => {
    const result = await peer.sender.send(peer.device, MESSAGE);
    expect(result).toMatchObject({ state: "accepted", reason: null });
    expect(result.providerStatus).toBeGreaterThanOrEqual(200);
    expect(result.providerStatus).toBeLessThan(300);
    expect(peer.received()).toHaveLength(1);
    const { title, body, data, collapseKey } = MESSAGE;
    expect(peer.received()[0]).toMatchObject({ title, body, data, collapseKey });
  });

  it("delivers a repeat again, under the same collapse key", async ({ peer }) => {
    await peer.sender.send(peer.device, MESSAGE);
    await peer.sender.send(peer.device, MESSAGE);
    expect(peer.received().map((push) => push.collapseKey)).toEqual(["conversation-7", "conversation-7"]);
  });

  it("delivers an empty body, and a collapse key of 32 characters", async ({ peer }) => {
    const collapseKey = "A-_z".repeat(8);
    expect(await peer.sender.send(peer.device, { ...MESSAGE, body: "", collapseKey })).toMatchObject({
      state: "accepted",
    });
    expect(peer.received()[0]).toMatchObject({ body: "", collapseKey });
  });

  it.for(["я", "😀", '"', "\n"])("cuts a body that is too long instead of failing: %j", async (unit, { peer }) => {
    const body = unit.repeat(8000);
    expect(await peer.sender.send(peer.device, { ...MESSAGE, body })).toMatchObject({ state: "accepted" });
    const shown = peer.received()[0]?.body ?? "";
    expect(shown.endsWith("…")).toBe(true);
    expect(shown.length).toBeGreaterThan(900);
    expect(body.startsWith(shown.slice(0, -1)) && shown.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(shown)).toBeLessThan(4096);
  });

  it("fails, and keeps the device, when even an empty body does not fit", async ({ peer }) => {
    const result = await peer.sender.send(peer.device, { ...MESSAGE, data: { blob: "x".repeat(5000) } });
    expect(result).toMatchObject({ state: "failed" });
    expect(peer.received()).toHaveLength(0);
  });
}

function describeAnswers(it: ContractTest<PushPeer>): void {
  it("asks to remove a device that is gone, and no other", async ({ peer }) => {
    const result = await peer.sender.send(peer.goneDevice, MESSAGE);
    expect(result).toMatchObject({ state: "removed", reason: expect.stringMatching(/./) });
    expect(await peer.sender.send(peer.device, MESSAGE)).toMatchObject({ state: "accepted" });
  });

  it.for([429, 500] as const)("asks to try again after %i, and works once that is over", async (status, { peer }) => {
    peer.answerAll(status);
    const result = await peer.sender.send(peer.device, MESSAGE);
    expect(result).toMatchObject({ state: "retry", providerStatus: status, reason: expect.stringMatching(/./) });
    if (status === 429) expect(result).toMatchObject({ retryAfterMs: expect.any(Number) });
    peer.answerAll(null);
    expect(await peer.sender.send(peer.device, MESSAGE)).toMatchObject({ state: "accepted" });
  });

  it("keeps a device that is gone while the provider is in trouble", async ({ peer }) => {
    peer.answerAll(500);
    expect(await peer.sender.send(peer.goneDevice, MESSAGE)).toMatchObject({ state: "retry" });
  });

  it("sends many at once", async ({ peer }) => {
    const sends = Array.from({ length: 20 }, (_, index) =>
      peer.sender.send(peer.device, { ...MESSAGE, body: `message ${index}`, collapseKey: `k${index}` }),
    );
    const states = (await Promise.all(sends)).map((result) => result.state);
    expect(states).toEqual(Array(20).fill("accepted"));
    expect(new Set(peer.received().map((push) => push.body)).size).toBe(20);
  });

  it("shows a VAPID key that browsers take", ({ peer }) => {
    expect(peer.sender.vapidPublicKey).toMatch(/^B[A-Za-z0-9_-]{86}$/);
  });
}
