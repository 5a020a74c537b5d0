import type { PushResult } from "@pult/api/push/sender.ts";
import { z } from "zod";
import { parseJson } from "./parse-json.ts";

const FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest";
/** Google's advice for a 429 that names no time. */
const QUOTA_WAIT_MS = 60_000;

const detailSchema = z.looseObject({
  "@type": z.string().optional(),
  errorCode: z.string().optional(),
  fieldViolations: z.array(z.looseObject({ field: z.string().optional() })).optional(),
});
const answerSchema = z.object({
  error: z.object({
    status: z.string().optional(),
    message: z.string().optional(),
    details: z.array(detailSchema).optional(),
  }),
});

export interface FcmAnswer {
  status: number;
  /** Body as text. */
  text: string;
  retryAfterMs: number | null;
}

/**
 * What an answer of FCM means for the device.
 *
 * A device is removed only when FCM speaks of its registration token, as the guide to managing tokens asks: `UNREGISTERED` (404), or
 * `INVALID_ARGUMENT` (400) with an FCM detail whose message is about the token. A 404 without that code is a wrong project or API root,
 * and `SENDER_ID_MISMATCH` (403) says as much about our key file as about the token: with a file of another project every token
 * answers it, and removing them all could not be undone.
 * @see https://firebase.google.com/docs/cloud-messaging/error-codes
 * @see https://firebase.google.com/docs/cloud-messaging/manage-tokens#detect-invalid-token-responses-from-the-fcm-backend
 */
export function readFcmAnswer({ status, text, retryAfterMs }: FcmAnswer): PushResult {
  if (status >= 200 && status < 300) return { state: "accepted", providerStatus: status, reason: null };
  const error = answerSchema.safeParse(parseJson(text)).data?.error;
  const fcmCode = error?.details?.find((detail) => detail["@type"] === FCM_ERROR)?.errorCode;
  const reason = `${fcmCode ?? error?.status ?? status}: ${error?.message ?? "no explanation"}`.slice(0, 300);
  if (status === 429) {
    return { state: "retry", providerStatus: status, reason, retryAfterMs: retryAfterMs ?? QUOTA_WAIT_MS };
  }
  if (status >= 500) return { state: "retry", providerStatus: status, reason, retryAfterMs };
  const gone = (status === 404 && fcmCode === "UNREGISTERED") || (status === 400 && isBadToken(error, fcmCode));
  return { state: gone ? "removed" : "failed", providerStatus: status, reason };
}

type FcmError = z.infer<typeof answerSchema>["error"];

function isBadToken(error: FcmError | undefined, fcmCode: string | undefined): boolean {
  if (fcmCode !== "INVALID_ARGUMENT" || !/registration token/i.test(error?.message ?? "")) return false;
  const violations = error?.details
    ?.filter((detail) => detail["@type"] === BAD_REQUEST)
    .flatMap((detail) => detail.fieldViolations ?? []);
  return violations?.every(({ field }) => field === "message.token") ?? true;
}
