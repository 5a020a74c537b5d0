import { Buffer } from "node:buffer";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { ExportTables } from "../slice.ts";
import { slices } from "../slices.ts";
import type { DeskExport } from "../support/personal-export.ts";
import { makeCanaryPerson } from "../testing/canary-person.ts";
import { tablesAboutPeople } from "../testing/dump.ts";
import { makeCustomer, SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { ACCOUNT_EXPORT_TABLES } from "./export.ts";

describeOnDatabases("people.export", { telegram: true }, (world) => {
  const api = () => world.as(SYSTEM).auth.people;

  const idOf = async (externalId: string) => (await api().show({ namespace: "app", externalId })).id;

  /** The export, with the desk's part as the desk declares it. */
  const exportOf = async (personId: string) => (await api().export({ personId })) as unknown as DeskExport;

  it("accounts for every table that knows people, conversations or messages", async () => {
    const known = exportTables();
    const missing = (await tablesAboutPeople(world.deps)).filter((table) => !(table in known));
    expect(missing).toEqual([]);
  });

  it("holds a part of each table, for a person with rows in each", async () => {
    const { personId } = await makeCanaryPerson(world.deps);
    const exported = JSON.parse(JSON.stringify(await api().export({ personId })));
    const at = (value: unknown, path: string): unknown[] =>
      path
        .split(/\[\]\.|\./)
        .reduce<unknown[]>(
          (values, key) => values.flatMap((one) => (one as Record<string, unknown>)[key] ?? []),
          [value],
        );
    const paths = Object.values(exportTables()).flatMap((one) => ("path" in one ? [one.path] : []));
    const empty = [...paths, "uploads", "telegramUpdates"].filter((path) => at(exported, path).length === 0);
    // Customers have no accounts and no passkeys.
    expect(empty).toEqual(["account", "passkeys"]);
    expect(exported.people).toHaveLength(2);
    expect(exported.conversations).toHaveLength(3);
  });

  it("holds every word of the person, the photos' bytes, and no secret", async () => {
    const { personId, canaries } = await makeCanaryPerson(world.deps);
    const exported = await exportOf(personId);
    const text = JSON.stringify(exported);
    for (const word of ["text-app", "text-telegram", "answer", "note", "group-answer", "device-id", "platform"])
      expect(text).toContain(`canary-${word}`);
    for (const word of canaries) expect(text).toContain(word);
    const [photo] = exported.conversations.flatMap((one) => one.photos);
    const stored = world.deps.media.files.get(photo?.fileName ?? "");
    expect(Buffer.from(photo?.content ?? "", "base64").equals(Buffer.from(stored?.bytes ?? []))).toBe(true);
    for (const { hash } of await world.query<{ hash: string }>(
      sql`select token_hash as hash from sessions union select token_hash from one_time_tokens`,
    ))
      expect(text).not.toContain(hash);
    expect(await world.listAudit("auth.personExported")).toMatchObject([{ targetId: personId, details: {} }]);
  });

  it("links photos instead of holding them where they are more than 20 MB", async () => {
    const customer = makeCustomer();
    await world.writeAs(customer, { photoIds: [await world.uploadAs(customer)] });
    await world.deps.db.execute(sql`update media_files set size_bytes = ${20 * 1024 * 1024 + 1}`);
    const { conversations } = await exportOf(await idOf(customer.externalId));
    expect(conversations[0]?.photos).toMatchObject([
      { content: null, url: expect.stringMatching(/^https:\/\/pult\.example\.com\/uploads\/.+\?e=\d+&s=/) },
    ]);
  });

  it("holds 10,000 messages, in order", async () => {
    const customer = makeCustomer();
    const { conversationId } = await world.writeAs(customer, { text: "first" });
    await world.deps.db.execute(sql`
      insert into messages (conversation_id, kind, text, author_name, source)
      select ${conversationId}, 'customer', 'line ' || n, 'Anna', 'app' from generate_series(2, 10000) n`);
    const { conversations } = await exportOf(await idOf(customer.externalId));
    const texts = conversations[0]?.messages.map((message) => message.text) ?? [];
    expect([texts.length, texts[0], texts[1], texts.at(-1)]).toEqual([10_000, "first", "line 2", "line 10000"]);
  });

  it("is about the person alone", async () => {
    await makeCanaryPerson(world.deps);
    const other = makeCustomer({ name: "Boris" });
    await world.writeAs(other, { text: "Another matter" });
    const text = JSON.stringify(await api().export({ personId: await idOf(other.externalId) }));
    expect(text).toContain("Another matter");
    expect(text.toLowerCase()).not.toContain("canary");
  });
});

const exportTables = (): ExportTables =>
  Object.assign({ ...ACCOUNT_EXPORT_TABLES }, ...slices.map(({ personalData }) => personalData.tables));
