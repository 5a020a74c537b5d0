import { isAdminKey } from "@pult/api/auth/tokens.ts";
import { z } from "zod";
import {
  base64url,
  browserOrigin,
  chatId,
  duration,
  endpoint,
  flag,
  hostName,
  ipAddress,
  key,
  limit,
  list,
  ownOrigin,
  photoHost,
  port,
  redisAddress,
  secret,
  serverKey,
} from "./env-values.ts";

/** Every variable with what it means: `docs/configuration.md` is made from it. */
export const SECTIONS = {
  "Address and pages": {
    PORT: port.default(3000).describe("Port of everything but metrics; 0 lets the system choose."),
    HOST: hostName
      .default("127.0.0.1")
      .describe("Address to listen on. Set `0.0.0.0` or `::` to accept other machines."),
    PUBLIC_URL: ownOrigin
      .optional()
      .describe("The origin that browsers and Telegram use, without a path. Absent: the address that Pult listens on."),
    ALLOWED_ORIGINS: list
      .pipe(z.array(browserOrigin))
      .default([])
      .describe("Further browser origins that may call with credentials and open sockets, separated by commas."),
    TRUSTED_PROXIES: list
      .pipe(z.array(ipAddress))
      .default([])
      .describe("IP addresses of reverse proxies whose `X-Forwarded-For` is used, separated by commas."),
    WORKSPACE_NAME: z.string().min(1).max(80).default("Pult").describe("Name on screens, in mail and in pushes."),
  },
  "Data and nodes": {
    DATA_DIR: z
      .string()
      .min(1)
      .default("./data")
      .describe("Uploads, generated secrets and, without `DATABASE_URL`, the embedded database."),
    DATABASE_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
      .optional()
      .describe(
        "PostgreSQL 15 or newer, in UTF-8 and a locale other than `C`, which ignores case for ASCII letters only in searches. Absent: PGlite in `DATA_DIR`.",
      ),
    DATABASE_REPLICA_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
      .optional()
      .describe(
        "A streaming replica of `DATABASE_URL`. Stored chats of linked Telegram accounts are read and searched there while it holds their newest change. Absent: everything is read from `DATABASE_URL`.",
      ),
    REDIS_URL: redisAddress
      .optional()
      .describe(
        "Redis 6 or newer, for several nodes: `redis://host:6379/0`, sentinels as `redis+sentinel://a:26379,b:26379/name/0`, or servers of a cluster, separated by commas. Each installation needs its own database number, which is part of every channel and key; a cluster has one. Absent: a single node.",
      ),
  },
  "Try it": {
    SANDBOX: flag
      .default(false)
      .describe(
        "`1` runs the simulated Telegram, Instagram, FCM and Web Push, for every service that is not configured. `npm start` sets it. Needs a loopback `HOST`.",
      ),
    DEMO: flag
      .default(false)
      .describe("`1` adds demo data once and prints a sign-in. `npm start` sets it. Needs a loopback `HOST`."),
  },
  Access: {
    LEGACY_AUTH: z
      .enum(["required", "open"], "must be required or open")
      .default("required")
      .describe(
        "`required`: the documented protocols need a customer's JWT or an API key. `open`: they accept a bare `user_id`, exactly as documented.",
      ),
    JWT_SECRET: secret
      .optional()
      .describe("Secret of the HS256 tokens that your own server signs for customers, 16 characters or more."),
    PULT_ADMIN_KEY: z
      .string()
      .refine(isAdminKey, "must be pult_ and 43 base64url characters")
      .optional()
      .describe(
        "An API key with every scope, for set-up and automation: `pult_` and 43 base64url characters. Never stored.",
      ),
    ENCRYPTION_KEY: key.optional().describe("32 bytes in base64; encrypts secrets in the database."),
    ENCRYPTION_KEY_PREVIOUS: key
      .optional()
      .describe("The key before it, while it is changed. See [operations](operations.md#change-encryption_key)."),
    WEBHOOK_PRIVATE_ORIGINS: list
      .pipe(z.array(ownOrigin))
      .default([])
      .describe(
        "Origins that outgoing webhooks may call though they are plain http or private, parted by commas, such as `http://n8n:5678`. Everything else must be https and public.",
      ),
    PHOTO_URL_HOSTS: list
      .pipe(z.array(photoHost))
      .default([])
      .describe("Hosts from which a customer's `photo_url` is downloaded, separated by commas."),
  },
  Limits: {
    LIMIT_USER_PER_MINUTE: limit.default(100).describe("Calls of one user. 0 removes the limit, here and below."),
    LIMIT_IP_PER_MINUTE: limit
      .default(1_200)
      .describe(
        "Calls of one network (an IPv4 address or an IPv6 /64) without an API key. A wrong token counts as four. A network may also open ten times as many connections, and hold 100 unauthenticated sockets.",
      ),
    LIMIT_KEY_PER_MINUTE: limit
      .default(12_000)
      .describe("Calls with one API key. A key may have a lower limit of its own."),
    LIMIT_SIGN_IN_PER_15_MIN: limit.default(20).describe("Attempts to sign in, per network and per e-mail address."),
    LIMIT_TELEGRAM_PER_SECOND: limit
      .default(30)
      .describe(
        "Calls of the bot; Telegram allows about 30 and asks for a pause above that. Broadcasts to customers take five sixths of it at most. 0 removes it, and the limit of each private chat.",
      ),
    LIMIT_TELEGRAM_GROUP_PER_MINUTE: limit.default(20).describe("Calls of the bot into one group; Telegram allows 20."),
  },
  Telegram: {
    TELEGRAM_BOT_TOKEN: z
      .string()
      .regex(/^\d+:[A-Za-z0-9_-]+$/, "must be a token of @BotFather")
      .optional()
      .describe("Token of the bot, from @BotFather. Absent: no bot, or the sandbox's."),
    GROUP_CHAT_ID: chatId.optional().describe("Id of the support group. The bot must be an administrator there."),
    TELEGRAM_CHAT_ID: chatId
      .optional()
      .describe("Id of the supergroup that broadcasts go to. The bot must be an administrator who may pin."),
    TELEGRAM_LIVE_TOPIC_ID: z
      .string()
      .regex(/^[1-9]\d{0,9}$/, "must be the id of a topic")
      .transform(Number)
      .optional()
      .describe("Topic of `TELEGRAM_CHAT_ID` for broadcasts that name none. Absent: the general one."),
    TELEGRAM_WEBHOOK_SECRET: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,256}$/, "must be 1 to 256 of A-Z a-z 0-9 _ -")
      .optional()
      .describe("Header secret of Telegram's webhook. Webhooks need an https `PUBLIC_URL`; without one Pult polls."),
    TELEGRAM_API_ROOT: z.url().optional().describe("Root of the Bot API. Absent: Telegram's public one."),
    TELEGRAM_ENVIRONMENT: z
      .enum(["production", "test"], "must be production or test")
      .default("production")
      .describe("Which of Telegram's servers signs the init data that is accepted: `production` or `test`."),
    TELEGRAM_LOGIN_CLIENT_ID: z
      .string()
      .regex(/^[\w.-]{1,100}$/, "must be the client id that @BotFather shows")
      .optional()
      .describe(
        "Telegram Login in browsers; from @BotFather, Bot Settings, Web Login, where `<PUBLIC_URL>/auth/telegram/callback` must be registered. Absent: off.",
      ),
    TELEGRAM_LOGIN_CLIENT_SECRET: z
      .string()
      .min(8, "must have at least 8 characters")
      .optional()
      .describe("Belongs to `TELEGRAM_LOGIN_CLIENT_ID`."),
    TELEGRAM_LOGIN_ISSUER: z
      .url({ protocol: /^https?$/, error: "must be an address like https://oauth.telegram.org" })
      .default("https://oauth.telegram.org")
      .describe("OpenID Connect issuer of Telegram Login."),
    TELEGRAM_API_ID: z
      .string()
      .regex(/^[1-9]\d{0,9}$/, "must be the number that my.telegram.org shows")
      .transform(Number)
      .refine((id) => id <= 2_147_483_647, "must be the number that my.telegram.org shows")
      .optional()
      .describe(
        "App id of my.telegram.org, for agents' own Telegram accounts. Absent: the sandbox's, or every link names its own.",
      ),
    TELEGRAM_API_HASH: z
      .string()
      .regex(/^[\da-f]{32}$/i, "must be 32 hexadecimal digits")
      .optional()
      .describe("Belongs to `TELEGRAM_API_ID`."),
    TELEGRAM_DC: endpoint
      .optional()
      .describe(
        "`host:port` of a data centre of your own, for tests: no other address is dialled for accounts. Absent: Telegram's.",
      ),
    TELEGRAM_DC_KEY: serverKey
      .optional()
      .describe(
        "Its RSA public key in PEM (PKCS#1 or SPKI; line ends may be written `\\n`); no other key is trusted. Belongs to `TELEGRAM_DC`.",
      ),
  },
  Instagram: {
    INSTAGRAM_APP_SECRET: z
      .string()
      .min(1)
      .optional()
      .describe("App secret of Meta's dashboard, which signs webhooks. Absent: webhooks are refused."),
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: z
      .string()
      .min(1)
      .optional()
      .describe("What Meta shows when `<PUBLIC_URL>/api/webhooks/instagram` is set up there."),
    INSTAGRAM_ACCESS_TOKEN: z
      .string()
      .regex(/^\S+$/, "must be an access token without blanks")
      .optional()
      .describe(
        "Long-lived access token of the Instagram account, which agents answer as. Pult refreshes it and keeps the newest, encrypted. Absent: messages are shown and cannot be answered.",
      ),
    INSTAGRAM_API_ROOT: z
      .url({ protocol: /^https?$/, error: "must be an address like https://graph.instagram.com/v23.0" })
      .optional()
      .describe("Root of the Instagram API with its version. Absent: Meta's."),
    INSTAGRAM_HUMAN_AGENT: flag
      .default(false)
      .describe(
        "`1` when Meta has approved the Human Agent feature for the app: agents may answer for 7 days after a customer's message instead of 24 hours.",
      ),
  },
  Voice: {
    LIVEKIT_URL: z
      .url({ protocol: /^wss?$/, error: "must be an address like wss://voice.example.com" })
      .optional()
      .describe(
        "Address at which browsers reach the LiveKit server of the trading rooms. Its webhook is `<PUBLIC_URL>/api/webhooks/livekit`. Absent: commands are typed or recognised by the browser, without audio.",
      ),
    LIVEKIT_API_KEY: z.string().min(1).optional().describe("Belongs to `LIVEKIT_URL`."),
    LIVEKIT_API_SECRET: z
      .string()
      .min(1)
      .optional()
      .describe("Belongs to `LIVEKIT_API_KEY`; signs tokens, which hold for ten minutes, and webhooks."),
  },
  "Push and mail": {
    FCM_SERVICE_ACCOUNT_PATH: z
      .string()
      .optional()
      .describe("Path of Firebase's service account file (JSON). Absent: no push to apps, or the sandbox's."),
    FCM_API_ROOT: z.url().optional().describe("Root of the FCM HTTP v1 API. Absent: Google's."),
    VAPID_PUBLIC_KEY: base64url(87).optional().describe("P-256 key pair of Web Push, in base64url."),
    VAPID_PRIVATE_KEY: base64url(43).optional().describe("Belongs to `VAPID_PUBLIC_KEY`."),
    VAPID_SUBJECT: z
      .string()
      .regex(/^(mailto:|https:)/, "must begin with mailto: or https:")
      .optional()
      .describe("Contact for push services, `mailto:` or `https:`. Absent: an https `PUBLIC_URL`."),
    SMTP_URL: z
      .url({ protocol: /^smtps?$/, hostname: /./, error: "must be an address like smtp://user:password@host:587" })
      .optional()
      .describe("Mail server for invitations, resets and notices. Absent: links are shown to the Admin."),
    MAIL_FROM: z
      .string()
      .max(320)
      .regex(/^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/, "must be an address like Pult <pult@example.com>")
      .optional()
      .describe("Sender of mail. Belongs to `SMTP_URL`."),
  },
  Operation: {
    STATUS_INTERVAL_MS: duration.default(1_000).describe("How often Mini Apps are sent the status, in milliseconds."),
    HEARTBEAT_TIMEOUT_MS: duration
      .default(60_000)
      .describe("Silence after which a socket of the notification protocol is closed, in milliseconds."),
    BATCH_INTERVAL_MS: duration
      .default(100)
      .describe("How long documented protocols collect what goes out in batches, in milliseconds."),
    METRICS_PORT: port.optional().describe("Port of Prometheus metrics at `/metrics`, on `HOST`. Absent: off."),
    LOG_LEVEL: z
      .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
      .default("info")
      .describe("`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`."),
  },
};

