import type { Command } from "./command.ts";

export function usageOf({ name, args = [], options = {} }: Command): string {
  const shownOptions = Object.entries(options).map(
    ([option, { type }]) => `[--${option}${type === "string" ? " …" : ""}]`,
  );
  return [name, ...args, ...shownOptions].join(" ");
}

export function overviewOf(commands: readonly Command[], defaultUrl: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "npm run admin -- <command> [options]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "--help explains a command, --json prints one JSON object, --progress tells on stderr how far it is, also into a file",
    `PULT_URL (default ${defaultUrl}), PULT_API_KEY, else PULT_ADMIN_KEY`,
    "Exit codes: 0 done, 1 refused or failed, 2 wrong use",
  ].join("\n");
}

export function helpOf(command: Command): string {
  const example = `npm run admin -- ${command.name} ${command.example ?? ""}`.trimEnd();
  return [usageOf(command), "", `  ${command.summary}`, "", "Example:", `  ${example}`].join("\n");
}

/** A list as lines of what each holds, everything else as names and values. */
export function inWords(result: object): string {
  const entries = Object.entries(result);
  const lists = entries.filter(([, value]) => Array.isArray(value)) as [string, object[]][];
  if (lists.length === 1 && lists[0] && entries.every(([name, value]) => Array.isArray(value) || isAside(name))) {
    const [name, list] = lists[0];
    const more = "nextCursor" in result && result.nextCursor ? [`More with --cursor ${result.nextCursor}`] : [];
    return list.length === 0 ? `No ${name}` : [...list.map((one) => lineOf(one)), ...more].join("\n");
  }
  return entries.length === 0 ? "Done" : entries.map(([name, value]) => `${name}  ${shown(value)}`).join("\n");
}

/** What stands beside a list and is not worth a line. */
const isAside = (name: string): boolean => name === "nextCursor" || name === "counts";

function lineOf(one: object): string {
  return Object.entries(one)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join("  ");
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
