import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { type Agent, refusal } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import type { Pipeline } from "../schema.ts";

describeOnDatabases("Deals", (world) => {
  let [olga, pavel]: Agent[] = [];
  let pipeline: Pipeline;
  beforeEach(async () => {
    olga = await world.makeAgent({ name: "Olga" });
    pavel = await world.makeAgent({ name: "Pavel" });
    pipeline = (await api().pipelines.list()).items[0] as Pipeline;
  });
  const api = (agent = olga as Agent) => world.as(agent).chats;
  const stage = (at: number) => pipeline.stages[at]?.id ?? "";

  it("get the pipeline Orders at first use, once, whatever asks for it at once", async () => {
    await world.deps.db.execute(sql`delete from crm_pipelines`);
    const asked = await Promise.all(Array.from({ length: 6 }, () => api().pipelines.list()));
    for (const { items } of asked) expect(items.map(({ name }) => name)).toEqual(["Orders"]);
    expect(asked[0]?.items[0]?.stages.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      ...["New open", "Agreed open", "Paid open", "Packed open", "On the way open", "Delivered won", "Cancelled lost"],
    ]);
  });

  it("get it in Russian where the page or the agent is", async () => {
    const again = () => world.deps.db.execute(sql`delete from crm_pipelines`);
    const firstOf = ({ name, stages }: Pipeline) => [name, stages[0]?.name, stages[6]?.name];
    const russian = ["Заказы", "Новый", "Отменён"];
    await again();
    expect(firstOf((await api().deals.board({ language: "ru" })).pipeline)).toEqual(russian);
    await again();
    await world.deps.db.execute(sql`update people set language_code = 'ru-RU' where id = ${olga?.personId}`);
    const { stageId } = await api().deals.create({ name: "Order" });
    const [made] = (await api().pipelines.list({ language: "en" })).items as [Pipeline];
    expect([firstOf(made), made.stages[0]?.id]).toEqual([russian, stageId]);
  });

  it("moved by two at once go where one moves them; the other hears who moved them where", async () => {
    const { id } = await api().deals.create({ name: "Order" });
    const outcomes = await Promise.allSettled([
      api(olga).deals.move({ id, version: 1, stageId: stage(1) }),
      api(pavel).deals.move({ id, version: 1, stageId: stage(2) }),
    ]);
    const lost = outcomes.findIndex(({ status }) => status === "rejected");
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const [winner, target] = lost === 0 ? [pavel, 2] : [olga, 1];
    expect(outcomes[lost]).toMatchObject({
      reason: {
        cause: {
          code: "CONFLICT",
          key: "crm.dealMoved",
          details: {
            changedBy: winner?.personId,
            actorName: winner?.name,
            stageId: stage(target),
            at: "2026-03-10T12:00:00.000Z",
          },
        },
      },
    });
    expect(await api().deals.get({ id })).toMatchObject({ stageId: stage(target), version: 2 });
    const { items } = await api().changes.list({ entity: "deal", id });
    expect(items.map(({ kind }) => kind)).toEqual(["moveRefused", "moved", "created"]);
    expect(items[0]).toMatchObject({ details: { to: { id: stage(lost === 0 ? 1 : 2) } } });
  });

  it("stand where they are put, also between two that have no room left", async () => {
    const made = [];
    for (const name of ["a", "b", "c"]) made.push(await api().deals.create({ name }));
    const [first, , third] = made;
    let at = { id: third?.id ?? "", version: 1, stageId: stage(0), beforeId: first?.id ?? null };
    for (let turn = 0; turn < 60; turn++) {
      const [id, beforeId] = turn % 2 ? [third?.id ?? "", made[1]?.id ?? ""] : [made[1]?.id ?? "", third?.id ?? ""];
      const { version } = await api().deals.get({ id });
      at = { ...at, id, version, beforeId };
      await api().deals.move(at);
    }
    const { columns } = await api().deals.board({});
    expect(columns[0]?.items.map(({ name }) => name)).toEqual(["a", "c", "b"]);
    const foreign = await api().deals.create({ name: "d", stageId: stage(1) });
    await expect(
      api().deals.move({ id: foreign.id, version: 1, stageId: stage(0), beforeId: foreign.id }),
    ).resolves.toMatchObject({ stageId: stage(0) });
    await expect(
      api().deals.move({ id: foreign.id, version: 2, stageId: stage(1), beforeId: first?.id }),
    ).rejects.toMatchObject(refusal("VALIDATION"));
  });

  it("are summed by stage and currency on the board, and closed where a stage ends them", async () => {
    const anna = await api().contacts.create({ name: "Anna" });
    for (const amount of ["10", "2.5", "5"]) await api().deals.create({ name: "Order", amount, contactId: anna.id });
    const { id } = await api().deals.create({ name: "Far", amount: "7", currency: "USD" });
    const { columns } = await api().deals.board({ limit: 2 });
    expect(columns[0]).toMatchObject({
      totalCount: 4,
      hasMore: true,
      amounts: { EUR: "17.50", USD: "7.00" },
      items: [{ amount: "10.00" }, { amount: "2.50" }],
    });
    const won = await api().deals.move({ id, version: 1, stageId: stage(5) });
    expect(won.closedAt).toBe("2026-03-10T12:00:00.000Z");
    expect((await api().deals.move({ id, version: 2, stageId: stage(0) })).closedAt).toBeNull();
    expect((await api().contacts.get({ id: anna.id })).openAmounts).toEqual({ EUR: "17.50" });
    const open = await api().deals.list({ filters: [{ field: "stageKind", operator: "is", value: "won" }] });
    expect(open.totalCount).toBe(0);
    expect((await api().deals.list({ query: `d-${won.number}` })).items).toMatchObject([{ name: "Far" }]);
  });

  it("keep their stages: one with deals does not go, and others by id stay", async () => {
    await api().deals.create({ name: "Order", stageId: stage(1) });
    const stages = pipeline.stages.filter((_, at) => at !== 1);
    const save = { id: pipeline.id, name: "Sales", stages };
    await expect(api().pipelines.save(save)).rejects.toMatchObject(
      refusal("CONFLICT", { key: "crm.stageInUse", details: { count: 1 } }),
    );
    await expect(api().pipelines.delete({ id: pipeline.id })).rejects.toMatchObject(refusal("CONFLICT"));
    const added = { name: "Checked", kind: "open", probability: 50 } as const;
    const saved = await api().pipelines.save({ ...save, stages: [...pipeline.stages.toReversed(), added] });
    expect(saved.name).toBe("Sales");
    expect(saved.stages.map(({ name }) => name)).toEqual([
      ...pipeline.stages.map(({ name }) => name).toReversed(),
      "Checked",
    ]);
  });
});
