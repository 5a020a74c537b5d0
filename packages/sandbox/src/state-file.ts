import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { describe, isRecord, parseJsonObject } from "./http.ts";
import type { SandboxModule } from "./module.ts";

const DEBOUNCE_MS = 200;

/**
 * Keeps the state of every module in a file of mode 600 (it holds private keys), written whole to a neighbour and renamed
 * over it: `{ modules: { <name>: { version, state } } }`. Before there were modules, the file was one flat state of them all.
 */
export class StateFile {
  /** Null: memory only. */
  #path: string | null;
  readonly #warn: (message: string) => void;
  #text = "";
  #file: Record<string, unknown> = { modules: {} };
  #keptAs: string | undefined;
  readonly #states = new Map<SandboxModule, object>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(path: string | null, warn: (message: string) => void = (message) => process.emitWarning(message)) {
    this.#path = path;
    this.#warn = warn;
    if (path === null) return;
    mkdirSync(dirname(path), { recursive: true });
    this.#load(path);
  }

  /** The saved state of a module, in its present shape; undefined when there is none. @throws when it cannot be read */
  restore(module: SandboxModule): object | undefined {
    const part = isRecord(this.#file.modules) ? this.#file.modules[module.name] : { version: 0, state: this.#file };
    if (part === undefined) return undefined;
    if (!isRecord(part) || typeof part.version !== "number" || !isRecord(part.state)) throw new Error("no state in it");
    const { version, state } = part;
    if (version > module.version) throw new Error(`version ${version} is newer than ${module.version}`);
    const present = version < module.version ? module.upgrade?.(state, version) : state;
    if (present === undefined) return undefined;
    const { data, error } = module.state.safeParse(present);
    if (error !== undefined) throw new Error(describe(error));
    return data;
  }

  /** Keeps the file as it was found beside the one that the next save writes, because `part` of it cannot be read. */
  setAside(part: string, error: unknown): void {
    if (this.#path === null) return;
    const reason = error instanceof Error ? error.message : String(error);
    try {
      this.#keptAs ??= `${this.#path}.unreadable-${new Date().toISOString().replaceAll(":", "")}`;
      writeFileSync(this.#keptAs, this.#text, { mode: 0o600 });
      this.#warn(`Cannot read ${part} in ${this.#path} (${reason}); it starts anew. The old file is ${this.#keptAs}`);
    } catch (failure) {
      this.#useMemoryOnly(`Cannot read ${part} in ${this.#path} (${reason}) nor keep a copy (${String(failure)})`);
    }
  }

  /** Saves write this object's content at that time. */
  track(module: SandboxModule, state: object): void {
    this.#states.set(module, state);
  }

  /** Saves soon. A failure then is a warning, not the end of the process. */
  schedule(): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => this.#trySave(), DEBOUNCE_MS).unref();
  }

  /** Saves a last time. */
  close(): void {
    this.#isClosed = true;
    this.#save();
  }

  #load(path: string): void {
    try {
      this.#text = readFileSync(path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
      this.#useMemoryOnly(`Cannot read ${path} (${String(error)})`);
      return;
    }
    const file = parseJsonObject(this.#text);
    if (file === undefined) this.setAside("the world", "not a JSON object");
    else this.#file = file;
  }

  /** Leaves the file as it is. */
  #useMemoryOnly(reason: string): void {
    this.#path = null;
    this.#warn(`${reason}; the sandbox keeps its world in memory only`);
  }

  /** Parts of modules that this version does not know are written back as they were. */
  #save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#path === null) return;
    const known = [...this.#states].map(([{ name, version }, state]) => [name, { version, state }]);
    const unknown = isRecord(this.#file.modules) ? this.#file.modules : {};
    const draft = `${this.#path}.tmp`;
    writeFileSync(draft, JSON.stringify({ modules: { ...unknown, ...Object.fromEntries(known) } }), { mode: 0o600 });
    renameSync(draft, this.#path);
  }

  #trySave(): void {
    try {
      this.#save();
    } catch (error) {
      this.#warn(`Cannot save ${this.#path} (${String(error)})`);
    }
  }
}
