import type { ParseArgsOptionsConfig } from "node:util";
import type { Client } from "@pult/api/client.ts";

/** What a command was given; unknown options never get this far. */
export interface Given {
  /** Words after the command's own, as many as it names. */
  args: string[];
  text(option: string): string | undefined;
  /** As `text`; an empty one counts as absent. */
  optional(option: string): string | undefined;
  list(option: string): string[];
  flag(option: string): boolean;
}

/** What a command works with. */
export interface Tools {
  api: Client["api"];
  /** For the routes that are no procedures. */
  route: { url: string; token: string };
  /** Shows the progress of long work on stderr, on a terminal. */
  progress(words: string): void;
  /**
   * Asks on the terminal, unless `--yes` was given.
   * @throws UsageError without a terminal, DeclinedError for a no
   */
  confirm(question: string): Promise<void>;
}

/** One scripted mutation or question, over the typed client. */
export interface Command {
  /** As typed: `keys create`. */
  name: string;
  summary: string;
  /** Words it needs, for its help. */
  args?: string[];
  options?: ParseArgsOptionsConfig;
  /** What follows the command in an example; absent where nothing does. */
  example?: string;
  /** @returns one object, printed as JSON or in words */
  run(tools: Tools, given: Given): Promise<object>;
}

export const TEXT = { type: "string" } as const;
export const TEXTS = { type: "string", multiple: true } as const;
export const FLAG = { type: "boolean" } as const;

/** Wrong use: the command line, not the server, is at fault. */
export class UsageError extends Error {}

/** The answer on the terminal was no. */
export class DeclinedError extends Error {}

/** A route that is no procedure refused the call. */
export class RefusedError extends Error {}

/** @throws UsageError when the option is missing */
export function required(given: Given, option: string): string {
  const value = given.text(option);
  if (value === undefined || value === "") throw new UsageError(`--${option} is missing`);
  return value;
}

/** @throws UsageError when the word is no whole number */
export function wholeNumber(word: string | undefined, name: string): number {
  if (!/^(0|[1-9]\d{0,14})$/.test(word ?? "")) throw new UsageError(`${name} must be a whole number`);
  return Number(word);
}

/** @throws UsageError when it is none of them */
export function oneOf<Value extends string>(value: string, allowed: readonly Value[], name: string): Value {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${name} must be one of ${allowed.join(", ")}`);
  return found;
}

/** @throws UsageError when it was given and is no whole number */
export function optionalNumber(given: Given, option: string): number | undefined {
  const word = given.text(option);
  return word ? wholeNumber(word, `--${option}`) : undefined;
}

/** An id as examples show it. */
export const AN_ID = "4b1f9a52-7c1e-4a58-9d1b-0d8a1c2e3f40";

/** A command about what has this id. */
export const byId = (name: string, summary: string, run: (tools: Tools, id: string) => Promise<object>): Command => ({
  name,
  summary,
  args: ["ID"],
  example: AN_ID,
  run: (tools, { args: [id = ""] }) => run(tools, id),
});