/** Cuts waits short where black-box tests would sit them out. No setting: it stands in no document. @see hasten.ts */
const PULT_TEST_SPEED = z.coerce.number().min(1).default(1);

const schema = z.object({
  ...SECTIONS["Address and pages"],
  ...SECTIONS["Data and nodes"],
  ...SECTIONS["Try it"],
  ...SECTIONS.Access,
  ...SECTIONS.Limits,
  ...SECTIONS.Telegram,
  ...SECTIONS.Instagram,
  ...SECTIONS.Voice,
  ...SECTIONS["Push and mail"],
  ...SECTIONS.Operation,
  PULT_TEST_SPEED,
});

export type Env = z.infer<typeof schema>;

/** Names that mean the same variable. */
export const ALIASES: Record<string, string[]> = {
  PORT: ["SERVER_PORT", "WS_PORT"],
  HOST: ["SERVER_HOST"],
  ALLOWED_ORIGINS: ["FRONTEND_URL"],
  TELEGRAM_BOT_TOKEN: ["BOT_TOKEN"],
};

export class EnvError extends Error {}

/**
 * Reads the whole configuration. An empty variable counts as absent.
 * @throws EnvError naming each malformed variable, or aliases that disagree
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const values = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ""));
  for (const [name, aliases] of Object.entries(ALIASES)) unify(values, name, aliases);
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    throw new EnvError(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("\n"));
  }
  return checkTogether(parsed.data);
}

function unify(values: Record<string, string | undefined>, name: string, aliases: string[]): void {
  const given = [name, ...aliases].filter((one) => values[one] !== undefined);
  const [first] = given;
  if (!first) return;
  const odd = given.find((one) => values[one] !== values[first]);
  if (odd) throw new EnvError(`${odd} and ${first} mean the same and disagree`);
  values[name] = values[first];
}

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

/** What a single node makes for itself, and several nodes must agree on. */
const SHARED = ["DATABASE_URL", "JWT_SECRET", "ENCRYPTION_KEY", "VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY"] as const;
const PAIRS = [
  ["VAPID_PUBLIC_KEY", "VAPID_PRIVATE_KEY"],
  ["TELEGRAM_LOGIN_CLIENT_ID", "TELEGRAM_LOGIN_CLIENT_SECRET"],
  ["TELEGRAM_API_ID", "TELEGRAM_API_HASH"],
  ["TELEGRAM_DC", "TELEGRAM_DC_KEY"],
  ["SMTP_URL", "MAIL_FROM"],
  ["LIVEKIT_URL", "LIVEKIT_API_KEY"],
  ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"],
] as const;

