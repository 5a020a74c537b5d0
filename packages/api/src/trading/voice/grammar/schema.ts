import { z } from "zod";

/** An amount as it was said, in whole SOL or tokens, or a share of what the trader has. Decimal numbers. */
export const amountSaid = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("exact"), value: z.string(), unit: z.enum(["sol", "token"]) }),
  z.object({ kind: z.literal("share"), percent: z.string() }),
]);
export type Amount = z.infer<typeof amountSaid>;

/** What an utterance asks for. */
export const command = z.object({
  intent: z.enum(["buy", "sell", "price", "balance", "confirm", "cancel", "none"]),
  parameters: z.object({
    amount: amountSaid.optional(),
    code: z.string().optional(),
    /** What `price` and `balance` are answered with: lamports for a token; lamports and units. */
    price: z.string().optional(),
    sol: z.string().optional(),
    token: z.string().optional(),
  }),
  /** From 0 to 1. */
  confidence: z.number().min(0).max(1),
});
export type Command = z.infer<typeof command>;
