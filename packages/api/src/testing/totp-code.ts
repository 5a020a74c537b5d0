import { Secret, TOTP } from "otpauth";

/** What an authenticator app with this secret shows. */
export const totpCodeOf = (secret: string, timestamp = Date.now()): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
