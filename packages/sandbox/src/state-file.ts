import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import type { State } from "./state.ts";

const DEBOUNCE_MS = 200;

/** Keeps a `State` in a file of mode 600 (it holds private keys), written whole to a neighbour and renamed over it. */
export class StateFile {
  readonly path: string;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(path: string) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
  }

  /** The saved state; null when there is no file. @throws when the file is not a state this version knows */
  load(): State | null {
    const text = readIfThere(this.path);
    if (text === null) return null;
    const state: State = JSON.parse(text);
    if (state.version !== 1) throw new Error(`${this.path} is not a sandbox state of version 1`);
    return state;
  }

  /** Saves soon. A failure then is a warning, not the end of the process. */
  schedule(state: State): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => this.#trySave(state), DEBOUNCE_MS).unref();
  }

  /** Saves a last time. */
  close(state: State): void {
    this.#isClosed = true;
    this.save(state);
  }

  save(state: State): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const draft = `${this.path}.tmp`;
    writeFileSync(draft, JSON.stringify(state), { mode: 0o600 });
    renameSync(draft, this.path);
  }

  #trySave(state: State): void {
    try {
      this.save(state);
    } catch (error) {
      process.emitWarning(`The sandbox could not save its world: ${String(error)}`);
    }
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
