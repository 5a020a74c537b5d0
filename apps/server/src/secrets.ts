import { hkdfSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import webPush from "web-push";
import type { Env } from "./env.ts";

/** Values that must survive a restart and that no operator chooses. */
export interface Secrets {
  jwtSecret: string;
  /** For what is sealed in the database; the newest first. */
  encryptionKeys: [Uint8Array, ...Uint8Array[]];
  mediaSecret: string;
  vapid: { publicKey: string; privateKey: string };
  webhookSecret: string;
}

/** As they lie in `DATA_DIR`. */
type KeptSecrets = Omit<Secrets, "encryptionKeys"> & { encryptionKey: string };

/**
 * Secrets of this installation: from the environment where given, else made once and kept in `DATA_DIR`, readable by its owner only.
 * Several nodes keep nothing: what they are not given follows from `JWT_SECRET`, so that they agree.
 */
export function loadSecrets(env: Env): Secrets {
  return env.REDIS_URL ? sharedSecrets(env) : ownSecrets(env);
}

/** @throws Error without the variables that `parseEnv` requires beside `REDIS_URL` */
function sharedSecrets(env: Env): Secrets {
  const { JWT_SECRET, ENCRYPTION_KEY, VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, TELEGRAM_WEBHOOK_SECRET } = env;
  if (!JWT_SECRET || !ENCRYPTION_KEY || !VAPID_PUBLIC_KEY || !VAPID_PRIVATE_KEY)
    throw new Error("Several nodes need shared secrets");
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync("sha256", JWT_SECRET, "", `pult ${purpose}`, 32)).toString("base64url");
  return {
    jwtSecret: JWT_SECRET,
    encryptionKeys: withPrevious(ENCRYPTION_KEY, env),
    mediaSecret: derive("media links"),
    webhookSecret: TELEGRAM_WEBHOOK_SECRET ?? derive("telegram webhook"),
    vapid: { publicKey: VAPID_PUBLIC_KEY, privateKey: VAPID_PRIVATE_KEY },
  };
}

function ownSecrets(env: Env): Secrets {
  const file = join(env.DATA_DIR, "secrets.json");
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<KeptSecrets>) : {};
  const all: KeptSecrets = {
    jwtSecret: kept.jwtSecret ?? newSecret(),
    encryptionKey: kept.encryptionKey ?? newSecret(),
    mediaSecret: kept.mediaSecret ?? newSecret(),
    vapid: kept.vapid ?? webPush.generateVAPIDKeys(),
    webhookSecret: kept.webhookSecret ?? newSecret(),
  };
  if (JSON.stringify(all) !== JSON.stringify(kept)) {
    writeFileSync(`${file}.new`, JSON.stringify(all, null, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }
  const { encryptionKey, ...rest } = all;
  return {
    ...rest,
    encryptionKeys: withPrevious(env.ENCRYPTION_KEY ?? Buffer.from(encryptionKey, "base64url"), env),
    jwtSecret: env.JWT_SECRET ?? all.jwtSecret,
    webhookSecret: env.TELEGRAM_WEBHOOK_SECRET ?? all.webhookSecret,
    vapid:
      env.VAPID_PUBLIC_KEY && env.VAPID_PRIVATE_KEY
        ? { publicKey: env.VAPID_PUBLIC_KEY, privateKey: env.VAPID_PRIVATE_KEY }
        : all.vapid,
  };
}

const withPrevious = (key: Uint8Array, { ENCRYPTION_KEY_PREVIOUS: previous }: Env): [Uint8Array, ...Uint8Array[]] =>
  previous ? [key, previous] : [key];

const newSecret = (): string => randomBytes(32).toString("base64url");
