import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** All file bytes together; beyond it the oldest files are forgotten. */
const TOTAL_LIMIT_BYTES = 64 * 1024 * 1024;

/** Bytes of Telegram files by their unique name, in memory and, with a directory, on disk (mode 600). */
export class FileStore {
  readonly #bytes = new Map<string, Buffer>();
  readonly #directory: string | null;
  #total = 0;

  constructor(directory: string | null) {
    this.#directory = directory;
    if (directory !== null) mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Loads what the state says there is; names whose bytes are gone are answered, for the state to forget. */
  load(names: string[]): string[] {
    return names.filter((name) => {
      const bytes = this.#directory === null ? null : readOrNull(join(this.#directory, name));
      if (bytes !== null) this.#remember(name, bytes);
      return bytes === null;
    });
  }

  /** Answers the names that had to go to make room. */
  put(name: string, bytes: Buffer): string[] {
    this.#remember(name, bytes);
    if (this.#directory !== null) writeFileSync(join(this.#directory, name), bytes, { mode: 0o600 });
    const evicted: string[] = [];
    for (const oldest of this.#bytes.keys()) {
      if (this.#total <= TOTAL_LIMIT_BYTES || oldest === name) break;
      this.#remove(oldest);
      evicted.push(oldest);
    }
    return evicted;
  }

  get(name: string): Buffer | undefined {
    return this.#bytes.get(name);
  }

  clear(): void {
    for (const name of [...this.#bytes.keys()]) this.#remove(name);
  }

  #remember(name: string, bytes: Buffer): void {
    this.#bytes.set(name, bytes);
    this.#total += bytes.length;
  }

  #remove(name: string): void {
    this.#total -= this.#bytes.get(name)?.length ?? 0;
    this.#bytes.delete(name);
    if (this.#directory !== null) rmSync(join(this.#directory, name), { force: true });
  }
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
