import { type ChildProcess, fork } from "node:child_process";

const ANSWER_MS = 180_000;

/** A process that is given orders and answers each. */
export interface Child {
  /** What it says next, unasked. */
  answer<Message>(): Promise<Message>;
  ask<Message>(order: object | string): Promise<Message>;
  end(): Promise<void>;
}

export interface ChildOptions {
  args?: string[];
  env?: Record<string, string>;
  execArgv?: string[];
  execPath?: string;
}

/** @param file relative to this folder */
export function startChild(file: string, options: ChildOptions = {}): Child {
  const { args = [], env = {}, execArgv, execPath } = options;
  const child = fork(new URL(file, import.meta.url), args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    ...(execArgv ? { execArgv } : {}),
    ...(execPath ? { execPath } : {}),
  });
  const next = <Message>() => answerOf<Message>(child, file);
  return {
    answer: next,
    ask<Message>(order: object | string) {
      const answered = next<Message>();
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
