import { z } from "zod";

export const signInInput = z.object({
  email: z.email().max(254),
  /** 1 to 1,024 characters; longer is refused before it is hashed. */
  password: z.string().min(1).max(1024),
});
export type SignInInput = z.infer<typeof signInInput>;

export const miniAppInput = z.object({
  /** Telegram's `initData`, as received: URL-encoded query string, at most 4 KiB. */
  initData: z.string().min(1).max(4096),
});

export const miniAppSession = z.object({
  /** Opaque session token, used as Bearer and in `connectionParams`. */
  token: z.string(),
  expiresAt: z.iso.datetime(),
  user: z.object({
    id: z.string(),
    name: z.string(),
    username: z.string().nullable(),
    languageCode: z.string().nullable(),
  }),
});
export type MiniAppSession = z.infer<typeof miniAppSession>;

/** An agent's sign-in on one browser. */
export const session = z.object({
  id: z.uuid(),
  /** The one that asks. */
  isCurrent: z.boolean(),
  userAgent: z.string(),
  ip: z.string(),
  createdAt: z.iso.datetime(),
  /** To the minute. */
  lastSeenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Session = z.infer<typeof session>;

export const revokeSessionsInput = z.union([z.object({ id: z.uuid() }), z.object({ others: z.literal(true) })]);
