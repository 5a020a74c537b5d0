import { z } from "zod";

export const telegramLink = z.object({
  /** Whether one can sign in with Telegram here at all. */
  isConfigured: z.boolean(),
  /** The Telegram user who may sign in as the caller. */
  linked: z.object({ id: z.string(), username: z.string().nullable() }).nullable(),
});
export type TelegramLink = z.infer<typeof telegramLink>;
