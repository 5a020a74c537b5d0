import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

export class DirectoryInUseError extends Error {
  constructor(directory: string, owner: string) {
    super(
      `The data directory ${directory} is in use by another Pult (${owner}). Stop it, or set DATA_DIR to another directory.`,
    );
    this.name = "DirectoryInUseError";
  }
}

/**
 * Takes a directory for this process alone. The lock is SQLite's own file lock (`BEGIN EXCLUSIVE` on a small file beside the directory):
 * the kernel holds it for a living process and drops it with a dead one, so it survives `kill -9`, needs no guess about what is stale,
 * and cannot be taken from a live process.
 * @throws DirectoryInUseError when another process, or another caller in this one, holds it
 * @see https://www.sqlite.org/lockingv3.html
 */
export function lockDirectory(directory: string): { release(): void } {
  const ownerFile = `${directory}.owner`;
  const file = new DatabaseSync(`${directory}.lock`);
  try {
    file.exec("pragma journal_mode = memory; begin exclusive");
  } catch (error) {
    file.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      throw new DirectoryInUseError(directory, readOwner(ownerFile));
    }
    throw error;
  }
  writeFileSync(ownerFile, `process ${process.pid}`);
  return {
    release() {
      rmSync(ownerFile, { force: true });
      file.exec("rollback");
      file.close();
    },
  };
}

function readOwner(ownerFile: string): string {
  try {
    return readFileSync(ownerFile, "utf8");
  } catch {
    return "process unknown";
  }
}
