import { parseArgs } from "node:util";
import { createClient } from "@pult/api/client.ts";
import { isTRPCClientError } from "@trpc/client";
import { type Command, FLAG, type Given, RefusedError, UsageError } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { confirm, Progress, type Terminal } from "./console.ts";
import { helpOf, inWords, overviewOf } from "./present.ts";

const DEFAULT_URL = "http://127.0.0.1:3000";
const COMMON = { json: FLAG, progress: FLAG, help: { ...FLAG, short: "h" } } as const;

/**
 * Scripted mutations for admins, over the typed client. `PULT_URL` names the server, `PULT_API_KEY` (else `PULT_ADMIN_KEY`) the key.
 * @returns exit code: 0 done, 1 refused or failed, 2 wrong use
 */
export async function runAdmin(argv: string[], terminal: Terminal): Promise<number> {
  const { stdout, stderr, env } = terminal;
  const url = env.PULT_URL || DEFAULT_URL;
  const command = [2, 1].map((words) => commandOf(argv.slice(0, words))).find((found) => found !== undefined);
  try {
    if (command) {
      const rest = argv.slice(command.name.split(" ").length);
      return await runCommand({ command, rest, url }, terminal);
    }
    if (argv.length > 0 && !argv.includes("--help") && !argv.includes("-h"))
      throw new UsageError(`Unknown command ${argv.slice(0, 2).join(" ")}; --help lists them`);
    stdout.write(`${overviewOf(COMMANDS, DEFAULT_URL)}\n`);
    return 0;
  } catch (error) {
    stderr.write(`${explain(error, url)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function commandOf(words: string[]): Command | undefined {
  return COMMANDS.find(({ name }) => name === words.join(" "));
}

async function runCommand(
  { command, rest, url }: { command: Command; rest: string[]; url: string },
  terminal: Terminal,
): Promise<number> {
  const { env, stdout } = terminal;
  const given = read(command, rest);
  if (given.flag("help")) {
    stdout.write(`${helpOf(command)}\n`);
    return 0;
  }
  const wanted = command.args ?? [];
  if (given.args.length !== wanted.length)
    throw new UsageError(`${command.name} takes ${wanted.join(" ") || "no words of its own"}`);
  const token = env.PULT_API_KEY || env.PULT_ADMIN_KEY;
  if (!token) throw new UsageError("Set PULT_API_KEY (or PULT_ADMIN_KEY) to a key with the scope");
  const client = createClient({ url, token });
  const progress = new Progress(terminal.stderr, given.flag("progress"));
  try {
    const result = await command.run(
      {
        api: client.api,
        route: { url, token },
        progress: (words) => progress.say(words),
        confirm: async (question) => {
          if (!given.flag("yes")) await confirm(terminal, question);
        },
      },
      given,
    );
    progress.end();
    stdout.write(`${given.flag("json") ? JSON.stringify(result) : inWords(result)}\n`);
    return 0;
  } finally {
    progress.end();
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
      optional: (option) => (of(option) as string | undefined) || undefined,
      list: (option) => (of(option) as string[] | undefined) ?? [],
      flag: (option) => of(option) === true,
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function explain(error: unknown, url: string): string {
  if (error instanceof RefusedError) return `Refused: ${error.message}`;
  if (isTRPCClientError(error)) {
    if (error.data) return `Refused: ${error.message}`;
    return `No answer from ${url}: ${error.message}`;
  }
  if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED")
    return `No answer from ${url}: ${error.message || error.code}`;
  return error instanceof Error ? error.message : String(error);
}
