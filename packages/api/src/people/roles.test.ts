import { customRoles, people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { rightsChangedTopic } from "../auth/events.ts";
import { keyWith, makeCustomer, makeTelegramCustomer, refusal, SYSTEM, unique } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

const telegram = (externalId: string) => ({ namespace: "telegram" as const, externalId });

describeOnDatabases("people and their roles", (world) => {
  const asSystem = () => world.as(SYSTEM).auth.people;
  const meOf = async (token: string) => world.as(await world.actorOf(token)).auth.me();

  it("a role given by Telegram id counts once init data has proven the id", async () => {
    const { personId } = await asSystem().grant({ ...telegram("901"), role: "Admin" });
    expect((await asSystem().show(telegram("901"))).identities).toMatchObject([{ externalId: "901", proven: false }]);
    const token = await world.openMiniApp({ id: 901 });
    expect(await meOf(token)).toMatchObject({ id: "901", role: "Admin", permissions: ["all"] });
    expect(await asSystem().show({ personId })).toMatchObject({ name: "Anna", identities: [{ proven: true }] });
  });

  it("treats an equal id in another namespace as another person", async () => {
    const { personId } = await asSystem().grant({ ...telegram("902"), role: "Admin" });
    await world.writeAs(makeCustomer({ externalId: "902" }));
    const app = await asSystem().show({ namespace: "app", externalId: "902" });
    expect(app).toMatchObject({ role: "User" });
    expect(app.id).not.toBe(personId);
  });

  it("taken back, it is gone at once from a session that is open, and its sockets are told", async () => {
    const token = await world.openMiniApp({ id: 903 });
    const { personId } = await asSystem().grant({ ...telegram("903"), role: "Moderator" });
    expect(await meOf(token)).toMatchObject({ role: "Moderator", permissions: ["mute", "warn"] });
    world.deps.bus.latest.length = 0;
    await asSystem().revoke(telegram("903"));
    expect(await meOf(token)).toMatchObject({ role: "User", permissions: [] });
    expect(world.deps.bus.latest.map(({ topic }) => topic)).toContain(rightsChangedTopic.name(`person:${personId}`));
  });

  it("writes down both, with the id and never a name, and a repeat only once", async () => {
    const { personId } = await asSystem().grant({ ...telegram("904"), role: "VIP" });
    await asSystem().grant({ ...telegram("904"), role: "VIP" });
    await asSystem().revoke(telegram("904"));
    await asSystem().revoke(telegram("904"));
    const granted = await world.listAudit("auth.roleGranted");
    expect(granted).toMatchObject([{ targetId: personId, targetName: null, details: { role: "VIP", before: "User" } }]);
    expect(await world.listAudit("auth.roleRevoked")).toMatchObject([{ details: { role: "User", before: "VIP" } }]);
  });

  it("creates one person for two grants at once", async () => {
    const results = await Promise.all([1, 2, 3].map(() => asSystem().grant({ ...telegram("905"), role: "VIP" })));
    expect(new Set(results.map((one) => one.personId)).size).toBe(1);
    expect([await world.countRows("people"), await world.countRows("identities")]).toEqual([1, 1]);
  });

  it("refuses to give or take a role that the caller does not hold", async () => {
    await asSystem().grant({ ...telegram("906"), role: "Admin" });
    const key = world.as(keyWith("auth:write")).auth.people;
    const forbidden = refusal("FORBIDDEN");
    await expect(key.grant({ ...telegram("907"), role: "Admin" })).rejects.toMatchObject(forbidden);
    await expect(key.grant({ ...telegram("907"), role: "Moderator" })).rejects.toMatchObject(forbidden);
    await expect(key.revoke(telegram("906"))).rejects.toMatchObject(forbidden);
    await expect(key.grant({ ...telegram("906"), role: "User" })).rejects.toMatchObject(forbidden);
    await key.grant({ ...telegram("907"), role: "VIP" });
    expect((await asSystem().show(telegram("906"))).role).toBe("Admin");
  });

  it("takes a custom role's place only from who holds it", async () => {
    const { personId } = await asSystem().grant({ ...telegram("908"), role: "VIP" });
    const [role] = await world.deps.db
      .insert(customRoles)
      .values({ name: "Trader", permissions: [], scopes: ["trading:write"] })
      .returning();
    await world.deps.db.update(people).set({ customRoleId: role?.id }).where(eq(people.id, personId));
    const key = world.as(keyWith("auth:write")).auth.people;
    await expect(key.revoke(telegram("908"))).rejects.toMatchObject(refusal("FORBIDDEN"));
    expect(await asSystem().show({ personId })).toMatchObject({ customRole: "Trader" });
    await asSystem().revoke(telegram("908"));
    expect(await asSystem().show({ personId })).toMatchObject({ customRole: null, role: "User" });
  });

  it("refuses agents and identities that were not seen", async () => {
    const agent = await world.makeAgent();
    const ref = { namespace: "agent" as const, externalId: agent.email };
    await expect(asSystem().grant({ ...ref, role: "Admin" })).rejects.toMatchObject(refusal("CONFLICT"));
    await expect(asSystem().revoke(telegram("909"))).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(asSystem().show(telegram("909"))).rejects.toMatchObject(refusal("NOT_FOUND"));
    expect(await world.countRows("identities")).toBe(0);
  });

  const api = () => world.as(keyWith("auth:read")).auth.people;

  it("finds by name, username, id, and several words of different ones", async () => {
    const anna = makeTelegramCustomer({ name: "Anna Ivanova", username: unique("anna") });
    await world.writeAs(anna);
    await world.writeAs(makeCustomer({ name: "Boris" }));
    for (const query of ["anna", "IVANOVA", anna.externalId, anna.username ?? "", `anna ${anna.externalId}`]) {
      const { people: found } = await api().search({ query });
      expect([query, found.map((one) => one.name)]).toEqual([query, ["Anna Ivanova"]]);
    }
    expect((await api().search({ query: "anna boris" })).people).toEqual([]);
    expect((await api().search({ query: "%" })).people).toEqual([]);
    expect((await api().search({})).people).toHaveLength(2);
    expect((await api().search({ limit: 1 })).people).toHaveLength(1);
  });

  it("shows identities, role and conversations", async () => {
    const customer = makeTelegramCustomer({ name: "Anna" });
    const { conversationId } = await world.writeAs(customer);
    await world.writeAs(customer);
    expect(await api().show(telegram(customer.externalId))).toMatchObject({
      name: "Anna",
      role: "User",
      customRole: null,
      isAgent: false,
      mergedIntoId: null,
      merges: [],
      identities: [{ namespace: "telegram", externalId: customer.externalId, proven: false }],
      conversations: [{ id: conversationId, channel: "telegram", messageCount: 2, status: "open" }],
    });
    const agent = await world.makeAgent();
    expect(await api().show({ personId: agent.personId })).toMatchObject({ isAgent: true, role: "Moderator" });
  });
});
