import { type ChildProcess, type ForkOptions, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findServices, type Services } from "../scripts/services.ts";

/** Whether to print one JSON object a line. */
export const json = process.argv.includes("--json");

/** The number in `--name=N`. */
export const argument = (name: string, otherwise: number): number =>
  Number(process.argv.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise);

/** For a server that is measured: no limit of an address or a user. */
export const LIFTED = {
  NODE_ENV: "production" as const,
  PORT: "0",
  LIMIT_IP_PER_MINUTE: "0",
  LIMIT_USER_PER_MINUTE: "0",
  LOG_LEVEL: "warn",
};

/** What there is to measure on; ours are stopped when the process ends. */
export async function services(): Promise<Services["env"]> {
  const { env, stop } = await findServices();
  process.once("exit", stop);
  return env;
}

/** A directory that is gone when the process ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "pult-bench-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Makes a new database on the server of `url`. @returns its address */
export async function freshDatabase(url: string): Promise<string> {
  const { default: postgres } = await import("postgres");
  const host = new URL(url).searchParams.get("host");
  const name = `pult_bench_${randomBytes(4).toString("hex")}`;
  const base = new URL(url);
  base.searchParams.delete("host");
  const sql = postgres(base.href, { max: 1, ...(host ? { host } : {}) });
  await sql.unsafe(`create database ${name}`);
  await sql.end();
  const mine = new URL(url);
  mine.pathname = `/${name}`;
  return mine.href;
}

/** @returns the values at these shares, in the order asked; 0 where there are none */
export function percentiles(values: readonly number[], shares: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

export const median = (values: readonly number[]): number => percentiles(values, [0.5])[0] ?? 0;

const ANSWER_MS = 180_000;

/** A process that is given orders and answers each. */
export interface Child {
  /** What it says next, unasked. */
  answer<Message>(): Promise<Message>;
  ask<Message>(order: object | string): Promise<Message>;
  end(): Promise<void>;
}

/** @param file relative to this folder */
export function startChild(file: string, args: string[] = [], options: ForkOptions = {}): Child {
  const child = fork(new URL(file, import.meta.url), args, {
    ...options,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const answer = <Message>() => answerOf<Message>(child, file);
  return {
    answer,
    ask<Message>(order: object | string) {
      const answered = answer<Message>();
      child.send(order);
      return answered;
    },
    async end() {
      if (child.exitCode !== null) return;
      const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

function answerOf<Message>(child: ChildProcess, file: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${file} does not answer`)), ANSWER_MS);
    const ended = (code: number | null) => reject(new Error(`${file} ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      clearTimeout(timer);
      child.off("exit", ended);
      resolve(message as Message);
    });
  });
}
