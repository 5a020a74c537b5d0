import { telegramHistory } from "@pult/db/schema/chats.ts";
import { beforeEach, expect, it } from "vitest";
import { type Agent, makeAgent } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { storeAccount } from "../../testing/workflows.ts";

const REPLY = { type: "reply", text: "Hello {firstName}" } as const;

describeOnDatabases("Automations before they are made", (world) => {
  let agent: Agent;
  let accountId: string;
  let storeId: string;
  beforeEach(async () => {
    agent = await makeAgent(world.deps);
    ({ accountId, storeId } = await storeAccount(world.deps, `agent:${agent.personId}`));
  });

  const api = (actor = agent) => world.as(actor).chats.automations;

  it("can be tried on deals that were moved and tags that were set, without an effect", async () => {
    const crm = world.as(agent).chats;
    const tag = await crm.tags.create({ name: "Lead" });
    const contact = await crm.contacts.create({ name: "Boris B.", telegramUserId: "7" });
    const stranger = await crm.contacts.create({ name: "Ann" });
    const [first, second] = (await crm.pipelines.list()).items[0]?.stages ?? [];
    const deal = await crm.deals.create({ name: "Boat", contactId: contact.id, stageId: first?.id });
    const { id, version } = await crm.deals.move({ id: deal.id, version: deal.version, stageId: second?.id ?? "" });
    // Another place in its stage is no move.
    await crm.deals.move({ id, version, stageId: second?.id ?? "" });
    await crm.tags.assign({ entity: "contact", ids: [contact.id, stranger.id], add: [tag.id] });
    const before = await world.countRows("crm_changes");
    const actions = [REPLY, { type: "createTask" as const, title: "Call" }, { type: "notify" as const }];
    const moved = { trigger: { type: "dealMoved" as const, stageIds: null }, actions };
    expect(await api().dryRun({ automation: moved })).toMatchObject({
      ...{ examined: 1, count: 1, isCut: false },
      runs: [
        {
          ...{ title: "Boat", accountId, chatId: "7", holds: true },
          actions: [
            { type: "reply", text: "Hello Boris" },
            { type: "createTask", text: "Call" },
            { type: "notify", text: null, errorKey: null },
          ],
        },
      ],
    });
    const other = { ...moved, trigger: { type: "dealMoved" as const, stageIds: [first?.id ?? ""] } };
    expect((await api().dryRun({ automation: other })).count).toBe(0);
    const tagged = { trigger: { type: "tagSet" as const, tagIds: [tag.id] }, actions: [REPLY] };
    const found = (await api().dryRun({ automation: tagged })).runs.toSorted((a, b) => (a.title < b.title ? -1 : 1));
    expect(found).toMatchObject([
      { title: "Ann", chatId: null, actions: [{ type: "reply", errorKey: "workflows.noChat" }] },
      { title: "Boris B.", chatId: "7", actions: [{ text: "Hello Boris" }] },
    ]);
    const held = { ...tagged, conditions: [{ type: "chatType" as const, chatTypes: ["private" as const] }] };
    expect(await api().dryRun({ automation: held })).toMatchObject({ examined: 2, count: 1 });
    expect(await world.countRows("crm_changes")).toBe(before);
    for (const table of ["automations", "automation_runs", "outbox", "telegram_sends", "crm_tasks"])
      expect([table, await world.countRows(table)]).toEqual([table, 0]);
  });

  it("can be tried on the messages of the last days, without an effect", async () => {
    const at = (iso: string, id: number, isOutgoing = false) => ({
      ...{ storeId, chatId: 7, id, text: isOutgoing ? "Yes" : "Price?", date: new Date(iso), isOutgoing },
    });
    await world.deps.db
      .insert(telegramHistory)
      .values([
        at("2026-03-01T12:00:00Z", 1),
        at("2026-03-09T11:30:00Z", 2),
        at("2026-03-09T12:30:00Z", 3, true),
        at("2026-03-10T11:00:00Z", 4),
      ]);
    const trigger = { type: "messageMatches" as const, text: { mode: "words" as const, values: ["price"] } };
    const media = { type: "hasMedia", value: true } as const;
    expect(await api().dryRun({ automation: { trigger } })).toMatchObject({
      examined: 3,
      count: 2,
      isCut: false,
      runs: [{ at: "2026-03-10T11:00:00.000Z", text: "Price?", title: "Boris", holds: true, actions: [] }, {}],
    });
    expect(await api().dryRun({ automation: { trigger, conditions: [media] }, days: 1 })).toMatchObject({
      examined: 2,
      count: 0,
      runs: [{ holds: false, conditions: [{ type: "hasMedia", holds: false }] }],
    });
    const noAnswer = { trigger: { type: "noAnswer", minutes: 20 } } as const;
    expect((await api().dryRun({ automation: noAnswer })).runs.map(({ at: when }) => when)).toEqual([
      "2026-03-10T11:20:00.000Z",
      "2026-03-09T11:50:00.000Z",
    ]);
    expect((await api().dryRun({ automation: { trigger: { type: "newChat" } } })).count).toBe(0);
    const colleague = await makeAgent(world.deps);
    expect(await api(colleague).dryRun({ automation: { trigger } })).toMatchObject({ examined: 0, count: 0 });
    for (const table of ["automations", "automation_runs", "outbox", "telegram_sends"])
      expect([table, await world.countRows(table)]).toEqual([table, 0]);
  });
});
