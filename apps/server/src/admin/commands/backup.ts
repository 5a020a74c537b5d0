import { createReadStream, existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { json } from "node:stream/consumers";
import type { Restored } from "@pult/api/backup/backup.ts";
import { BackupError } from "@pult/db/backup/format.ts";
import { checkBackup } from "@pult/db/backup/read.ts";
import { type Command, FLAG, RefusedError, required, TEXT, UsageError } from "../command.ts";
import { writeOutFile } from "../out-file.ts";
import { callRoute } from "../transfer.ts";

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

export const BACKUP_COMMANDS: readonly Command[] = [
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
