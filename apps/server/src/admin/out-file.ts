import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { UsageError } from "./command.ts";

export interface OutFile {
  /** What is written to until the file is whole. */
  readonly part: string;
  write(chunk: string | Uint8Array): Promise<void>;
}

/**
 * Writes a file that only its owner may read. It bears its name once it is whole; nothing stays when `fill` fails.
 * @throws UsageError when there is one of that name
 */
export async function writeOutFile<Result>(path: string, fill: (file: OutFile) => Promise<Result>): Promise<Result> {
  if (existsSync(path)) throw new UsageError(`${path} exists already`);
  const part = `${path}.part`;
  const handle = await open(part, "w", 0o600).catch((error: unknown) => {
    throw new UsageError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    const result = await fill({
      part,
      async write(chunk) {
        await handle.writeFile(chunk);
      },
    });
    await handle.sync();
    await handle.close();
    await rename(part, path);
    return result;
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
}

/** @returns what is printed: all of it, or, where a file takes it, the file and some words */
export async function printOrWrite(path: string | undefined, whole: object, words: object): Promise<object> {
  if (!path) return whole;
  await writeOutFile(path, (file) => file.write(`${JSON.stringify(whole, null, 2)}\n`));
  return { file: path, ...words };
}
