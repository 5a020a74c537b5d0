import { type Command, given as optionsOf, required, TEXT, wholeNumber } from "../command.ts";
import { writeOutFile } from "../out-file.ts";

const PAGE = 2_000;
const RANGE = { from: TEXT, to: TEXT };

export const AUDIT_COMMANDS: readonly Command[] = [
  {
    name: "audit list",
    summary: "who did what, newest first (--cursor for the next page)",
    options: { ...RANGE, search: TEXT, action: TEXT, actor: TEXT, target: TEXT, limit: TEXT, cursor: TEXT },
    example: "--action auth.keyCreated --from 2027-01-01T00:00:00Z",
    run({ api }, given) {
      const limit = given.text("limit");
      const names = { from: "from", to: "to", search: "search", action: "action", cursor: "cursor" } as const;
      return api.auth.audit.list.query({
        ...optionsOf(given, { ...names, actorId: "actor", targetId: "target" }),
        ...(limit ? { limit: wholeNumber(limit, "--limit") } : {}),
      });
    },
  },
  {
    name: "audit export",
    summary: "the record, oldest first, one JSON object a line, into a file",
    options: { ...RANGE, out: TEXT },
    example: "--out audit-2027.ndjson --from 2027-01-01T00:00:00Z --to 2028-01-01T00:00:00Z",
    async run({ api, progress }, given) {
      const out = required(given, "out");
      const range = optionsOf(given, { from: "from", to: "to" });
      const entries = await writeOutFile(out, async (file) => {
        let count = 0;
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof api.auth.audit.export.mutate>> = await api.auth.audit.export.mutate({
            ...range,
            cursor,
            limit: PAGE,
          });
          await file.write(page.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
          count += page.entries.length;
          progress(`${count} entries`);
          cursor = page.nextCursor;
        } while (cursor);
        return count;
      });
      return { file: out, entries };
    },
  },
];
