import process from "node:process";
import { parseArgs } from "node:util";
import { createClient } from "@pult/api/client.ts";
import { isTRPCClientError } from "@trpc/client";
import { type Command, type Given, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/**
 * Scripted mutations for admins, over the typed client. `PULT_URL` names the server, `PULT_API_KEY` (else `PULT_ADMIN_KEY`) the key.
 * Exit codes: 0 done, 1 refused or failed, 2 wrong use.
 */
const DEFAULT_URL = "http://127.0.0.1:3000";
const COMMON = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  const command = COMMANDS.find(({ name }) => name === argv.slice(0, 2).join(" "));
  try {
    if (!command) {
      if (argv.length > 0 && !argv.includes("--help") && !argv.includes("-h"))
        throw new UsageError(`Unknown command ${argv.slice(0, 2).join(" ")}; --help lists them`);
      process.stdout.write(`${overview()}\n`);
      return 0;
    }
    return await runCommand(command, argv.slice(2));
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function runCommand(command: Command, rest: string[]): Promise<number> {
  const given = read(command, rest);
  if (given.flag("help")) {
    process.stdout.write(`${helpOf(command)}\n`);
    return 0;
  }
  const wanted = command.args ?? [];
  if (given.args.length !== wanted.length)
    throw new UsageError(`${command.name} takes ${wanted.join(" ") || "no words of its own"}`);
  const token = process.env.PULT_API_KEY || process.env.PULT_ADMIN_KEY;
  if (!token) throw new UsageError("Set PULT_API_KEY (or PULT_ADMIN_KEY) to a key with the scope");
  const client = createClient({ url: process.env.PULT_URL || DEFAULT_URL, token });
  try {
    const result = await command.run(client.api, given);
    process.stdout.write(`${given.flag("json") ? JSON.stringify(result) : inWords(result)}\n`);
    return 0;
  } finally {
    client.close();
  }
}

/** @throws UsageError for an option the command does not know */
function read(command: Command, rest: string[]): Given {
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...command.options, ...COMMON },
      allowPositionals: true,
    });
    const of = (option: string): unknown => (values as Record<string, unknown>)[option];
    return {
      args: positionals,
      text: (option) => of(option) as string | undefined,
      list: (option) => (of(option) as string[] | undefined) ?? [],
      flag: (option) => of(option) === true,
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function usageOf({ name, args = [], options = {} }: Command): string {
  const shownOptions = Object.entries(options).map(
    ([option, { type }]) => `[--${option}${type === "string" ? " …" : ""}]`,
  );
  return [name, ...args, ...shownOptions].join(" ");
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return [
    "npm run admin -- <command> [options]   --json prints one JSON object, --help explains a command",
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    `PULT_URL (default ${DEFAULT_URL}), PULT_API_KEY, else PULT_ADMIN_KEY`,
  ].join("\n");
}

function helpOf(command: Command): string {
  const example = `npm run admin -- ${command.name} ${command.example}`.trimEnd();
  return [usageOf(command), "", `  ${command.summary}`, "", "Example:", `  ${example}`].join("\n");
}

/** A list as lines of what each holds, everything else as names and values. */
function inWords(result: object): string {
  const entries = Object.entries(result);
  const lists = entries.filter(([, value]) => Array.isArray(value)) as [string, object[]][];
  if (lists.length === 1 && lists[0]) {
    const [name, list] = lists[0];
    return list.length === 0 ? `No ${name}` : list.map((one) => lineOf(one)).join("\n");
  }
  return entries.length === 0 ? "Done" : entries.map(([name, value]) => `${name}  ${shown(value)}`).join("\n");
}

function lineOf(one: object): string {
  return Object.entries(one)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join("  ");
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function explain(error: unknown): string {
  if (isTRPCClientError(error)) {
    if (error.data) return `Refused: ${error.message}`;
    return `No answer from ${process.env.PULT_URL || DEFAULT_URL}: ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}
