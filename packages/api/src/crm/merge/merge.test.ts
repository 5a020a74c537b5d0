import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { type Agent, refusal } from "../../testing/factories.ts";
import { type StoredAccount, storeAccount } from "../../testing/stored-chats.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import type { Contact } from "../schema.ts";

const [FIRST, SECOND] = [4_200_000_001, 4_200_000_002];

describeOnDatabases("Contacts that are one", (world) => {
  let agent: Agent;
  let account: StoredAccount;
  beforeEach(async () => {
    agent = await world.makeAgent();
    account = await storeAccount(world.deps, `agent:${agent.personId}`);
    for (const chatId of [FIRST, SECOND, 5]) await account.addChat(chatId);
  });
  const api = () => world.as(agent).chats;
  const tie = ({ id }: Contact, chatId: number) =>
    api().associations.add({ chatId: String(chatId), crmEntityType: "contact", crmEntityId: id });

  /** Everything of contacts but what counts changes. */
  const state = () =>
    world.query(sql`
      select jsonb_build_object(
        'contacts', (select jsonb_agg(to_jsonb(c) - 'version' - 'updated_at' - 'words' order by c.id) from crm_contacts c),
        'tags', (select jsonb_agg(to_jsonb(t) order by t.entity_id, t.tag_id) from crm_tagged t),
        'notes', (select jsonb_agg(to_jsonb(n) order by n.id) from crm_notes n),
        'tasks', (select jsonb_agg(to_jsonb(k) order by k.id) from crm_tasks k),
        'deals', (select jsonb_agg(to_jsonb(d) order by d.id) from crm_deals d),
        'ties', (select jsonb_agg(to_jsonb(a) order by a.id) from telegram_crm_associations a)) as state`);

  async function twoContacts() {
    const [gift, spring] = [await api().tags.create({ name: "Gift" }), await api().tags.create({ name: "Spring" })];
    const points = await api().fields.create({ entity: "contact", name: "Points", type: "number" });
    const kept = await api().contacts.create({
      name: "Anna",
      email: "anna@example.org",
      tags: [gift.id],
      consent: "agreed",
    });
    const gone = await api().contacts.create({
      name: "A. Berg",
      email: "berg@example.org",
      telegramUserId: String(FIRST),
      username: "anna_b",
      tags: [gift.id, spring.id],
      fields: { [points.id]: 7 },
      consent: "refused",
    });
    await api().notes.create({ entity: "contact", entityId: gone.id, text: "Likes blue" });
    await api().tasks.create({ entity: "contact", entityId: gone.id, title: "Call" });
    await api().deals.create({ name: "Order", contactId: gone.id, amount: "10" });
    await tie(gone, SECOND);
    for (const one of [kept, gone]) await tie(one, 5);
    return { kept, gone, points };
  }

  it("move everything to the kept one, and are again what they were after undoing", async () => {
    const { kept, gone, points } = await twoContacts();
    const before = await state();
    const { merge, contact } = await api().contacts.merge({ keepId: kept.id, mergeId: gone.id });
    expect(contact).toMatchObject({
      name: "Anna",
      email: "anna@example.org",
      telegramUserId: String(FIRST),
      username: "anna_b",
      consent: "refused",
      fields: { [points.id]: 7 },
      tags: [{ name: "Gift" }, { name: "Spring" }],
      openAmounts: { EUR: "10.00" },
    });
    expect(await api().contacts.get({ id: gone.id })).toMatchObject({ id: kept.id });
    expect((await api().contacts.list()).totalCount).toBe(1);
    expect((await api().contacts.timeline({ id: kept.id })).counts).toMatchObject({ note: 1, task: 1 });
    const ties = await api().associations.list({ crmEntityType: "contact", crmEntityId: kept.id });
    expect(ties.items.map(({ chatId }) => Number(chatId)).toSorted()).toEqual([5, SECOND].toSorted());
    expect((await api().contacts.create({ name: "Again", telegramUserId: String(FIRST) })).id).toBe(kept.id);
    const undone = await api().contacts.unmerge({ id: merge });
    expect(await state()).toEqual(before);
    expect(undone).toMatchObject({ kept: { id: kept.id, telegramUserId: null }, contact: { id: gone.id } });
    await expect(api().contacts.unmerge({ id: merge })).rejects.toMatchObject(refusal("NOT_FOUND"));
    const lines = (await api().changes.list({ entity: "contact", id: kept.id })).items;
    expect(lines.map(({ kind }) => kind)).toEqual(["unmerged", "merged", "created"]);
  });

  it("keep what was changed after the merge", async () => {
    const { kept, gone } = await twoContacts();
    const { merge, contact } = await api().contacts.merge({ keepId: kept.id, mergeId: gone.id });
    await api().contacts.update({ id: kept.id, version: contact.version, username: "changed" });
    const third = await api().contacts.create({ name: "Third" });
    const further = await api().contacts.merge({ keepId: third.id, mergeId: kept.id });
    await expect(api().contacts.unmerge({ id: merge })).rejects.toMatchObject(
      refusal("CONFLICT", { key: "crm.mergedFurther" }),
    );
    await api().contacts.unmerge({ id: further.merge });
    expect((await api().contacts.unmerge({ id: merge })).kept).toMatchObject({
      username: "changed",
      telegramUserId: null,
      consent: "agreed",
    });
    await expect(api().contacts.merge({ keepId: kept.id, mergeId: kept.id })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    const none = api().contacts.merge({ keepId: kept.id, mergeId: crypto.randomUUID() });
    await expect(none).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  it("are offered for undoing in the timeline, with the reason where that is not possible", async () => {
    const create = (name: string) => api().contacts.create({ name });
    const [one, two, three] = [await create("One"), await create("Two"), await create("Three")];
    const offered = async (id: string) =>
      (await api().contacts.timeline({ id, types: ["change"] })).items.flatMap((entry) =>
        entry.type === "change" ? (entry.undoableMerge ?? []) : [],
      );
    const { merge: first } = await api().contacts.merge({ keepId: two.id, mergeId: three.id });
    const { merge: second } = await api().contacts.merge({ keepId: one.id, mergeId: two.id });
    expect((await offered(one.id)).toSorted()).toEqual([first, second].toSorted());
    await expect(api().contacts.unmerge({ id: first })).rejects.toMatchObject(
      refusal("CONFLICT", { key: "crm.mergedFurther" }),
    );
    await api().contacts.unmerge({ id: second });
    expect([await offered(one.id), await offered(two.id)]).toEqual([[], [first]]);
    await api().contacts.unmerge({ id: first });
    expect(await offered(two.id)).toEqual([]);
  });

  it("are found by Telegram user, username, digits of the number and address", async () => {
    const personId = await telegramPerson(SECOND);
    const create = (given: object) => api().contacts.create({ name: "Anna", ...given });
    const anna = await create({ email: "Anna@Example.org", phone: "+44 770 900 0007", username: "anna" });
    await create({ email: "anna@example.org", username: "ANNA" });
    await create({ phone: "0044 (770) 9000007" });
    await create({ phone: "112" });
    await create({ phone: "112", personId });
    await create({ telegramUserId: String(SECOND) });
    const { items, totalCount } = await api().contacts.duplicates({});
    expect(items.map(({ reason, contacts }) => [reason, contacts.length])).toEqual([
      ["email", 2],
      ["phone", 2],
      ["telegram", 2],
      ["username", 2],
    ]);
    expect(totalCount).toBe(4);
    const own = await api().contacts.duplicates({ id: anna.id, limit: 1 });
    expect(own).toMatchObject({ totalCount: 3, items: [{ reason: "email", value: "anna@example.org" }] });
    const rest = await api().contacts.duplicates({ id: anna.id, offsetId: own.nextOffsetId ?? "" });
    expect(rest.items.map(({ reason }) => reason)).toEqual(["phone", "username"]);
  });

  /** A person whose identity is a Telegram user. */
  async function telegramPerson(userId: number): Promise<string> {
    const [row] = await world.query<{ id: string }>(sql`insert into people (name) values ('Anna') returning id`);
    await world.query(
      sql`insert into identities (namespace, external_id, person_id) values ('telegram', ${String(userId)}, ${row?.id}::uuid)`,
    );
    return row?.id ?? "";
  }
});
