import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { type Agent, keyWith, makeCustomer, refusal } from "../../testing/factories.ts";
import { readerOf } from "../../testing/reader.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";

describeOnBothDatabases("Records of the CRM", (world) => {
  let agent: Agent;
  beforeEach(async () => {
    agent = await world.makeAgent({ name: "Olga" });
  });
  const api = (signal?: AbortSignal) => world.as(agent, signal).chats;
  const contacts = () => api().contacts;
  const namesOf = async (input: Parameters<ReturnType<typeof contacts>["list"]>[0]) =>
    (await contacts().list(input)).items.map(({ name }) => name);
  const causeOf = async (call: Promise<unknown>) =>
    call.then(
      () => expect.unreachable("It was carried out"),
      (error) => error.cause,
    );

  it("are for staff with the scope alone", async () => {
    const customer = world.as(makeCustomer()).chats;
    await expect(customer.contacts.list()).rejects.toMatchObject(refusal("FORBIDDEN"));
    await expect(customer.pipelines.list()).rejects.toMatchObject(refusal("FORBIDDEN"));
    const reader = world.as(keyWith("chats:read")).chats;
    expect((await reader.contacts.list()).totalCount).toBe(0);
    await expect(reader.contacts.create({ name: "Anna" })).rejects.toMatchObject(refusal("FORBIDDEN"));
  });

  it("makes one contact of a Telegram user, whatever creates it at once", async () => {
    const created = await Promise.all(
      Array.from({ length: 8 }, (_, at) => contacts().create({ name: `Anna ${at}`, telegramUserId: "4200000001" })),
    );
    expect(new Set(created.map(({ id }) => id)).size).toBe(1);
    expect((await contacts().list()).totalCount).toBe(1);
    const [first] = created;
    expect((await api().changes.list({ entity: "contact", id: first?.id ?? "" })).items).toHaveLength(1);
  });

  it("refuses a change of what was changed since, and says who did it when", async () => {
    const { id } = await contacts().create({ name: "Anna", source: "fair" });
    const pavel = await world.makeAgent({ name: "Pavel" });
    world.deps.clock.advance(60_000);
    const changed = await world.as(pavel).chats.contacts.update({ id, version: 1, name: "Anna B.", source: null });
    expect(changed).toMatchObject({ name: "Anna B.", source: null, version: 2 });
    expect(await causeOf(contacts().update({ id, version: 1, name: "Anya" }))).toMatchObject({
      code: "CONFLICT",
      key: "crm.stale",
      details: { version: 2, changedBy: pavel.personId, actorName: "Pavel", at: "2026-03-10T12:01:00.000Z" },
    });
    expect(await contacts().get({ id })).toMatchObject({ name: "Anna B.", version: 2 });
    expect((await api().changes.list({ entity: "contact", id })).items).toMatchObject([
      { kind: "updated", actorName: "Pavel", details: { name: ["Anna", "Anna B."], source: ["fair", null] } },
      { kind: "created", actorName: "Olga" },
    ]);
    const { version } = await contacts().update({ id, version: 2, name: "Anna B." });
    expect(version).toBe(2);
  });

  it("refuses references to what is not there, each by its field", async () => {
    const none = crypto.randomUUID();
    for (const field of ["ownerId", "companyId", "personId"])
      expect(await causeOf(contacts().create({ name: "Anna", [field]: none }))).toMatchObject({
        code: "VALIDATION",
        details: { [field]: expect.any(String) },
      });
    await expect(contacts().create({ name: "Anna", tags: [none] })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await contacts().create({ name: "Anna", telegramUserId: "1" });
    const { id } = await contacts().create({ name: "Boris", telegramUserId: "2" });
    await expect(contacts().update({ id, version: 1, telegramUserId: "1" })).rejects.toMatchObject(refusal("CONFLICT"));
    expect((await contacts().list()).totalCount).toBe(2);
  });

  it("keeps, filters and sorts values of all seven types", async () => {
    const fields = api().fields;
    const entity = "contact";
    const make = (name: string, type: "text" | "longText" | "number" | "date" | "checkbox") =>
      fields.create({ entity, name, type });
    const text = (await make("Nickname", "text")).id;
    const long = (await make("About", "longText")).id;
    const number = (await make("Points", "number")).id;
    const date = (await make("Birthday", "date")).id;
    const checked = (await make("VIP", "checkbox")).id;
    const options = [{ label: "Gold" }, { label: "Silver" }];
    const select = await fields.create({ entity, name: "Tier", type: "select", options });
    const several = await fields.create({ entity, name: "Likes", type: "multiSelect", options });
    const [gold = "", silver = ""] = select.options.map(({ id }) => id);
    const [likesGold = "", likesSilver = ""] = several.options.map(({ id }) => id);
    const given = {
      [text]: "Nik",
      [long]: "Line 1\nLine 2",
      [number]: 12.5,
      [date]: "1990-02-28",
      [checked]: true,
      [select.id]: gold,
      [several.id]: [likesGold, likesSilver],
    };
    const anna = await contacts().create({ name: "Anna", fields: given });
    expect((await contacts().get({ id: anna.id })).fields).toEqual(given);
    const few = { [number]: 3, [date]: "2001-01-01", [select.id]: silver, [several.id]: [likesSilver] };
    await contacts().create({ name: "Boris", fields: few });
    await contacts().create({ name: "Vera" });
    const found = async (field: string, operator: "is", value?: unknown) =>
      (await namesOf({ filters: [{ field, operator, value: value as string }] })).join();
    const ask = found as unknown as (field: string, operator: string, value?: unknown) => Promise<string>;
    expect(await ask(text, "contains", "NI")).toBe("Anna");
    expect(await ask(long, "isSet")).toBe("Anna");
    expect(await ask(number, "atLeast", 3.5)).toBe("Anna");
    expect(await ask(number, "atMost", 3)).toBe("Boris");
    expect(await ask(date, "after", "1995-01-01")).toBe("Boris");
    expect(await ask(checked, "is", true)).toBe("Anna");
    expect(await ask(checked, "is", false)).toBe("Boris,Vera");
    expect(await ask(select.id, "is", silver)).toBe("Boris");
    expect(await ask(select.id, "isNot", silver)).toBe("Anna,Vera");
    expect(await ask(select.id, "anyOf", [gold, silver])).toBe("Anna,Boris");
    expect(await ask(several.id, "contains", likesSilver)).toBe("Anna,Boris");
    expect(await ask(several.id, "isEmpty")).toBe("Vera");
    const sorted = (field: string, descending: boolean) => namesOf({ sort: { field, descending } });
    expect(await sorted(number, false)).toEqual(["Boris", "Anna", "Vera"]);
    expect(await sorted(number, true)).toEqual(["Anna", "Boris", "Vera"]);
    expect(await sorted(date, true)).toEqual(["Boris", "Anna", "Vera"]);
    for (const [id, wrong] of [
      [text, 1],
      [number, "1"],
      [date, "2026-02-31"],
      [checked, "yes"],
      [select.id, likesGold],
      [several.id, gold],
    ] as const)
      expect(await causeOf(contacts().create({ name: "Wrong", fields: { [id]: wrong } }))).toMatchObject({
        code: "VALIDATION",
        details: { fields: expect.stringContaining(id) },
      });
  });

  it("finds by words of name, handle, mail and number, taken literally", async () => {
    await contacts().create({ name: "Anna Berg", email: "anna@example.org", phone: "+44 (770) 090-0007" });
    await contacts().create({ name: "100% Boris", username: "@boris_b" });
    expect(await namesOf({ query: "berg ANNA" })).toEqual(["Anna Berg"]);
    expect(await namesOf({ query: "@boris" })).toEqual(["100% Boris"]);
    expect(await namesOf({ query: "+44770 example" })).toEqual(["Anna Berg"]);
    expect(await namesOf({ query: "0% b" })).toEqual(["100% Boris"]);
    expect(await namesOf({ query: "n_a" })).toEqual([]);
  });

  it("refuses fields, operators and values that make no sense, each by its place", async () => {
    const details = async (filter: object) =>
      (await causeOf(contacts().list({ filters: [filter as never] }))).details.filters;
    expect(await details({ field: "shoeSize", operator: "is", value: "1" })).toBe("0.field: Unknown field");
    expect(await details({ field: "constructor", operator: "is", value: "1" })).toBe("0.field: Unknown field");
    expect(await details({ field: "name", operator: "atLeast", value: "1" })).toContain("0.operator");
    expect(await details({ field: "ownerId", operator: "is", value: "me" })).toContain("0.value");
    expect(await details({ field: "createdAt", operator: "before", value: "yesterday" })).toContain("0.value");
    await expect(contacts().list({ sort: { field: "tag", descending: false } })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    const offsetId = Buffer.from(JSON.stringify(["name.a", "x", "1"])).toString("base64url");
    await expect(contacts().list({ offsetId })).rejects.toMatchObject(refusal("VALIDATION"));
  });

  it("pages by any sort, each record once, without values last", async () => {
    for (let at = 0; at < 7; at++)
      await contacts().create({ name: `Contact ${at % 3}`, ...(at % 2 ? { source: `s${at % 3}` } : {}) });
    for (const sort of [undefined, { field: "source", descending: false }, { field: "source", descending: true }]) {
      const seen: string[] = [];
      let offsetId: string | null = null;
      do {
        const page: Awaited<ReturnType<ReturnType<typeof contacts>["list"]>> = await contacts().list({
          limit: 2,
          sort,
          ...(offsetId ? { offsetId } : {}),
        });
        expect(page.totalCount).toBe(7);
        seen.push(...page.items.map(({ id }) => id));
        offsetId = page.nextOffsetId;
      } while (offsetId);
      expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
      const all = (await contacts().list({ sort })).items;
      expect(seen).toEqual(all.map(({ id }) => id));
      if (sort) expect(all.slice(-4).every(({ source }) => source === null)).toBe(true);
    }
  });

  it("tells staff what happens to records, and resumes", async () => {
    const reader = readerOf((signal) => api(signal).onRecords());
    const [position] = (await reader.next()) as unknown as [string];
    const company = await api().companies.create({ name: "Berg Ltd" });
    const anna = await contacts().create({ name: "Anna", companyId: company.id });
    const told = (await reader.take(3)) as unknown as [id: string, event: object][];
    await reader.stop();
    expect(told).toMatchObject([
      [expect.any(String), { type: "saved", record: { entity: "company", contactCount: 0 } }, expect.anything()],
      [expect.any(String), { type: "saved", record: { id: anna.id, companyName: "Berg Ltd" } }, expect.anything()],
      [expect.any(String), { type: "saved", record: { entity: "company", contactCount: 1 } }, expect.anything()],
    ]);
    const again = readerOf((signal) => api(signal).onRecords({ lastEventId: position }));
    expect(await again.take(4)).toMatchObject([
      [expect.any(String), { type: "position", recovered: true }, expect.anything()],
      ...told.map(([id, event]) => [id, event, expect.anything()]),
    ]);
    await again.stop();
  });

  it("deletes a record with its tags; what named it stays without it", async () => {
    const tag = await api().tags.create({ name: "Gift" });
    const company = await api().companies.create({ name: "Berg Ltd", tags: [tag.id] });
    const anna = await contacts().create({ name: "Anna", companyId: company.id });
    const deal = await api().deals.create({ name: "Order", contactId: anna.id, companyId: company.id, amount: "10" });
    expect(await contacts().get({ id: anna.id })).toMatchObject({ openAmounts: { EUR: "10.00" } });
    await api().companies.delete({ id: company.id });
    await contacts().delete({ id: anna.id });
    expect(await api().deals.get({ id: deal.id })).toMatchObject({ contactId: null, companyId: null });
    await expect(contacts().get({ id: anna.id })).rejects.toMatchObject(refusal("NOT_FOUND"));
    expect((await api().tags.list()).items).toMatchObject([{ name: "Gift", count: 0 }]);
    expect((await api().changes.list({ entity: "contact", id: anna.id })).items).toMatchObject([
      { kind: "deleted", details: { name: "Anna" } },
      { kind: "created" },
    ]);
    expect(await world.query(sql`select 1 from crm_tagged`)).toEqual([]);
  });
});
