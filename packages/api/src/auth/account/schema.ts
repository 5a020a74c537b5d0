import { z } from "zod";
import { isStorable } from "../../storable.ts";
import type { InitDataUser } from "./init-data.ts";

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
export interface SignInMethods {
  passkey: true;
  /** Telegram Login is configured. */
  telegram: boolean;
  /** Mail is configured: a forgotten password can be reset without an Admin. */
  mail: boolean;
}

export const updateProfileInput = z.object({
  name: personName,
  /** Of the mails they get. */
  languageCode: z.enum(["en", "ru"]).optional(),
});
export type UpdateProfileInput = z.infer<typeof updateProfileInput>;

export interface Passkey {
  /** Credential id, base64url. */
  id: string;
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
  /** Synced between devices. */
  backedUp: boolean;
}

/** How the caller signs in. */
export interface Security {
  email: string;
  passwordChangedAt: string;
  totp: {
    /** Null while no code is asked for. */
    enabledAt: string | null;
    backupCodesLeft: number;
  };
  passkeys: Passkey[];
}

export const changePasswordInput = z.object({ current: password, next: newPassword });
export const requestResetInput = z.object({ email });
export const checkLinkInput = z.object({ token: linkToken });
export type ResetSubject = { email: string; name: string };
export const resetPasswordInput = z.object({
  token: linkToken,
  password: newPassword,
  code: secondFactor.optional(),
});
export type ResetPasswordInput = z.infer<typeof resetPasswordInput>;

export const totpCodeInput = z.object({ code: secondFactor });
export const disableTotpInput = z.object({ password, code: secondFactor });

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

export interface MiniAppSession {
  /** Opaque session token, used as Bearer and in `connectionParams`. */
  token: string;
  expiresAt: string;
  user: InitDataUser;
}

export const sessionMethod = z.enum(["password", "passkey", "telegram", "invitation", "setUp", "reset", "miniApp"]);
export type SessionMethod = z.infer<typeof sessionMethod>;

/** An agent's sign-in on one browser. */
export interface Session {
  id: string;
  /** The one that asks. */
  isCurrent: boolean;
  userAgent: string;
  /** `Chrome on Windows`. */
  device: string;
  /** How it was opened. */
  method: SessionMethod;
  ip: string;
  createdAt: string;
  /** To the minute. */
  lastSeenAt: string;
  expiresAt: string;
}

export const revokeSessionsInput = z.union([z.object({ id: z.uuid() }), z.object({ others: z.literal(true) })]);
