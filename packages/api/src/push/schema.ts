import { z } from "zod";

/** A device as its owner and agents see it. */
export const device = z.object({
  id: z.string(),
  provider: z.enum(["fcm", "webpush"]),
  platform: z.string(),
  deviceId: z.string().nullable(),
  registeredAt: z.iso.datetime(),
  /** Set when the provider said the token is dead. */
  removedAt: z.iso.datetime().nullable(),
  lastPush: z
    .object({
      state: z.enum(["accepted", "failed", "removed"]),
      /** HTTP status of the provider, null when it could not be reached. */
      providerStatus: z.number().int().nullable(),
      reason: z.string().nullable(),
      at: z.iso.datetime(),
    })
    .nullable(),
});
export type Device = z.infer<typeof device>;

const webPushSubscription = z.object({
  endpoint: z.url().max(2048),
  keys: z.object({ p256dh: z.string().min(1).max(256), auth: z.string().min(1).max(64) }),
});

export const registrationInput = z.object({
  deviceId: z.string().max(255).optional(),
  platform: z.string().max(64).default("unknown"),
  target: z.discriminatedUnion("provider", [
    z.object({ provider: z.literal("fcm"), token: z.string().min(1).max(4096) }),
    z.object({ provider: z.literal("webpush"), subscription: webPushSubscription }),
  ]),
});
export type RegistrationInput = z.infer<typeof registrationInput>;
