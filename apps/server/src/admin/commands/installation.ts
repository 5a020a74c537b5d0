import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { json } from "node:stream/consumers";
import type { Restored } from "@pult/api/backup/backup.ts";
import { retentionRules } from "@pult/api/retention/retention.ts";
import { BackupError } from "@pult/db/backup/format.ts";
import { checkBackup } from "@pult/db/backup/read.ts";
import {
  type Command,
  FLAG,
  optionalNumber,
  RefusedError,
  required,
  TEXT,
  UsageError,
  wholeNumber,
} from "../command.ts";
import { writeOutFile } from "../out-file.ts";
import { callRoute } from "../transfer.ts";

/** `resolvedMessages` is given as `--resolved-messages`. */
const KINDS = new Map(
  retentionRules().map(({ kind }) => [kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), kind]),
);

const AUDIT_PAGE = 2_000;
const RANGE = { from: TEXT, to: TEXT };

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The installation as a whole: what it keeps, what was done, its backups. */
export const INSTALLATION_COMMANDS: readonly Command[] = [
  {
    name: "retention show",
    summary: "how many days each kind of data is kept; null is for ever",
    run: ({ api }) => api.auth.retention.get.query(),
  },
  {
    name: "retention set",
    summary: "how many days to keep each named kind (the audit log at least 30), or `never` to keep it for ever",
    options: Object.fromEntries([...KINDS.keys()].map((option) => [option, TEXT])),
    example: "--resolved-messages 365 --audit-log never",
    run({ api }, given) {
      const days: Record<string, number | null> = {};
      for (const [option, kind] of KINDS) {
        const value = given.text(option);
        if (value !== undefined) days[kind] = value === "never" ? null : wholeNumber(value, `--${option}`);
      }
      if (Object.keys(days).length === 0) throw new UsageError("Name a kind and its days; --help lists the kinds");
      return api.auth.retention.set.mutate(days);
    },
  },
  {
    name: "retention run",
    summary: "deletes now what is older than its days, which happens every hour anyway; --dry-run counts it",
    options: { "dry-run": FLAG },
    example: "--dry-run",
    run: ({ api }, given) => api.auth.retention.run.mutate({ dryRun: given.flag("dry-run") }),
  },
  {
    name: "audit list",
    summary: "who did what, newest first (--cursor for the next page)",
    options: { ...RANGE, search: TEXT, action: TEXT, actor: TEXT, target: TEXT, limit: TEXT, cursor: TEXT },
    example: "--action auth.keyCreated --from 2027-01-01T00:00:00Z",
    run: ({ api }, given) =>
      api.auth.audit.list.query({
        from: given.optional("from"),
        to: given.optional("to"),
        search: given.optional("search"),
        action: given.optional("action"),
        actorId: given.optional("actor"),
        targetId: given.optional("target"),
        cursor: given.optional("cursor"),
        limit: optionalNumber(given, "limit"),
      }),
  },
  {
    name: "audit export",
    summary: "the record, oldest first, one JSON object a line, into a file",
    options: { ...RANGE, out: TEXT },
    example: "--out audit-2027.ndjson --from 2027-01-01T00:00:00Z --to 2028-01-01T00:00:00Z",
    async run({ api, progress }, given) {
      const out = required(given, "out");
      const range = { from: given.optional("from"), to: given.optional("to") };
      const entries = await writeOutFile(out, async (file) => {
        let count = 0;
        let cursor: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof api.auth.audit.export.mutate>> = await api.auth.audit.export.mutate({
            ...range,
            cursor,
            limit: AUDIT_PAGE,
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
  {
    name: "backup",
    summary:
      "everything of this installation into a file that `restore` takes, on PGlite and on PostgreSQL; checked before it is kept",
    options: { out: TEXT },
    example: "--out pult-2027-01-01.ndjson.gz",
    async run({ route, progress }, given) {
      const out = required(given, "out");
      return writeOutFile(out, async (file) => {
        let bytes = 0;
        for await (const chunk of await callRoute(route, { method: "GET", path: "/api/admin/backup" })) {
          await file.write(chunk);
          bytes += chunk.length;
          progress(`${megabytes(bytes)} received`);
        }
        const { at, migration, rows, files } = await check(file.part);
        return { file: out, bytes, at, migration: migration.tag, rows, files };
      });
    },
  },
  {
    name: "restore",
    summary:
      "puts a backup in the place of everything here and ends every session; --replace where that is not nothing, --dry-run only checks whether it would go",
    args: ["FILE"],
    options: { replace: FLAG, "dry-run": FLAG, yes: FLAG },
    example: "pult-2027-01-01.ndjson.gz --replace --yes",
    async run({ route, progress, confirm }, given): Promise<Restored & { next: string[] }> {
      const [file = ""] = given.args;
      if (!existsSync(file) || !(await stat(file)).isFile()) throw new UsageError(`There is no file ${file}`);
      const dryRun = given.flag("dry-run");
      if (!dryRun) await confirm(`Everything at ${route.url} will be replaced by ${file}.`);
      const query = new URLSearchParams({
        ...(given.flag("replace") ? { replace: "1" } : {}),
        ...(dryRun ? { dryRun: "1" } : {}),
      });
      const answer = await callRoute(route, {
        method: "POST",
        path: `/api/admin/restore?${query}`,
        file,
        sent: (bytes, of) => progress(bytes < of ? `${megabytes(bytes)} of ${megabytes(of)} sent` : "restoring"),
      });
      const restored = (await json(answer)) as Restored;
      return { ...restored, next: restored.access ? nextSteps(restored.access) : [] };
    },
  },
];

/** What is left to do after a restore, in words. */
function nextSteps({
  revivedKeys,
  revivedAgents,
  callerStays,
  usedUpTokens,
}: NonNullable<Restored["access"]>): string[] {
  const steps = ["Every agent signs in again"];
  if (!callerStays)
    steps.push("The key of this command is not in the backup and works no longer: use one that is, or PULT_ADMIN_KEY");
  if (revivedKeys.length > 0)
    steps.push(
      `API keys that did not work before and do now: ${revivedKeys.length}; see revivedKeys, and \`keys revoke\``,
    );
  if (revivedAgents.length > 0)
    steps.push(
      `Agents who could not sign in before and can now: ${revivedAgents.length}; see revivedAgents, and \`agents disable\``,
    );
  if (usedUpTokens > 0)
    steps.push(`Links and invitations that waited are used up: ${usedUpTokens}; invite again who was invited`);
  return steps;
}

async function check(file: string) {
  try {
    return await checkBackup(createReadStream(file));
  } catch (error) {
    if (error instanceof BackupError) throw new RefusedError(`What arrived is of no use: ${error.message}`);
    throw error;
  }
}
