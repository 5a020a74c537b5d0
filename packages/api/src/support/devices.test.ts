import { pushSubscriptions } from "@pult/db/schema/push.ts";
import { expect, it } from "vitest";
import type { Customer } from "../actor.ts";
import { MAX_SUBSCRIPTIONS } from "../push/subscriptions.ts";
import { makeCustomer, refusal } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { countDevices } from "./customer-service.ts";
import { type RegisterDeviceInput, registerDeviceInput } from "./schema.ts";

const fcm = (token: string) => ({ provider: "fcm" as const, token });
const webPush = (endpoint = "https://push.example.com/1") => ({
  provider: "webpush" as const,
  subscription: { endpoint, keys: { p256dh: "key", auth: "auth" } },
});

describeOnDatabases("support.registerDevice", (world) => {
  const register = async (
    customer: Customer,
    input: Pick<RegisterDeviceInput, "target"> & Partial<RegisterDeviceInput>,
  ) => (await world.as(customer).support.registerDevice(input)).deviceCount;
  const alive = (customer: Customer) => countDevices(world.contextOf(customer), customer);

  it("counts the customer's living devices", async () => {
    const customer = makeCustomer();
    expect(await register(customer, { target: fcm("a") })).toBe(1);
    expect(await register(customer, { target: fcm("b") })).toBe(2);
    expect(await register(customer, { target: webPush() })).toBe(3);
    expect(await register(makeCustomer(), { target: fcm("c") })).toBe(1);
    expect(await alive(customer)).toBe(3);
  });

  it("takes the same token again as the same device, also 5 times at once", async () => {
    const customer = makeCustomer();
    const counts = await Promise.all([1, 2, 3, 4, 5].map(() => register(customer, { target: fcm("a") })));
    expect(counts).toEqual([1, 1, 1, 1, 1]);
    expect(await world.countRows("push_subscriptions")).toBe(1);
  });

  it("moves a token to the customer who registers it last", async () => {
    const [before, now] = [makeCustomer(), makeCustomer()];
    await register(before, { target: fcm("a") });
    expect(await register(now, { target: fcm("a") })).toBe(1);
    expect([await alive(before), await alive(now)]).toEqual([0, 1]);
  });

  it("lets a device's new token replace its old one, with the reason kept", async () => {
    const customer = makeCustomer();
    await register(customer, { deviceId: "phone", target: fcm("old") });
    await register(customer, { deviceId: "tablet", target: fcm("tablet") });
    world.deps.clock.advance(1_000);
    expect(await register(customer, { deviceId: "phone", target: fcm("new") })).toBe(2);
    const { conversationId } = await world.writeAs(customer);
    const staff = world.as(await world.makeAgent()).support;
    const known = (await staff.conversation({ conversationId })).conversation.devices;
    expect(known.map((device) => [device.deviceId, device.removedAt])).toEqual(
      expect.arrayContaining([
        ["phone", null],
        ["phone", world.deps.now().toISOString()],
        ["tablet", null],
      ]),
    );
  });

  it("replaces neither another provider's token of the device nor another customer's", async () => {
    const customer = makeCustomer();
    const other = makeCustomer();
    await register(customer, { deviceId: "phone", target: fcm("a") });
    await register(other, { deviceId: "phone", target: fcm("b") });
    expect(await register(customer, { deviceId: "phone", target: webPush() })).toBe(2);
    expect(await alive(other)).toBe(1);
  });

  it("brings a removed device back when it registers again", async () => {
    const customer = makeCustomer();
    await register(customer, { deviceId: "phone", target: fcm("a") });
    await register(customer, { deviceId: "phone", target: fcm("b") });
    expect(await register(customer, { deviceId: "phone", target: fcm("a") })).toBe(1);
  });

  it("keeps a customer's newest devices over the limit, and leaves other customers' devices alone", async () => {
    const [customer, other] = [makeCustomer(), makeCustomer()];
    await register(other, { target: fcm("other") });
    for (let at = 0; at < MAX_SUBSCRIPTIONS; at++) {
      expect(await register(customer, { target: at === 3 ? webPush() : fcm(`t${at}`) })).toBe(at + 1);
      world.deps.clock.advance(1_000);
    }
    // Registered again it is the newest.
    await register(customer, { target: fcm("t0") });
    for (const token of ["one more", "and another"]) {
      world.deps.clock.advance(1_000);
      expect(await register(customer, { target: fcm(token) })).toBe(MAX_SUBSCRIPTIONS);
    }
    const rows = await world.deps.db
      .select({ token: pushSubscriptions.token, removedAt: pushSubscriptions.removedAt })
      .from(pushSubscriptions);
    const removed = rows.filter(({ removedAt }) => removedAt !== null).map(({ token }) => token);
    expect(removed.sort()).toEqual(["t1", "t2"]);
    expect(await alive(other)).toBe(1);
  });

  it("opens no row of the inbox", async () => {
    await register(makeCustomer(), { target: fcm("a") });
    const staff = world.as(await world.makeAgent()).support;
    expect((await staff.inbox({})).conversations).toEqual([]);
  });

  it.each<[string, Partial<RegisterDeviceInput>]>([
    ["a NUL in the token", { target: fcm("a\u0000") }],
    ["half a character in the device id", { deviceId: "\ud800" }],
    ["a NUL in the platform", { platform: "ios\u0000" }],
  ])("refuses %s", async (_, input) => {
    await expect(register(makeCustomer(), { target: fcm("a"), ...input })).rejects.toMatchObject(refusal("VALIDATION"));
    expect(await world.countRows("push_subscriptions")).toBe(0);
  });

  it("countDevices returns 0 when the customer is unknown", async () => {
    expect(await alive(makeCustomer())).toBe(0);
  });
});

it.each<[string, object, boolean]>([
  ["an FCM token", { target: fcm("t") }, true],
  ["an empty token", { target: fcm("") }, false],
  ["a token of 4,097 characters", { target: fcm("t".repeat(4_097)) }, false],
  ["an endpoint that is no address", { target: webPush("nonsense") }, false],
  ["an unknown provider", { target: { provider: "apns", token: "t" } }, false],
  ["no target", {}, false],
])("registerDeviceInput, given %s", (_, input, accepted) => {
  expect(registerDeviceInput.safeParse(input).success).toBe(accepted);
});
