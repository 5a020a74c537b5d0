import { z } from "zod";

/** Keys of `data` that FCM keeps to itself. */
const RESERVED_DATA = /^(?:from|message_type|collapse_key|google\..*|gcm\..*)$/;
const MAX_TTL_SECONDS = 2_419_200;

const strings = z.record(z.string(), z.string());
const any = z.record(z.string(), z.unknown());

const android = z.strictObject({
  collapse_key: z.string(),
  priority: z.enum(["normal", "high", "NORMAL", "HIGH"]),
  ttl: z
    .string()
    .regex(/^\d+(?:\.\d{1,9})?s$/)
    .refine((ttl) => Number.parseFloat(ttl) <= MAX_TTL_SECONDS),
  restricted_package_name: z.string(),
  data: strings,
  notification: any,
  fcm_options: any,
  direct_boot_ok: z.boolean(),
});

const message = z.strictObject({
  token: z.string(),
  data: strings.refine((data) => !Object.keys(data).some((key) => RESERVED_DATA.test(key)), "Invalid data payload key"),
  notification: z.strictObject({ title: z.string(), body: z.string(), image: z.string() }).partial(),
  fcm_options: any,
  android: android.partial(),
  apns: z.strictObject({ headers: strings, payload: any, fcm_options: any, live_activity_token: z.string() }).partial(),
});

/** A request of `messages:send` to one device. Topics and pushes to browsers are not simulated. */
export const sendRequest = z.strictObject({ message: message.partial() });
export type FcmMessage = z.infer<typeof sendRequest>["message"];
