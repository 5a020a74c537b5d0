import { z } from "zod";
import { isStorable } from "../../storable.ts";

export const email = z.email().max(254);
/** What a person is called. */
export const personName = z.string().trim().min(1).max(100).refine(isStorable, "No NUL or half characters");
/** A password as it is typed to be checked; longer is refused before it is hashed. */
export const password = z.string().min(1).max(1024);
/** A password to come. The service refuses the e-mail and the present password. */
export const newPassword = z.string().min(10).max(1024).refine(isStorable, "No NUL or half characters");
/** Six digits of the authenticator app, or a backup code; spaces, dashes and case do not count. */
export const secondFactor = z.string().min(6).max(32);
/** What a link carries behind `#token=`. */
export const linkToken = z.string().min(1).max(128);

export const signInInput = z.object({ email, password, code: secondFactor.optional() });
export type SignInInput = z.infer<typeof signInInput>;

/** The caller's own; with a code if they sign in with one. */
export const confirmInput = z.object({ password, code: secondFactor.optional() });
export type ConfirmInput = z.infer<typeof confirmInput>;

/** The available sign-in methods. */
export const signInMethods = z.object({
  passkey: z.literal(true),
  /** Telegram Login is configured. */
  telegram: z.boolean(),
  /** Mail is configured: a forgotten password can be reset without an Admin. */
  mail: z.boolean(),
});
export type SignInMethods = z.infer<typeof signInMethods>;

export const updateProfileInput = z.object({
  name: personName,
  /** Of the mails they get. */
  languageCode: z.enum(["en", "ru"]).optional(),
});
export type UpdateProfileInput = z.infer<typeof updateProfileInput>;

export const passkey = z.object({
  /** Credential id, base64url. */
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  /** Synced between devices. */
  backedUp: z.boolean(),
});
export type Passkey = z.infer<typeof passkey>;

/** How the caller signs in. */
export const security = z.object({
  email: z.string(),
  passwordChangedAt: z.iso.datetime(),
  totp: z.object({
    /** Null while no code is asked for. */
    enabledAt: z.iso.datetime().nullable(),
    backupCodesLeft: z.int(),
  }),
  passkeys: z.array(passkey),
});
export type Security = z.infer<typeof security>;

export const changePasswordInput = z.object({ current: password, next: newPassword });
export const requestResetInput = z.object({ email });
export const checkLinkInput = z.object({ token: linkToken });
export const resetSubject = z.object({ email: z.string(), name: z.string() });
export type ResetSubject = z.infer<typeof resetSubject>;
export const resetPasswordInput = z.object({
  token: linkToken,
  password: newPassword,
  code: secondFactor.optional(),
});
export type ResetPasswordInput = z.infer<typeof resetPasswordInput>;

export const totpSecret = z.object({
  /** Base32, for typing by hand. */
  secret: z.string(),
  /** `otpauth://totp/…`, for the QR code. */
  uri: z.string(),
});
export type TotpSecret = z.infer<typeof totpSecret>;
export const totpCodeInput = z.object({ code: secondFactor });
export const disableTotpInput = z.object({ password, code: secondFactor });
/** Ten of them, `abcde-fghij`, shown once. */
export const newBackupCodes = z.object({ backupCodes: z.array(z.string()) });
export type NewBackupCodes = z.infer<typeof newBackupCodes>;

const base64url = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, "must be base64url");
const credentialId = base64url(1400);
/** What every answer of an authenticator has, as browsers and `@simplewebauthn/browser` write it. */
const authenticatorAnswer = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal("public-key"),
  authenticatorAttachment: z.enum(["platform", "cross-platform"]).optional(),
  clientExtensionResults: z.looseObject({}),
};

export const registrationResponse = z.object({
  ...authenticatorAnswer,
  response: z.object({
    clientDataJSON: base64url(8192),
    attestationObject: base64url(65_536),
    transports: z.array(z.string().max(32).refine(isStorable, "No NUL or half characters")).max(10).optional(),
  }),
});
export const authenticationResponse = z.object({
  ...authenticatorAnswer,
  response: z.object({
    clientDataJSON: base64url(8192),
    authenticatorData: base64url(8192),
    signature: base64url(8192),
    userHandle: base64url(128).optional(),
  }),
});

export const registerPasskeyInput = z.object({
  name: personName,
  /** Of `registerOptions`. */
  challenge: linkToken,
  response: registrationResponse,
});
export type RegisterPasskeyInput = z.infer<typeof registerPasskeyInput>;
export const renamePasskeyInput = z.object({ id: credentialId, name: personName });
export const removePasskeyInput = z.object({ id: credentialId });
export const signInWithPasskeyInput = z.object({
  /** Of `signInOptions`. */
  challenge: linkToken,
  response: authenticationResponse,
});
export type SignInWithPasskeyInput = z.infer<typeof signInWithPasskeyInput>;

export const completeSetUpInput = z.object({ token: linkToken, name: personName, email, password: newPassword });
export type CompleteSetUpInput = z.infer<typeof completeSetUpInput>;

export const miniAppInput = z.object({
  /** Telegram's `initData`, as received: URL-encoded query string. Over 4 KiB it is as wrong as a forged one. */
  initData: z.string(),
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

export const telegramLink = z.object({
  /** Whether one can sign in with Telegram here at all. */
  isConfigured: z.boolean(),
  /** The Telegram user who may sign in as the caller. */
  linked: z.object({ id: z.string(), username: z.string().nullable() }).nullable(),
});
export type TelegramLink = z.infer<typeof telegramLink>;

export const sessionMethod = z.enum(["password", "passkey", "telegram", "invitation", "setUp", "reset", "miniApp"]);
export type SessionMethod = z.infer<typeof sessionMethod>;

/** An agent's sign-in on one browser. */
export const session = z.object({
  id: z.uuid(),
  /** The one that asks. */
  isCurrent: z.boolean(),
  userAgent: z.string(),
  /** `Chrome on Windows`. */
  device: z.string(),
  /** How it was opened. */
  method: sessionMethod,
  ip: z.string(),
  createdAt: z.iso.datetime(),
  /** To the minute. */
  lastSeenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Session = z.infer<typeof session>;

export const revokeSessionsInput = z.union([z.object({ id: z.uuid() }), z.object({ others: z.literal(true) })]);
