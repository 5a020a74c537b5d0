import { beforeEach, expect, it } from "vitest";
import { type Agent, refusal } from "../../testing/factories.ts";
import { type StoredAccount, storeAccount } from "../../testing/stored-chats.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";

const DAY = 24 * 60 * 60_000;

describeOnDatabases("Follow-ups and templates", (world) => {
  let agent: Agent;
  let account: StoredAccount;
  let lastUser = 4_200_000_000;
  beforeEach(async () => {
    agent = await world.makeAgent({ name: "Olga" });
    account = await storeAccount(world.deps, `agent:${agent.personId}`);
  });
  const api = () => world.as(agent).chats;
  const ago = (days: number) => new Date(world.deps.now().getTime() - days * DAY);

  /** A contact who wrote so many days ago. @param more messages of ours since */
  async function contactOf(
    name: string,
    days: number,
    { own = 0, ...given }: { own?: number; tags?: string[]; consent?: "refused" } = {},
  ) {
    const chatId = ++lastUser;
    await account.addChat(chatId);
    await account.addMessage(chatId, { date: ago(days + own) });
    for (let sent = own; sent > 0; sent--)
      await account.addMessage(chatId, { date: ago(days + sent - 1), isOutgoing: true });
    return api().contacts.create({ name, telegramUserId: String(chatId), ...given });
  }

  it("show exactly the contacts that no guard holds back, with the rule that let them through", async () => {
    const yearly = await api().tags.create({ name: "Yearly", followUpDays: 180 });
    const often = await api().tags.create({ name: "Often", followUpDays: 60 });
    const due = await contactOf("Due", 31, { own: 2 });
    await contactOf("Written to lately", 29);
    await contactOf("Tagged for later", 100, { tags: [yearly.id] });
    const cooling = await contactOf("Called lately", 40);
    await contactOf("Never answers", 40, { own: 3 });
    await contactOf("Refused", 40, { consent: "refused" });
    await api().contacts.create({ name: "Never met" });
    const task = await api().tasks.create({ entity: "contact", entityId: cooling.id, title: "Call" });
    await api().tasks.complete({ id: task.id });
    const list = () => api().followUps.list();
    expect(await list()).toMatchObject({
      totalCount: 1,
      items: [
        {
          contact: { id: due.id },
          lastContactAt: ago(31).toISOString(),
          rule: { days: 30, tag: null },
          unansweredCount: 2,
        },
      ],
    });
    const tagged = await contactOf("Tagged", 70, { tags: [yearly.id, often.id] });
    const page = await api().followUps.list({ limit: 1 });
    expect(page).toMatchObject({ items: [{ contact: { id: tagged.id }, rule: { days: 60, tag: { name: "Often" } } }] });
    const next = await api().followUps.list({ limit: 1, offsetId: page.nextOffsetId ?? "" });
    expect(next).toMatchObject({ hasMore: false, items: [{ contact: { id: due.id } }] });
    world.deps.clock.advance(15 * DAY);
    expect((await list()).items.map(({ contact }) => contact.name)).toContain("Called lately");
    const other = world.as(await world.makeAgent()).chats;
    expect((await other.followUps.list()).totalCount).toBe(0);
  });

  it("templates are previewed as they are sent, and refused with variables that are none", async () => {
    const size = await api().fields.create({
      entity: "contact",
      name: "Mug size",
      type: "select",
      options: [{ label: "Big" }],
    });
    const { id: contactId } = await api().contacts.create({
      name: "Anna Berg",
      fields: { [size.id]: size.options[0]?.id ?? "" },
    });
    const text = 'Hi {first_name or "there"}, your {mug_size} mug is here. {company or "–"} {agent_name}';
    const entities = [{ type: "bold" as const, offset: text.indexOf("{mug"), length: "{mug_size} mug".length }];
    const template = await api().templates.save({ name: "Mug", text, entities });
    const preview = await api().templates.preview({ id: template.id, contactId });
    expect(preview).toEqual({
      text: "Hi Anna, your Big mug is here. – Olga",
      entities: [{ type: "bold", offset: 14, length: 7 }],
      missing: [],
    });
    expect(await api().templates.preview({ text: "{email}!", contactId })).toMatchObject({
      text: "!",
      missing: ["email"],
    });
    await expect(api().templates.save({ name: "Wrong", text: "Hi {fist_name}" })).rejects.toMatchObject(
      refusal("VALIDATION", { details: { text: "Unknown variable: {fist_name}" } }),
    );
    await expect(api().templates.preview({ text: "{x}", contactId })).rejects.toMatchObject(refusal("VALIDATION"));
    await expect(api().templates.save({ name: "mug", text: "x" })).rejects.toMatchObject(refusal("CONFLICT"));
    await api().templates.archive({ id: template.id });
    expect((await api().templates.list()).items).toEqual([]);
    expect((await api().templates.save({ name: "mug", text: "x" })).name).toBe("mug");
    const back = api().templates.archive({ id: template.id, isArchived: false });
    await expect(back).rejects.toMatchObject(refusal("CONFLICT"));
    const long = api().templates.save({ name: "y", text: "x", entities: [{ type: "bold", offset: 0, length: 2 }] });
    await expect(long).rejects.toMatchObject(refusal("VALIDATION"));
  });
});
