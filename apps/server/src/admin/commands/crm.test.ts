import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Given, RefusedError, type Tools } from "../command.ts";
import { CRM_COMMANDS } from "./crm.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "admin-crm-"));
});
afterEach(() => rm(directory, { recursive: true }));

const run = (
  name: string,
  contacts: object,
  given: { args?: string[]; texts?: Record<string, string>; flags?: string[] },
) => {
  const command = CRM_COMMANDS.find((one) => one.name === name);
  const tools = { api: { chats: { contacts } }, progress: () => {} } as unknown as Tools;
  const read: Given = {
    args: given.args ?? [],
    text: (option) => given.texts?.[option],
    optional: (option) => given.texts?.[option],
    list: () => [],
    flag: (option) => given.flags?.includes(option) ?? false,
  };
  return command?.run(tools, read);
};

it("contacts export writes the pages behind each other", async () => {
  const pages = [
    { text: "name\r\nAnna\r\n", count: 1, totalCount: 2, nextOffsetId: "next" },
    { text: "Boris\r\n", count: 1, totalCount: 2, nextOffsetId: null },
  ];
  const asked: object[] = [];
  const query = async (input: { offsetId?: string }) => {
    asked.push(input);
    return input.offsetId === "next" ? pages[1] : pages[0];
  };
  const out = join(directory, "contacts.csv");
  expect(await run("contacts export", { exportCsv: { query } }, { texts: { out, query: "a" } })).toEqual({
    file: out,
    contacts: 2,
  });
  expect(asked).toEqual([{ query: "a" }, { query: "a", offsetId: "next" }]);
  expect(await readFile(out, "utf8")).toBe("name\r\nAnna\r\nBoris\r\n");
});

it("contacts import fails with the wrong lines unless it was only tried", async () => {
  const file = join(directory, "contacts.csv");
  await writeFile(file, "name\nAnna\n");
  const errors = [{ line: 3, column: "email", problem: "Invalid" }];
  const mutate = async ({ text }: { text: string }) => ({ sample: [text], isApplied: false, errors, errorCount: 1 });
  const contacts = { importCsv: { mutate } };
  const tried = await run("contacts import", contacts, { args: [file], flags: ["dry-run"] });
  expect(tried).toEqual({ isApplied: false, errors, errorCount: 1 });
  const refused = run("contacts import", contacts, { args: [file] });
  await expect(refused).rejects.toThrow(RefusedError);
  await expect(refused).rejects.toThrow("line 3, email: Invalid");
});
