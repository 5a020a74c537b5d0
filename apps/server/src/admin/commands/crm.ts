import { readFile } from "node:fs/promises";
import { type Command, FLAG, RefusedError, required, TEXT, type Tools, UsageError } from "../command.ts";
import { writeOutFile } from "../out-file.ts";

type Api = Tools["api"]["chats"]["contacts"];
type Imported = Awaited<ReturnType<Api["importCsv"]["mutate"]>>;

export const CRM_COMMANDS: readonly Command[] = [
  {
    name: "contacts export",
    summary: "contacts as CSV, with fields and tags, into a file (--query for words of name, handle, phone, mail)",
    options: { out: TEXT, query: TEXT },
    example: "--out contacts.csv",
    async run({ api, progress }, given) {
      const out = required(given, "out");
      const query = given.optional("query");
      const contacts = await writeOutFile(out, async (file) => {
        let count = 0;
        let offsetId: string | null = null;
        do {
          const page: Awaited<ReturnType<Api["exportCsv"]["query"]>> = await api.chats.contacts.exportCsv.query({
            ...(query === undefined ? {} : { query }),
            ...(offsetId === null ? {} : { offsetId }),
          });
          await file.write(page.text);
          count += page.count;
          progress(`${count} of ${page.totalCount} contacts`);
          offsetId = page.nextOffsetId;
        } while (offsetId !== null);
        return count;
      });
      return { file: out, contacts };
    },
  },
  {
    name: "contacts import",
    summary: "contacts from a CSV file: all of it, or nothing when a line is wrong (--dry-run, --skip-invalid)",
    args: ["FILE"],
    options: { "dry-run": FLAG, "skip-invalid": FLAG },
    example: "contacts.csv --dry-run",
    async run({ api }, given) {
      const [path = ""] = given.args;
      const text = await readFile(path, "utf8").catch((error: unknown) => {
        throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      });
      const dryRun = given.flag("dry-run");
      const result = await api.chats.contacts.importCsv.mutate({
        text,
        dryRun,
        skipInvalid: given.flag("skip-invalid"),
      });
      if (!dryRun && !result.isApplied) throw new RefusedError(wordsOf(result));
      const { sample: _, ...told } = result;
      return told;
    },
  },
];

function wordsOf({ errors, errorCount }: Imported): string {
  const lines = errors.map(
    ({ line, column, problem }) => `  line ${line}${column === null ? "" : `, ${column}`}: ${problem}`,
  );
  return [`Nothing was imported: ${errorCount} lines are wrong; --skip-invalid leaves them out`, ...lines].join("\n");
}
