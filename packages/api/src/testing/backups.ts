import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, beforeAll } from "vitest";
import type { Actor } from "../actor.ts";
import { type RestoreInput, restore, takeBackup } from "../backup/backup.ts";
import { SYSTEM } from "./factories.ts";
import type { TestWorld } from "./test-deps.ts";

/** Takes and restores backups in a suite, in a directory that is removed afterwards. */
export function backupsOf(world: TestWorld) {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(`${tmpdir()}/pult-backup-`);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const give = (bytes: Uint8Array, actor: Actor = SYSTEM, input: Partial<RestoreInput> = {}) =>
    restore(world.contextOf(actor), {
      async *read() {
        yield bytes;
      },
      replace: false,
      dryRun: false,
      ...input,
    });
  return {
    give,
    /** @returns who gets in then */
    restoreOver: async (bytes: Uint8Array, actor?: Actor) => (await give(bytes, actor, { replace: true })).access,
    async take(actor: Actor = SYSTEM): Promise<Uint8Array> {
      const chunks: Uint8Array[] = [];
      for await (const chunk of await takeBackup(world.contextOf(actor), directory)) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}
