import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type Cell, commandOf, ROOT } from "../server-under-test.ts";

/** An example program that runs against a server. */
export interface ExampleProgram {
  /** What it printed so far. */
  readonly said: { out: string; err: string };
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** Resolves once it has printed these words. @throws Error when it ends before */
  until(words: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

export interface ExampleOptions {
  runtime: Cell["runtime"];
  /** Of the server. */
  url: string;
  key: string;
}

/** @param file from the root of the project */
export function startExample(file: string, args: string[], { runtime, url, key }: ExampleOptions): ExampleProgram {
  const [command, ...rest] = commandOf(runtime, file);
  const { PATH = "", HOME = "" } = process.env;
  const child: ChildProcess = spawn(command, [...rest, ...args], {
    cwd: ROOT,
    env: { NODE_ENV: "production", PATH, HOME, PULT_URL: url, PULT_API_KEY: key },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { out: "", err: "" };
  child.stdout?.on("data", (chunk) => {
    said.out += chunk;
    child.emit("said");
  });
  child.stderr?.on("data", (chunk) => {
    said.err += chunk;
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    said,
    ended,
    async until(words) {
      while (!said.out.includes(words))
        await Promise.race([
          once(child, "said"),
          ended.then((code) => Promise.reject(new Error(`${code} ${said.err}`))),
        ]);
    },
    signal: (name) => void child.kill(name),
  };
}
