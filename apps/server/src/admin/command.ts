import type { ParseArgsOptionsConfig } from "node:util";
import type { Client } from "@pult/api/client.ts";

/** What a command was given; unknown options never get this far. */
export interface Given {
  /** Words after the command's own, as many as it names. */
  args: string[];
  text(option: string): string | undefined;
  list(option: string): string[];
  flag(option: string): boolean;
}

/** One scripted mutation or question, over the typed client. */
export interface Command {
  /** As typed: `keys create`. */
  name: string;
  summary: string;
  /** Words it needs, for its help. */
  args?: string[];
  options?: ParseArgsOptionsConfig;
  /** What follows the command in an example. */
  example: string;
  /** @returns one object, printed as JSON or in words */
  run(api: Client["api"], given: Given): Promise<object>;
}

/** Wrong use: the command line, not the server, is at fault. */
export class UsageError extends Error {}

/** @throws UsageError when the option is missing */
export function required(given: Given, option: string): string {
  const value = given.text(option);
  if (value === undefined || value === "") throw new UsageError(`--${option} is missing`);
  return value;
}

/** @throws UsageError when the word is no whole number */
export function wholeNumber(word: string | undefined, name: string): number {
  if (!/^[1-9]\d{0,14}$/.test(word ?? "")) throw new UsageError(`${name} must be a whole number`);
  return Number(word);
}

/** @throws UsageError when it is none of them */
export function oneOf<Value extends string>(value: string, allowed: readonly Value[], name: string): Value {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${name} must be one of ${allowed.join(", ")}`);
  return found;
}
