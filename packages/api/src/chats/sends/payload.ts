import { z } from "zod";

export const sendPayload = z.object({
  accountId: z.string(),
  /** One message, or those of an album. */
  ids: z.array(z.int()).min(1),
  /** `now`: a caller waits for it until `untilMs`, and it is not sent after that. */
  mode: z.enum(["now", "queue"]),
  untilMs: z.number().nullable(),
  /** Whether an earlier try may have arrived. */
  isUncertain: z.boolean(),
});
export type SendPayload = z.infer<typeof sendPayload>;
