import type { Env } from "./env.ts";

/** Divides every wait (`…Ms`) among some options: by 1, unless a test of the whole process says otherwise. */
export function hasten<Options extends object>(options: Options, { PULT_TEST_SPEED: speed }: Env): Options {
  const entries = Object.entries(options);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name.endsWith("Ms") ? Math.round(value / speed) : value]),
  ) as Options;
}
