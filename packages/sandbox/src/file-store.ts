import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./module.ts";

/** All file bytes of one module together; beyond it the oldest files are forgotten. */
const TOTAL_LIMIT_BYTES = 64 * 1024 * 1024;

interface NamedFile {
  /** Names the file on disk too, so it is unique among all modules. */
  unique: string;
}

/** Files of a module: facts in its state, bytes by unique name in memory and, with a directory, on disk (mode 600). */
export class FileStore<File extends NamedFile = NamedFile> {
  readonly #host: Pick<Host<{ files: File[] }>, "state" | "filesDirectory" | "changed">;
  readonly #bytes = new Map<string, Buffer>();
  #total = 0;

  /** Files whose bytes are gone are forgotten. */
  constructor(host: Pick<Host<{ files: File[] }>, "state" | "filesDirectory" | "changed">) {
    this.#host = host;
    if (host.filesDirectory !== null) mkdirSync(host.filesDirectory, { recursive: true, mode: 0o700 });
    host.state.files = host.state.files.filter(({ unique }) => this.#load(unique));
  }

  add(bytes: Buffer, file: File): File {
    const { state, filesDirectory } = this.#host;
    state.files.push(file);
    this.#remember(file.unique, bytes);
    if (filesDirectory !== null) writeFileSync(join(filesDirectory, file.unique), bytes, { mode: 0o600 });
    for (const oldest of this.#bytes.keys()) {
      if (this.#total <= TOTAL_LIMIT_BYTES || oldest === file.unique) break;
      this.#remove(oldest);
    }
    this.#host.changed();
    return file;
  }

  get(unique: string): Buffer | undefined {
    return this.#bytes.get(unique);
  }

  clear(): void {
    for (const unique of [...this.#bytes.keys()]) this.#remove(unique);
  }

  #load(unique: string): boolean {
    const { filesDirectory } = this.#host;
    const bytes = filesDirectory === null ? null : readOrNull(join(filesDirectory, unique));
    if (bytes !== null) this.#remember(unique, bytes);
    return bytes !== null;
  }

  #remember(unique: string, bytes: Buffer): void {
    this.#bytes.set(unique, bytes);
    this.#total += bytes.length;
  }

  #remove(unique: string): void {
    const { state, filesDirectory } = this.#host;
    this.#total -= this.#bytes.get(unique)?.length ?? 0;
    this.#bytes.delete(unique);
    state.files = state.files.filter((file) => file.unique !== unique);
    if (filesDirectory !== null) rmSync(join(filesDirectory, unique), { force: true });
  }
}

function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
