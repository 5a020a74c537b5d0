import { expect, it } from "vitest";
import { type Agent, keyWith, makeCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import type { SetPreferencesInput } from "./schema.ts";

const fcm = (token: string) => ({ target: { provider: "fcm" as const, token } });

describeOnDatabases("A person's own devices", (world) => {
  it("are registered, tested and removed by their owner alone", async () => {
    const [agent, other] = [world.as(await world.makeAgent()), world.as(await world.makeAgent({ role: "User" }))];
    const { push } = agent.notifications;
    expect(await push.subscribe(fcm("a"))).toEqual({ devices: 1 });
    expect(await push.subscribe({ ...fcm("b"), platform: "Firefox" })).toEqual({ devices: 2 });
    const { devices } = await push.devices({});
    expect(devices).toMatchObject([{ provider: "fcm" }, { provider: "fcm" }]);
    const deviceId = devices[0]?.id ?? "";
    expect(await push.test({ deviceId })).toEqual({ state: "accepted", providerStatus: 200, reason: null });
    await expect(other.notifications.push.test({ deviceId })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await other.notifications.push.unsubscribe({ endpointOrToken: "a" });
    expect(await push.unsubscribe({ endpointOrToken: "a" })).toEqual({ devices: 1 });
    expect(await push.unsubscribe({ endpointOrToken: "a" })).toEqual({ devices: 1 });
    await other.notifications.push.unsubscribe({ deviceId });
    expect(await push.unsubscribe({ endpointOrToken: "a" })).toEqual({ devices: 1 });
    await push.subscribe(fcm("a"));
    expect(await push.unsubscribe({ deviceId })).toEqual({ devices: 1 });
  });

  it("are a customer's too, beside those that the support protocol registers", async () => {
    const customer = makeCustomer();
    const api = world.as(customer);
    await api.support.registerDevice(fcm("a"));
    expect(await api.notifications.push.subscribe(fcm("b"))).toEqual({ devices: 2 });
    expect((await api.notifications.push.devices({})).devices).toHaveLength(2);
  });

  it("end with the agent's session and account", async () => {
    const signIn = async () => {
      const { browser } = await world.signedIn();
      const actor = (await browser.actor()) as Agent;
      await world.as(actor).notifications.push.subscribe(fcm(actor.personId));
      return actor;
    };
    const [one, two] = [await signIn(), await signIn()];
    const admin = world.as(SYSTEM);
    const devicesOf = async (personId: string) =>
      (await admin.notifications.push.devices({ personId })).devices.map(({ removedAt, lastPush }) => [
        removedAt !== null,
        lastPush,
      ]);
    expect(await devicesOf(one.personId)).toEqual([[false, null]]);
    await admin.auth.team.endSessions({ personId: one.personId });
    expect(await devicesOf(one.personId)).toEqual([[true, null]]);
    expect(await devicesOf(two.personId)).toEqual([[false, null]]);
    await world.makeAgent({ role: "Admin" });
    await admin.auth.team.setDisabled({ personId: two.personId, disabled: true });
    expect(await devicesOf(two.personId)).toEqual([[true, null]]);
  });

  it("are shown to staff, and tested by keys that may write", async () => {
    const agent = await world.makeAgent();
    await world.as(agent).notifications.push.subscribe(fcm("a"));
    const { personId } = agent;
    const [device] = (await world.as(keyWith("notifications:read")).notifications.push.devices({ personId })).devices;
    const deviceId = device?.id ?? "";
    const test = (scope: "notifications:read" | "notifications:write") =>
      world.as(keyWith(scope)).notifications.push.test({ deviceId });
    await expect(test("notifications:read")).rejects.toMatchObject(refusal("FORBIDDEN"));
    expect(await test("notifications:write")).toMatchObject({ state: "accepted" });
  });

  it("rejects preferences that are none, and changes nothing", async () => {
    const { preferences } = world.as(await world.makeAgent({ role: "User" })).notifications;
    const before = await preferences.get();
    const wrong: SetPreferencesInput[] = [
      { timeZone: "Mars/Olympus" },
      { kinds: { "support.assigned": { push: false } } },
      { kinds: { "no.kind": {} } },
    ];
    for (const input of wrong) await expect(preferences.set(input)).rejects.toMatchObject(refusal("VALIDATION"));
    for (const input of [{ quietHours: { from: "25:00", to: "08:00" } }, { maxPerHour: 0 }])
      await expect(preferences.set(input)).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(await preferences.get()).toEqual(before);
    const customer = world.as(makeCustomer()).notifications.preferences;
    const kinds = { "notifications.alert": { push: true, threshold: 0.8 } };
    expect(await customer.set({ kinds, sound: true })).toMatchObject({
      kinds: { "notifications.alert": { inApp: false, push: true, threshold: 0.8 }, "support.answer": { push: true } },
      sound: true,
      timeZone: "UTC",
    });
    expect(Object.keys((await customer.get()).kinds).sort()).toEqual(["notifications.alert", "support.answer"]);
  });
});
