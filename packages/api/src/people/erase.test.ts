import { auditLog, sessions } from "@pult/db/schema/auth.ts";
import { outbox } from "@pult/db/schema/outbox.ts";
import { pushSubscriptions } from "@pult/db/schema/push.ts";
import { topicEvents } from "@pult/db/schema/realtime.ts";
import { messages } from "@pult/db/schema/support.ts";
import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { sweepAll } from "../retention/retention.ts";
import { makeCanaryPerson } from "../testing/canary-person.ts";
import { dumpTables, tablesAboutPeople } from "../testing/dump.ts";
import { keyWith, makeCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { readerOf } from "../testing/reader.ts";
import { GROUP_ID } from "../testing/telegram-desk.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";

describeOnBothDatabases("people.erase", { telegram: true }, (world) => {
  const api = () => world.as(SYSTEM).auth.people;

  const idOf = async (externalId: string) => (await api().show({ namespace: "app", externalId })).id;

  const bystander = async () => {
    const customer = makeCustomer({ name: "Boris" });
    const { conversationId } = await world.writeAs(customer, {
      text: "Another matter",
      photoIds: [await world.uploadAs(customer)],
    });
    return { customer, conversationId };
  };

  it("leaves no word in any table and no file, and touches no other person", async () => {
    const other = await bystander();
    const { personId, canaries, agent, conversationId } = await makeCanaryPerson(world.deps);
    const before = await api().export({ personId: await idOf(other.customer.externalId) });
    const system = { ip: "", userAgent: "" };
    await world.deps.db.insert(auditLog).values({
      action: "support.conversationAssigned",
      actorKind: "agent",
      actorId: agent.personId,
      actorName: "Olga",
      targetKind: "conversation",
      targetId: String(conversationId),
      targetName: "Canary",
      details: { words: "canary" },
      ...system,
    });
    expect(await world.findWords(canaries)).not.toEqual([]);
    await api().erase({ personId });
    expect(await world.findWords(canaries)).toEqual([]);
    expect([...world.deps.media.files.keys()].filter((key) => canaries.includes(key))).toEqual([]);
    const after = await api().export({ personId: await idOf(other.customer.externalId) });
    const { audit: _, exportedAt: __, ...kept } = before;
    expect(after).toMatchObject(kept);
  });

  it("covers every table that can name a person", async () => {
    const { personId } = await makeCanaryPerson(world.deps);
    const filled = await dumpTables(world.deps);
    const expected = (await tablesAboutPeople(world.deps)).filter(
      (table) => !["credentials", "passkeys", "backup_codes"].includes(table),
    );
    expect(expected.filter((table) => filled.get(table)?.length === 0)).toEqual([]);
    await api().erase({ personId });
  });

  it("says what it would do without doing it", async () => {
    const { personId } = await makeCanaryPerson(world.deps);
    const before = await dumpTables(world.deps);
    const files = world.deps.media.files.size;
    world.deps.bus.published.length = 0;
    const planned = await api().erase({ personId, dryRun: true });
    expect(await dumpTables(world.deps)).toEqual(before);
    expect([world.deps.media.files.size, world.deps.bus.published]).toEqual([files, []]);
    const done = await api().erase({ personId });
    expect(done).toEqual({ ...planned, dryRun: false });
    expect(done.counts).toMatchObject({
      people: 2,
      identities: 3,
      instagramEvents: 3,
      conversations: 3,
      devices: 1,
      sessions: 1,
      photos: 2,
    });
    expect(done.counts.messages).toBeGreaterThan(4);
    expect(done.remaining).toHaveLength(6);
  });

  it("leaves files that cannot be removed now to the next sweep", async () => {
    const { personId, canaries } = await makeCanaryPerson(world.deps);
    const { media } = world.deps;
    const { remove } = media;
    media.remove = () => Promise.reject(new Error("The disk is read-only"));
    await api().erase({ personId });
    expect(await world.countRows("media_files")).toBe(2);
    media.remove = remove;
    await sweepAll(world.contextOf(SYSTEM));
    expect([await world.countRows("media_files"), media.files.size]).toEqual([0, 0]);
    expect(await world.findWords(canaries)).toEqual([]);
  });

  it("keeps actions in the audit log, by an id that leads nowhere", async () => {
    const { personId, agent } = await makeCanaryPerson(world.deps);
    const count = await world.countRows("audit_log");
    await api().erase({ personId });
    const entries = await world.deps.db.select().from(auditLog).orderBy(auditLog.id);
    expect(entries).toHaveLength(count + 1);
    const granted = entries.find((entry) => entry.action === "auth.roleGranted");
    expect(granted).toMatchObject({ actorId: agent.personId, actorName: "Olga", ip: "192.0.2.1", details: {} });
    const own = entries.filter((entry) => entry.actorKind === "customer");
    expect(own.length).toBeGreaterThan(0);
    for (const entry of own) expect(entry).toMatchObject({ actorId: personId, actorName: "", ip: "", userAgent: "" });
    expect(entries.at(-1)).toMatchObject({ action: "auth.personErased", targetId: personId, targetName: null });
    await expect(world.deps.db.delete(auditLog)).rejects.toThrow();
  });

  it("ends the sessions and removes the topic from the group", async () => {
    const { personId, desk } = await makeCanaryPerson(world.deps);
    const ids = (await world.deps.db.select({ id: sessions.id }).from(sessions)).map((row) => row.id);
    expect(desk.bot.topics).toHaveLength(3);
    world.deps.bus.latest.length = 0;
    await api().erase({ personId });
    const told = world.deps.bus.latest.map(({ topic }) => topic);
    expect(told).toEqual(expect.arrayContaining(ids.map((id) => `auth.sessionEnded:${id}`)));
    await desk.deliver();
    expect([desk.bot.topics, desk.shown(GROUP_ID)]).toEqual([[], []]);
    const inGroup = world.deps.db.select({ state: outbox.state }).from(outbox).where(eq(outbox.route, "group"));
    expect((await inGroup).map(({ state }) => state)).toEqual(["done", "done", "done"]);
  });

  it("restarts readers at once, without a word of the person", async () => {
    const { conversationId } = await bystander();
    const { personId, agent, conversationId: erasedId } = await makeCanaryPerson(world.deps);
    const staff = world.as(agent);
    const inbox = readerOf((signal) => world.as(agent, signal).support.onInbox({}));
    await inbox.next();
    const [place] = await world.query<{ epoch: string; head: number | string }>(
      sql`select epoch, head from topic_heads where topic = 'support.inbox:all'`,
    );
    const [next] = await Promise.all([inbox.next(), api().erase({ personId })]);
    expect(next).toMatchObject([expect.any(String), { type: "position", recovered: false }, expect.anything()]);
    const snapshot = JSON.stringify(next);
    expect(snapshot).toContain("Boris");
    expect(snapshot.toLowerCase()).not.toContain("canary");
    await inbox.stop();
    const lastEventId = `${place?.epoch}:${Number(place?.head) - 1}`;
    const late = readerOf((signal) => world.as(agent, signal).support.onInbox({ lastEventId }));
    expect(await late.next()).toMatchObject([expect.any(String), { recovered: false }, expect.anything()]);
    await late.stop();
    await expect(staff.support.conversation({ conversationId: erasedId })).rejects.toMatchObject(refusal("NOT_FOUND"));
    expect((await staff.support.conversation({ conversationId })).messages).toHaveLength(1);
    expect(await world.deps.db.select().from(topicEvents).where(eq(topicEvents.topic, "support.inbox:all"))).toEqual(
      [],
    );
  });

  it("clears a feed without readers too, with the names of the topics", async () => {
    const { personId, app } = await makeCanaryPerson(world.deps);
    const { feed, close } = world.deps.feeds.open(`support.customer:app:${app.externalId}`);
    const { position } = await feed.start(null);
    await feed.start(`${position.epoch}:0`);
    await api().erase({ personId });
    expect(feed.head).toBeNull();
    expect(await world.query(sql`select 1 from topic_heads where topic like '%canary%'`)).toEqual([]);
    close();
  });

  it("creates a new person when an erased customer returns", async () => {
    const { personId, app } = await makeCanaryPerson(world.deps);
    await api().erase({ personId });
    await expect(api().erase({ personId })).rejects.toMatchObject(refusal("NOT_FOUND"));
    const written = await world.writeAs(app, { text: "Hello again" });
    expect(await idOf(app.externalId)).not.toBe(personId);
    expect(await world.countRows("conversations")).toBe(1);
    expect(written.id).toBeGreaterThan(0);
  });

  it("stores a message that arrives meanwhile whole or not at all", async () => {
    const customer = makeCustomer();
    await world.writeAs(customer);
    const personId = await idOf(customer.externalId);
    await Promise.all([api().erase({ personId }), ...[1, 2, 3].map(() => world.writeAs(customer))]);
    const orphans = await world.query(
      sql`select m.id from messages m left join conversations c on c.id = m.conversation_id left join people p on p.id = c.person_id where p.id is null`,
    );
    expect(orphans).toEqual([]);
  });

  it("and people.export refuse a key that may not write both accounts and the desk", async () => {
    const customer = makeCustomer();
    await world.writeAs(customer);
    const personId = await idOf(customer.externalId);
    for (const key of [keyWith("auth:write"), keyWith("support:write", "auth:read")]) {
      const { people } = world.as(key).auth;
      for (const act of [people.export, people.erase])
        await expect(act({ personId })).rejects.toMatchObject(refusal("FORBIDDEN"));
    }
    await world.as(keyWith("auth:write", "support:write")).auth.people.export({ personId });
  });

  it("and people.export refuse a person with more rights than the caller, a merged one, and an unknown one", async () => {
    const customer = makeCustomer();
    await world.writeAs(customer);
    const { personId } = await api().grant({ namespace: "app", externalId: customer.externalId, role: "Admin" });
    const { people } = world.as(keyWith("auth:write", "support:write")).auth;
    for (const act of [people.export, people.erase])
      await expect(act({ personId })).rejects.toMatchObject(refusal("FORBIDDEN"));
    const { personId: keepId } = await api().grant({ namespace: "app", externalId: "kept", role: "User" });
    await api().merge({ keepId, mergeId: personId });
    for (const act of [api().export, api().erase])
      await expect(act({ personId })).rejects.toMatchObject(refusal("CONFLICT"));
    const unknown = { personId: crypto.randomUUID() };
    for (const act of [api().export, api().erase])
      await expect(act(unknown)).rejects.toMatchObject(refusal("NOT_FOUND"));
    expect(await world.deps.db.select().from(messages)).toHaveLength(1);
    expect(await world.deps.db.select().from(pushSubscriptions)).toEqual([]);
  });
});
