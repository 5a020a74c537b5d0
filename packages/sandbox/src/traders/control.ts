import { z } from "zod";

/**
 * The simulated traders in the control API: requests below `traders/`, and what the page is shown. The page imports types of it only.
 *
 * | request | body | answer |
 * |---|---|---|
 * | `POST run` | `{ isRunning }`: starts them for an hour, or stops them | `{}` |
 * | `POST pace` | `{ pace }` | `{}` |
 */

export const PACES = ["slow", "calm", "lively"] as const;
export const tradersPace = z.enum(PACES);
export type TradersPace = z.infer<typeof tradersPace>;

/** `noRoom`: there is no open room of the demo's name; `unreachable`: the product does not answer as it should. */
export const tradersProblem = z.enum(["noRoom", "unreachable"]);

export const sandboxTraders = z.object({
  isRunning: z.boolean(),
  pace: tradersPace,
  /** Names of those in the room now. */
  present: z.array(z.string()),
  /** Trades made so far. */
  trades: z.int(),
  /** Why they wait; null while nothing is wrong. */
  problem: tradersProblem.nullable(),
});
export type SandboxTraders = z.infer<typeof sandboxTraders>;
export type TradersEvent = { type: "traders"; traders: SandboxTraders };
