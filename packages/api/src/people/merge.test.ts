import { customRoles, people, sessions } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Customer } from "../actor.ts";
import { publishRightsChanged } from "../auth/events.ts";
import { keyWith, makeCustomer, makeTelegramCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { readerOf } from "../testing/reader.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";

const refOf = ({ namespace, externalId }: Customer) => ({ namespace, externalId });

describeOnBothDatabases("people.merge", (world) => {
  const api = () => world.as(SYSTEM).auth.people;

  /** A customer with a conversation, and their person. */
  async function known(customer: Customer = makeCustomer()) {
    const { conversationId } = await world.writeAs(customer);
    const { id } = await api().show(refOf(customer));
    return { customer, id, conversationId };
  }

  const two = async () => [await known(), await known(makeTelegramCustomer())] as const;

  it("makes one of two: identities, conversations and new messages are the kept one's", async () => {
    const [kept, merged] = await two();
    const preview = await api().previewMerge({ keepId: kept.id, mergeId: merged.id });
    expect(preview).toMatchObject({ roleAfter: "User", refusals: [] });
    const { mergeId } = await api().merge({ keepId: kept.id, mergeId: merged.id });
    await world.writeAs(merged.customer);
    const shown = await api().show(refOf(merged.customer));
    expect(shown.id).toBe(kept.id);
    expect(shown.identities).toEqual(preview.identities);
    expect(shown.conversations.map(({ id, messageCount }) => [id, messageCount])).toEqual([
      [kept.conversationId, 1],
      [merged.conversationId, 2],
    ]);
    expect(shown.merges).toMatchObject([
      { id: mergeId, mergedId: merged.id, reason: "agent", identities: [refOf(merged.customer)] },
    ]);
    expect(await api().show({ personId: merged.id })).toMatchObject({ mergedIntoId: kept.id, identities: [] });
    expect((await api().search({})).people.map((one) => one.id)).toEqual([kept.id]);
    expect(await world.listAudit("auth.peopleMerged")).toMatchObject([
      { targetId: kept.id, details: { mergedId: merged.id, mergeId } },
    ]);
  });

  it("keeps the kept person's role, at once on the other's session", async () => {
    const [kept, merged] = await two();
    await api().grant({ ...refOf(merged.customer), role: "Admin" });
    const token = await world.openMiniApp({ id: Number(merged.customer.externalId) });
    const actorOf = () => world.actorOf(token);
    expect(await actorOf()).toMatchObject({ proof: { role: "Admin", personId: merged.id } });
    world.deps.bus.latest.length = 0;
    const { mergeId } = await api().merge({ keepId: kept.id, mergeId: merged.id });
    expect(await actorOf()).toMatchObject({ proof: { role: "User", personId: kept.id } });
    const told = world.deps.bus.latest.map(({ topic }) => topic);
    expect(told).toEqual(
      expect.arrayContaining([`auth.rightsChanged:person:${kept.id}`, `auth.rightsChanged:person:${merged.id}`]),
    );
    await api().undoMerge({ id: mergeId });
    expect(await actorOf()).toMatchObject({ proof: { role: "Admin", personId: merged.id } });
  });

  it("a role of the kept one is handed on and taken by it, also on sockets that listen by the former person", async () => {
    const [kept, merged] = await two();
    await api().merge({ keepId: kept.id, mergeId: merged.id });
    world.deps.bus.latest.length = 0;
    await api().grant({ ...refOf(merged.customer), role: "VIP" });
    expect(await api().show({ personId: kept.id })).toMatchObject({ role: "VIP" });
    expect(world.deps.bus.latest.map(({ topic }) => topic)).toContain(`auth.rightsChanged:person:${merged.id}`);
  });

  it("a session that is followed through a merge hears of the kept one's role too", async () => {
    const [kept, merged] = await two();
    const token = await world.openMiniApp({ id: Number(merged.customer.externalId) });
    const actor = await world.actorOf(token);
    const session = readerOf((signal) => world.as(actor, signal).auth.onSession());
    await session.next();
    const [heard] = await Promise.all([session.next(), api().merge({ keepId: kept.id, mergeId: merged.id })]);
    expect(heard).toMatchObject({ me: { role: "User" } });
    const next = session.next();
    await world.deps.db.update(people).set({ role: "VIP" }).where(eq(people.id, kept.id));
    publishRightsChanged(world.deps.bus, kept.id);
    expect(await next).toMatchObject({ me: { role: "VIP" } });
    await session.stop();
  });

  it("of merges at once none loses an identity, and no two make a circle", async () => {
    const [a, b, c] = [await known(), await known(), await known()];
    const results = await Promise.allSettled(
      [
        [a, b],
        [b, a],
        [b, c],
        [c, a],
      ].map(([keep, merge]) => api().merge({ keepId: keep?.id ?? "", mergeId: merge?.id ?? "" })),
    );
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject(refusal("CONFLICT"));
    const owners = await world.query<{ id: string; into: string | null; names: number | string }>(
      sql`select p.id, p.merged_into_id as into, (select count(*) from identities i where i.person_id = p.id) as names from people p`,
    );
    expect(owners.reduce((sum, one) => sum + Number(one.names), 0)).toBe(3);
    for (const one of owners) expect(Number(one.names) > 0).toBe(one.into === null);
    const strayed = await world.query(
      sql`select 1 from conversations c join identities i on i.namespace = c.channel and i.external_id = c.external_id where i.person_id <> c.person_id`,
    );
    expect(strayed).toEqual([]);
  });

  it("gives a conversation that starts during the merge to the kept person", async () => {
    const kept = await known();
    const newcomer = makeTelegramCustomer();
    const { personId } = await api().grant({ ...refOf(newcomer), role: "User" });
    await Promise.all([
      api().merge({ keepId: kept.id, mergeId: personId }),
      ...[1, 2, 3].map(() => world.writeAs(newcomer)),
    ]);
    const shown = await api().show({ personId: kept.id });
    expect(shown.conversations.map((one) => one.messageCount)).toEqual([1, 3]);
  });

  it("undone, everything is where it was, with what the identities have begun since", async () => {
    const [kept, merged] = await two();
    const newcomer = makeCustomer();
    await api().grant({ ...refOf(newcomer), role: "User" });
    const silent = await api().show(refOf(newcomer));
    const first = await api().merge({ keepId: merged.id, mergeId: silent.id });
    const before = await api().show({ personId: merged.id });
    const { mergeId } = await api().merge({ keepId: kept.id, mergeId: merged.id });
    const { conversationId } = await world.writeAs(newcomer);
    const token = await world.openMiniApp({ id: Number(merged.customer.externalId) });
    await expect(api().undoMerge({ id: first.mergeId })).rejects.toMatchObject(refusal("CONFLICT"));
    await api().undoMerge({ id: mergeId });
    const after = await api().show({ personId: merged.id });
    expect(after.identities.map((one) => one.externalId)).toEqual(before.identities.map((one) => one.externalId));
    expect(after.conversations.map((one) => one.id)).toEqual([merged.conversationId, conversationId]);
    expect(after.mergedIntoId).toBeNull();
    expect(await world.actorOf(token)).toMatchObject({ proof: { personId: merged.id } });
    expect(await api().show({ personId: kept.id })).toMatchObject({
      identities: [refOf(kept.customer)],
      conversations: [{ id: kept.conversationId }],
      merges: [],
    });
    await api().undoMerge({ id: first.mergeId });
    expect((await api().show(refOf(newcomer))).id).toBe(silent.id);
    expect(await world.listAudit("auth.mergeUndone")).toHaveLength(2);
  });

  it("gives back a custom role, unless it is no more", async () => {
    const [kept, merged] = await two();
    const [custom] = await world.deps.db
      .insert(customRoles)
      .values({ name: "Trader", permissions: [], scopes: ["trading:write"] })
      .returning();
    await world.deps.db.update(people).set({ customRoleId: custom?.id }).where(eq(people.id, merged.id));
    const both = { keepId: kept.id, mergeId: merged.id };
    const first = await api().merge(both);
    expect(await api().show({ personId: merged.id })).toMatchObject({ customRole: null });
    await api().undoMerge({ id: first.mergeId });
    expect(await api().show({ personId: merged.id })).toMatchObject({ customRole: "Trader" });
    const second = await api().merge(both);
    await world.deps.db.delete(customRoles);
    await api().undoMerge({ id: second.mergeId });
    expect(await api().show({ personId: merged.id })).toMatchObject({ customRole: null, role: "User" });
  });

  it("can be undone once, and by those alone who hold the role it gives back", async () => {
    const [kept, merged] = await two();
    await api().grant({ ...refOf(merged.customer), role: "Moderator" });
    const { mergeId } = await api().merge({ keepId: kept.id, mergeId: merged.id });
    const key = world.as(keyWith("auth:write")).auth.people;
    await expect(key.undoMerge({ id: mergeId })).rejects.toMatchObject(refusal("FORBIDDEN"));
    const results = await Promise.allSettled([1, 2].map(() => api().undoMerge({ id: mergeId })));
    expect(results.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(api().undoMerge({ id: mergeId })).rejects.toMatchObject(refusal("CONFLICT"));
    await expect(api().undoMerge({ id: kept.id })).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  it("refuses one person twice, unknown people, agents and merged people", async () => {
    const [kept, merged] = await two();
    const third = await known();
    const [one, other] = [await world.makeAgent(), await world.makeAgent()];
    const merge = (keepId: string, mergeId: string) => api().merge({ keepId, mergeId });
    await expect(merge(kept.id, kept.id)).rejects.toMatchObject(refusal("VALIDATION"));
    await expect(merge(kept.id, kept.id.toUpperCase())).rejects.toMatchObject(refusal("VALIDATION"));
    await expect(merge(kept.id, crypto.randomUUID())).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(merge(one.personId, other.personId)).rejects.toMatchObject(refusal("CONFLICT"));
    await expect(merge(kept.id, one.personId)).rejects.toMatchObject(refusal("CONFLICT"));
    await merge(kept.id, merged.id);
    await expect(merge(third.id, merged.id)).rejects.toMatchObject(refusal("CONFLICT"));
    await expect(merge(merged.id, third.id)).rejects.toMatchObject(refusal("CONFLICT"));
    const preview = await api().previewMerge({ keepId: merged.id, mergeId: one.personId });
    expect(preview.refusals).toHaveLength(2);
    await merge(one.personId, kept.id);
  });

  it("refuses a caller who does not hold the rights of both", async () => {
    const [kept, merged] = await two();
    await api().grant({ ...refOf(kept.customer), role: "Admin" });
    const key = world.as(keyWith("auth:write")).auth.people;
    const both = { keepId: kept.id, mergeId: merged.id };
    expect((await key.previewMerge(both)).refusals).toEqual(["You do not hold every scope yourself"]);
    await expect(key.merge(both)).rejects.toMatchObject(refusal("FORBIDDEN"));
    await expect(key.merge({ keepId: merged.id, mergeId: kept.id })).rejects.toMatchObject(refusal("FORBIDDEN"));
    expect(await world.query(sql`select 1 from person_merges`)).toEqual([]);
    expect(await world.deps.db.select().from(sessions)).toEqual([]);
  });
});
