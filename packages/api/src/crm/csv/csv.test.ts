import { beforeEach, expect, it } from "vitest";
import { type Agent, refusal } from "../../testing/factories.ts";
import { storeAccount } from "../../testing/stored-chats.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { parseCsv } from "./format.ts";

describeOnDatabases("Contacts as CSV", (world) => {
  let agent: Agent;
  beforeEach(async () => {
    agent = await world.makeAgent({ name: "Olga" });
  });
  const api = () => world.as(agent).chats;
  const importText = (text: string, given: object = {}) => api().contacts.importCsv({ text, ...given });
  async function exportAll(actor = agent) {
    let [text, offsetId]: [string, string | null] = ["", null];
    do {
      const input: object = offsetId ? { limit: 2, offsetId } : { limit: 2 };
      const page = await world.as(actor).chats.contacts.exportCsv(input);
      text += page.text;
      offsetId = page.nextOffsetId;
    } while (offsetId);
    return text;
  }
  const all = async () => (await api().contacts.list({ sort: { field: "name", descending: false } })).items;

  it("go out as they are named, in that order", async () => {
    const [one, , three] = [
      await api().contacts.create({ name: "One" }),
      await api().contacts.create({ name: "Two" }),
      await api().contacts.create({ name: "Three" }),
    ];
    const page = await api().contacts.exportCsv({ ids: [three.id, one.id, crypto.randomUUID()] });
    expect(page).toMatchObject({ count: 2, totalCount: 2, hasMore: false, nextOffsetId: null });
    expect(page.text.split("\r\n").slice(1, 3)).toEqual([
      expect.stringContaining("Three"),
      expect.stringContaining("One"),
    ]);
  });

  it("go out and come in again with all seven types of fields, and change nothing then", async () => {
    const create = (name: string, type: "text" | "longText" | "number" | "date" | "checkbox") =>
      api().fields.create({ entity: "contact", name, type });
    const options = [{ label: "Gold | best" }, { label: "=Silver" }];
    const select = await api().fields.create({ entity: "contact", name: "Tier", type: "select", options });
    const many = await api().fields.create({ entity: "contact", name: "Likes", type: "multiSelect", options });
    const fields = {
      [(await create("Email", "text")).id]: "=1+1",
      [(await create("About", "longText")).id]: 'Line "1"\nLine 2; x',
      [(await create("Points", "number")).id]: -12.5,
      [(await create("Birthday", "date")).id]: "1990-02-28",
      [(await create("VIP", "checkbox")).id]: false,
      [select.id]: select.options[1]?.id ?? "",
      [many.id]: many.options.map(({ id }) => id),
    };
    const tags = [(await api().tags.create({ name: "a|b" })).id, (await api().tags.create({ name: "Gift" })).id];
    const company = await api().companies.create({ name: "Berg, Ltd" });
    await api().contacts.create({
      ...{ name: "'=Anna", email: "anna@example.org", phone: "+44 770 900 0007", username: "anna_b" },
      ...{ telegramUserId: "42", companyId: company.id, ownerId: agent.personId, source: "@fair", consent: "agreed" },
      ...{ tags, fields },
    });
    await api().contacts.create({ name: "Boris" });
    await api().contacts.create({ name: "Vera", email: "vera@example.org" });
    const before = await all();
    const text = await exportAll();
    const { records } = parseCsv(text);
    expect(records).toHaveLength(4);
    for (const cell of text.slice(1).split(/\r\n|,/)) expect(cell).not.toMatch(/^"?[=+\-@\t]/);
    expect(await importText(text)).toMatchObject({ created: 0, updated: 0, unchanged: 3, errorCount: 0, batch: null });
    expect(await all()).toEqual(before);
    for (const { id } of before) await api().contacts.delete({ id });
    const withoutIds = await importText(text, { columns: { id: null } });
    expect(withoutIds).toMatchObject({ created: 3, isApplied: true, errorCount: 0 });
    const restored = await all();
    const plain = (list: typeof before) => list.map(({ id: _, createdAt: __, updatedAt: ___, ...one }) => one);
    expect(plain(restored)).toEqual(plain(before));
    expect(await importText(text, { columns: { id: null } })).toMatchObject({ created: 0, updated: 0, unchanged: 3 });
  });

  it("are tried first: every wrong line is named, and nothing changes", async () => {
    await api().fields.create({ entity: "contact", name: "Points", type: "number" });
    const text = [
      "name;email;Points;telegram user id;owner;Whatever",
      "Anna;anna@example.org;1;42;olga;x",
      "Boris;not an address;2;;;",
      ";;3;;;",
      "Anna;anna@example.org;4;;;",
      "Gleb;g@example.org;many;;;",
      'Dora;d@example.org;5;;"Unknown";',
    ].join("\n");
    const tried = await importText(text, { dryRun: true });
    expect(tried.columns.map(({ target }) => target)).toEqual([
      ...["name", "email", expect.any(String), "telegram_user_id", "owner", null],
    ]);
    expect(tried).toMatchObject({ isApplied: false, created: 1, updated: 0, errorCount: 5, batch: null });
    expect(tried.errors.map(({ line, column }) => [line, column])).toEqual([
      [3, "email"],
      [4, null],
      [5, null],
      [6, "Points"],
      [7, "owner"],
    ]);
    expect(await importText(text)).toMatchObject({ isApplied: false, errorCount: 5 });
    expect(await all()).toEqual([]);
    const applied = await importText(text, { skipInvalid: true });
    expect(applied).toMatchObject({ isApplied: true, created: 1 });
    const [anna] = await all();
    expect(anna).toMatchObject({ name: "Anna", telegramUserId: "42", ownerName: "Olga" });
    expect((await api().changes.list({ entity: "contact", id: anna?.id ?? "" })).items).toHaveLength(1);
    await expect(importText('name\n"Anna')).rejects.toMatchObject(refusal("VALIDATION"));
    await expect(importText(text, { columns: { name: "shoe size" } })).rejects.toMatchObject(refusal("VALIDATION"));
  });

  it("change the contact that a line is of, by the surest key, and leave empty cells alone", async () => {
    const anna = await api().contacts.create({
      name: "Anna",
      telegramUserId: "42",
      email: "a@example.org",
      source: "fair",
    });
    const text =
      "name,telegram_user_id,email,source,tags\nAnna B.,42,b@example.org,,Gift|New\nBoris,,A@example.org,web,\n";
    const tried = await importText(text, { dryRun: true });
    expect(tried).toMatchObject({
      errorCount: 1,
      errors: [{ line: 3, problemKey: "sameContact", params: { line: 2 } }],
    });
    const applied = await importText(text.split("\n").slice(0, 2).join("\n"));
    expect(applied).toMatchObject({ updated: 1, isApplied: true });
    expect(await api().contacts.get({ id: anna.id })).toMatchObject({
      name: "Anna B.",
      email: "b@example.org",
      source: "fair",
      version: 2,
      tags: [{ name: "Gift" }, { name: "New" }],
    });
    expect((await api().changes.list({ entity: "contact", id: anna.id })).items[0]).toMatchObject({
      kind: "updated",
      details: { name: ["Anna", "Anna B."], tags: ["Gift", "New"] },
    });
  });

  it("are called by their number or address where a line has no name, and are one contact however it is written", async () => {
    const text = "name,phone,email\n,+44 7700 900 007,\n,,vera@example.org\n,+44 (7700) 900-007,";
    const tried = await importText(text, { skipInvalid: true });
    expect(tried).toMatchObject({ created: 2, errors: [{ line: 4, problem: "The same contact as in line 2" }] });
    expect((await all()).map(({ name }) => name)).toEqual(["+44 7700 900 007", "vera@example.org"]);
    expect(await importText(text, { skipInvalid: true })).toMatchObject({ created: 0, updated: 0 });
  });

  it("say when one was last heard of to those who see the account alone", async () => {
    const account = await storeAccount(world.deps, `agent:${agent.personId}`);
    await account.addChat(42);
    await account.addMessage(42);
    await api().contacts.create({ name: "Anna", telegramUserId: "42" });
    expect(await exportAll()).toContain(",2026-03-10T12:00:00.000Z,2026-03-10T12:00:00.000Z\r\n");
    expect(await exportAll(await world.makeAgent())).toContain(",2026-03-10T12:00:00.000Z,\r\n");
  });
});
