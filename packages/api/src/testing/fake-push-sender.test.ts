import { describe, expect, it } from "vitest";
import type { PushMessage, PushResult, PushTarget } from "../push/sender.ts";
import { describePushSender } from "./contracts/push-sender.ts";
import { FakePushSender } from "./fake-push-sender.ts";

const DEVICE: PushTarget = { provider: "fcm", token: "device-1" };
const MESSAGE: PushMessage = { title: "t", body: "b", data: {}, collapseKey: "k", ttlSeconds: 60 };
const RETRY: PushResult = { state: "retry", providerStatus: 503, reason: "busy", retryAfterMs: 1000 };

describePushSender("FakePushSender", async () => {
  const sender = new FakePushSender();
  const goneDevice: PushTarget = { provider: "fcm", token: "device-2" };
  sender.markGone(goneDevice);
  return {
    sender,
    device: DEVICE,
    goneDevice,
    received: () => sender.delivered.filter(({ target }) => target === DEVICE).map(({ message }) => message),
    answerAll: (status) => {
      sender.answerAll = status === null ? null : { ...RETRY, providerStatus: status };
    },
    [Symbol.asyncDispose]: async () => {},
  };
});

describe("FakePushSender", () => {
  it("answers as told, once each, and remembers all of it", async () => {
    const sender = new FakePushSender();
    sender.answerNext(RETRY);
    expect((await sender.send(DEVICE, MESSAGE)).state).toBe("retry");
    expect((await sender.send(DEVICE, MESSAGE)).state).toBe("accepted");
    expect(sender.pushes.map(({ result }) => result.state)).toEqual(["retry", "accepted"]);
    expect(sender.delivered).toHaveLength(1);
  });

  it.each<[string, Partial<PushMessage>]>([
    ["collapseKey", { collapseKey: "a b" }],
    ["collapseKey", { collapseKey: "a".repeat(33) }],
    ["ttlSeconds", { ttlSeconds: -1 }],
    ["ttlSeconds", { ttlSeconds: Number.NaN }],
    ["data", { data: { n: 1 as unknown as string } }],
  ])("throws for an impossible %s", async (words, part) => {
    await expect(new FakePushSender().send(DEVICE, { ...MESSAGE, ...part })).rejects.toThrow(words);
  });

  it("throws for a device without a name", async () => {
    await expect(new FakePushSender().send({ provider: "fcm", token: "" }, MESSAGE)).rejects.toThrow("no name");
  });
});
