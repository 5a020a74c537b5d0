import { createInterface } from "node:readline/promises";
import { DeclinedError, UsageError } from "./command.ts";

/** What a command is run on: a process has it. */
export interface Terminal {
  env: Record<string, string | undefined>;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

const OFTEN_MS = 200;

/** How far long work is, on stderr: one line that changes on a terminal, else line after line where it is asked for. */
export class Progress {
  readonly #stderr: Terminal["stderr"];
  readonly #isTerminal: boolean;
  readonly #isOn: boolean;
  #saidAt = Number.NEGATIVE_INFINITY;
  #hasLine = false;

  constructor(stderr: Terminal["stderr"], asked: boolean) {
    this.#stderr = stderr;
    this.#isTerminal = stderr.isTTY === true;
    this.#isOn = asked || this.#isTerminal;
  }

  say(words: string): void {
    if (!this.#isOn || performance.now() - this.#saidAt < OFTEN_MS) return;
    this.#saidAt = performance.now();
    this.#hasLine = true;
    this.#stderr.write(this.#isTerminal ? `\r\u001b[K${words}` : `${words}\n`);
  }

  /** Leaves the line free for what comes after. */
  end(): void {
    if (this.#hasLine && this.#isTerminal) this.#stderr.write("\r\u001b[K");
    this.#hasLine = false;
  }
}

/** @throws UsageError without a terminal, DeclinedError for a no */
export async function confirm({ stdin, stderr }: Terminal, question: string): Promise<void> {
  if (!stdin.isTTY)
    throw new UsageError(`${question} Not a terminal; pass --yes, or --dry-run to see what would happen`);
  const asking = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await asking.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new DeclinedError("Nothing was changed");
  } finally {
    asking.close();
  }
}
