import { z } from "zod";

const responseFigures = z.object({
  count: z.int(),
  medianSeconds: z.number().nullable(),
  p90Seconds: z.number().nullable(),
});
/** Answers to those who had not written for a day, and all answers. */
export const responseTimes = z.object({ firstResponses: responseFigures, responses: responseFigures });
export type ResponseTimes = z.infer<typeof responseTimes>;
/** `memberId` is a person's id or `key:<id>`; null for answers from other devices. */
export const memberResponses = responseTimes.extend({ memberId: z.string().nullable(), name: z.string().nullable() });
export type MemberResponses = z.infer<typeof memberResponses>;
export const responses = z.object({
  all: responseTimes,
  members: z.array(memberResponses),
  /** Who wrote in this time and waits still: in no figure. */
  unanswered: z.object({ count: z.int(), oldestAt: z.string().nullable() }),
});
export type Responses = z.infer<typeof responses>;