function checkTogether(env: Env): Env {
  const absent = env.REDIS_URL ? SHARED.filter((name) => env[name] === undefined) : [];
  if (absent.length > 0) {
    throw new EnvError(`REDIS_URL is for several nodes, which must be given the same ${absent.join(", ")}`);
  }
  if ((env.SANDBOX || env.DEMO) && !LOOPBACK.has(env.HOST)) {
    throw new EnvError("HOST must be a loopback address while SANDBOX or DEMO is 1");
  }
  if (env.DATABASE_REPLICA_URL && !env.DATABASE_URL) throw new EnvError("DATABASE_REPLICA_URL needs DATABASE_URL");
  for (const [one, other] of PAIRS)
    if ((env[one] === undefined) !== (env[other] === undefined))
      throw new EnvError(`${one} and ${other} belong together`);
  if (env.METRICS_PORT !== undefined && env.METRICS_PORT !== 0 && env.METRICS_PORT === env.PORT) {
    throw new EnvError("METRICS_PORT must be another port than PORT");
  }
  const issuer = new URL(env.TELEGRAM_LOGIN_ISSUER);
  if (issuer.protocol === "http:" && !env.SANDBOX && !LOOPBACK.has(issuer.hostname.replace(/[[\]]/g, ""))) {
    throw new EnvError("TELEGRAM_LOGIN_ISSUER must begin with https: unless it is a loopback address");
  }
  return env;
}
