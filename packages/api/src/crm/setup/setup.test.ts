import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { type Agent, keyWith, refusal } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";

describeOnDatabases("Fields, tags and views", (world) => {
  let agent: Agent;
  beforeEach(async () => {
    agent = await world.makeAgent();
  });
  const api = () => world.as(agent).chats;
  const stateOfTags = () =>
    world.query(sql`select entity, entity_id, tag_id from crm_tagged order by entity, entity_id, tag_id`);

  it("asks what becomes of the uses of an option that goes", async () => {
    const options = [{ label: "Gold" }, { label: "Silver" }, { label: "Bronze" }];
    const tier = await api().fields.create({ entity: "contact", name: "Tier", type: "multiSelect", options });
    const [gold, silver, bronze] = tier.options;
    if (!gold || !silver || !bronze) throw new Error("It has three options");
    const withTiers = (...ids: string[]) => api().contacts.create({ name: "Anna", fields: { [tier.id]: ids } });
    const [one, two] = [await withTiers(gold.id), await withTiers(gold.id, silver.id, bronze.id)];
    await withTiers(bronze.id);
    const update = { id: tier.id, options: [silver, bronze] };
    await expect(api().fields.update(update)).rejects.toMatchObject(
      refusal("CONFLICT", { key: "crm.optionInUse", details: { count: 2, options: [gold.id] } }),
    );
    const removedOptions = { [gold.id]: silver.id };
    await expect(api().fields.update({ ...update, removedOptions: { [gold.id]: gold.id } })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    expect(await api().fields.update({ ...update, removedOptions })).toMatchObject({ options: [silver, bronze] });
    const tiersOf = async (id: string) => (await api().contacts.get({ id })).fields[tier.id];
    expect([await tiersOf(one.id), await tiersOf(two.id)]).toEqual([[silver.id], [silver.id, bronze.id]]);
    expect((await api().changes.list({ entity: "contact", id: one.id })).items[0]).toMatchObject({
      kind: "updated",
      details: { [tier.id]: [[gold.id], [silver.id]] },
    });
    const cleared = { id: tier.id, options: [], removedOptions: { [silver.id]: null, [bronze.id]: null } };
    await api().fields.update(cleared);
    expect(await tiersOf(two.id)).toBeUndefined();
    expect(await api().fields.delete({ id: tier.id })).toEqual({ count: 0 });
  });

  it("leaves who changed fields, pipelines, tags and views in the audit log", async () => {
    const field = await api().fields.create({ entity: "deal", name: "Courier", type: "text" });
    await api().fields.update({ id: field.id, name: "Carrier" });
    await api().fields.delete({ id: field.id });
    const tag = await api().tags.create({ name: "Lead" });
    await api().tags.create({ name: "lead" });
    await api().tags.rename({ id: tag.id, name: "Hot" });
    await api().tags.delete({ id: tag.id });
    const stages = [{ name: "Open", kind: "open" as const, probability: 10 }];
    const pipeline = await api().pipelines.save({ name: "Repairs", stages });
    await api().pipelines.save({ id: pipeline.id, name: "Mending", stages: pipeline.stages });
    await api().pipelines.delete({ id: pipeline.id });
    const view = await api().views.save({ entity: "deal", name: "Mine", query: { filters: [] }, isShared: true });
    await api().views.delete({ id: view.id });
    const rows = await world.query<{ line: string; by: string }>(
      sql`select action || ' ' || target_name as line, actor_id as by from audit_log
        where action ~ '^(fields|tags|pipelines|views)[.]' order by id`,
    );
    expect(rows.map(({ line }) => line)).toEqual([
      ...["fields.created Courier", "fields.changed Carrier", "fields.deleted Carrier"],
      ...["tags.created Lead", "tags.changed Hot", "tags.deleted Hot"],
      ...["pipelines.created Repairs", "pipelines.changed Mending", "pipelines.deleted Mending"],
      ...["views.created Mine", "views.deleted Mine"],
    ]);
    expect(new Set(rows.map(({ by }) => by))).toEqual(new Set([agent.personId]));
  });

  it("refuses a second field of a name, and options of what is no select", async () => {
    const field = { entity: "deal", name: "Courier", type: "text" } as const;
    await api().fields.create(field);
    await expect(api().fields.create({ ...field, name: "courier" })).rejects.toMatchObject(refusal("CONFLICT"));
    await expect(api().fields.create({ ...field, name: "Other", options: [{ label: "x" }] })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    expect((await api().fields.list({ entity: "contact" })).items).toEqual([]);
  });

  it("tags 500 contacts in one action, and undoes it exactly, once", async () => {
    const [gift, spring] = [await api().tags.create({ name: "Gift" }), await api().tags.create({ name: "Spring" })];
    await world.deps.db.execute(sql`
      insert into crm_contacts (name, source, created_by, created_at, updated_at)
      select 'Contact ' || n, 'fair', 'x', now(), now() from generate_series(1, 500) n`);
    const [first] = (await api().contacts.list({ limit: 1 })).items;
    await api().tags.assign({ entity: "contact", ids: [first?.id ?? ""], add: [gift.id] });
    const some = (await api().contacts.list({ limit: 10 })).items.map(({ id }) => id);
    await api().tags.assign({ entity: "contact", ids: some, add: [spring.id] });
    const before = await stateOfTags();
    const matching = { filters: [{ field: "source", operator: "is", value: "fair" } as const] };
    const applied = await api().tags.assign({ entity: "contact", matching, add: [gift.id], remove: [spring.id] });
    expect(applied.count).toBe(500);
    expect((await api().tags.list()).items).toMatchObject([
      { name: "Gift", count: 500 },
      { name: "Spring", count: 0 },
    ]);
    expect(await api().tags.undo({ batch: applied.batch })).toEqual({ count: 500 });
    expect(await stateOfTags()).toEqual(before);
    await expect(api().tags.undo({ batch: applied.batch })).rejects.toMatchObject(refusal("NOT_FOUND"));
    const tagged = { filters: [{ field: "tag", operator: "is", value: spring.id } as const] };
    expect((await api().contacts.list(tagged)).totalCount).toBe(10);
    expect((await api().tags.create({ name: "GIFT" })).id).toBe(gift.id);
    await expect(api().tags.rename({ id: spring.id, name: "gift" })).rejects.toMatchObject(refusal("CONFLICT"));
    await api().tags.delete({ id: gift.id });
    expect((await api().tags.list()).items.map(({ name }) => name)).toEqual(["Spring"]);
  });

  it("refuses an action on tags that says too little or too much", async () => {
    const tag = await api().tags.create({ name: "Gift" });
    const ids = [crypto.randomUUID()];
    for (const wrong of [{ ids }, { add: [tag.id] }, { ids, add: [tag.id], remove: [tag.id] }])
      await expect(api().tags.assign({ entity: "contact", ...wrong })).rejects.toMatchObject(refusal("VALIDATION"));
    const unknown = api().tags.assign({ entity: "contact", ids, add: [crypto.randomUUID()] });
    await expect(unknown).rejects.toMatchObject(refusal("NOT_FOUND"));
    expect(await api().tags.assign({ entity: "contact", ids, add: [tag.id] })).toMatchObject({ count: 0 });
  });

  it("keeps views for oneself or for everyone", async () => {
    const query = { query: "anna", filters: [], sort: { field: "name", descending: true } };
    const view = { entity: "contact", name: "Anna", query, isShared: false } as const;
    const own = await api().views.save(view);
    const other = world.as(await world.makeAgent()).chats.views;
    expect((await other.list()).items).toEqual([]);
    await expect(other.save({ ...view, id: own.id })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(other.delete({ id: own.id })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(world.as(keyWith("chats:write")).chats.views.save(view)).rejects.toMatchObject(refusal("VALIDATION"));
    await api().views.save({ ...view, id: own.id, isShared: true });
    expect((await other.list({ entity: "contact" })).items).toMatchObject([{ id: own.id, query, isShared: true }]);
    const wrong = { ...query, filters: [{ field: "x", operator: "is", value: "1" } as const] };
    await expect(api().views.save({ ...view, query: wrong })).rejects.toMatchObject(refusal("VALIDATION"));
    await other.delete({ id: own.id });
    expect((await api().views.list()).items).toEqual([]);
  });
});
