import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Audio } from "@pult/api/audio/audio.ts";
import { TELEGRAM_PUBLIC_KEYS } from "@pult/api/auth/account/init-data.ts";
import type { TelegramLogin } from "@pult/api/auth/account/telegram-login.ts";
import { createBackground } from "@pult/api/background.ts";
import type { Context, Deps } from "@pult/api/context.ts";
import type { InstagramApp } from "@pult/api/instagram/instagram.ts";
import type { Logger } from "@pult/api/logger.ts";
import { createMediaLinks } from "@pult/api/media/links.ts";
import { type Readers, Replica } from "@pult/api/readers.ts";
import { createLogFeeds } from "@pult/api/realtime/log-feeds.ts";
import { createForum } from "@pult/api/telegram/forum.ts";
import { botIdOf, TELEGRAM_LIMITS, type Telegram, type TelegramLimits } from "@pult/api/telegram/telegram.ts";
import { createVault, type Vault } from "@pult/api/vault/vault.ts";
import { checkVault } from "@pult/api/vault/vault-check.ts";
import type { OpenDatabase } from "@pult/db/database.ts";
import { createLeases, LEASE_TIMES, type Leases } from "@pult/db/leases.ts";
import { openPglite } from "@pult/db/pglite.ts";
import { openPostgres, openReader } from "@pult/db/postgres.ts";
import { openDiskMedia } from "./adapters/disk-media.ts";
import { createFcm } from "./adapters/fcm.ts";
import { inspectFile } from "./adapters/file-inspector.ts";
import { createGramjs } from "./adapters/gramjs/clients.ts";
import { createGrammyBot } from "./adapters/grammy-bot.ts";
import { createInstagram } from "./adapters/instagram.ts";
import { createLiveKit } from "./adapters/livekit.ts";
import { createPushSender } from "./adapters/push-sender.ts";
import { createSmtpMailer } from "./adapters/smtp-mailer.ts";
import { createTelegramLogin } from "./adapters/telegram-login.ts";
import { createWebPush } from "./adapters/web-push.ts";
import { createWebhookSender } from "./adapters/webhook-sender.ts";
import { httpOrigin } from "./address.ts";
import type { Env } from "./env.ts";
import { hasten } from "./hasten.ts";
import { type Integrations, openIntegrations } from "./integrations.ts";
import { type Nodes, openNodes } from "./nodes.ts";
import { loadSecrets, type Secrets } from "./secrets.ts";

/** What one server process is made of. */
export interface App {
  env: Env;
  log: Logger;
  deps: Deps;
  database: OpenDatabase;
  leases: Leases;
  nodes: Nodes;
  integrations: Integrations;
  secrets: Secrets;
  /** Null unless it is configured. */
  telegramLogin: TelegramLogin | null;
  /** Acts as Pult itself. */
  system: Context;
}

/** As browsers see it; behind a proxy only `PUBLIC_URL` can say. */
const originOf = ({ PUBLIC_URL, HOST, PORT }: Env): string => PUBLIC_URL ?? httpOrigin(HOST, PORT);

/** Whom a push service may write to. */
const vapidSubjectOf = ({ VAPID_SUBJECT, PUBLIC_URL }: Env): string =>
  VAPID_SUBJECT ?? (PUBLIC_URL?.startsWith("https:") ? PUBLIC_URL : "mailto:admin@example.com");

/** How long a connected person has to see what is new before a push is sent. */
export const PUSH_DELAY = { pushDelayMs: 4_000 };

/** For how long no linked Telegram account may be connected before the node is not ready. */
const MTPROTO_PATIENCE = { patienceMs: 60_000 };

export async function createApp(env: Env, log: Logger): Promise<App> {
  mkdirSync(env.DATA_DIR, { recursive: true, mode: 0o700 });
  const secrets = loadSecrets(env);
  const jwtSecret = new TextEncoder().encode(secrets.jwtSecret);
  const vault = createVault(secrets.encryptionKeys, { isOwn: env.ENCRYPTION_KEY === undefined });
  const database = await openDatabase(env, vault);
  const integrations = await openIntegrations(env, { jwtSecret, log });
  const now = () => new Date();
  const media = await openDiskMedia({ directory: join(env.DATA_DIR, "uploads") });
  const nodes = await openNodes(env, log);
  const { bus, presence } = nodes;
  const { db } = database;
  const { readers, closeReaders } = openReaders(env, database, log);
  const telegramLogin = openTelegramLogin(env, log);
  const feeds = createLogFeeds({ db, bus, failed: (error) => log.warn({ err: error }, "Failed to read a log") });
  const deps: Deps = {
    db,
    bus,
    feeds,
    presence,
    now,
    log,
    media,
    mediaLinks: createMediaLinks({
      secret: new TextEncoder().encode(secrets.mediaSecret),
      signed: env.LEGACY_AUTH === "required",
      now,
    }),
    inspectFile,
    push: createPushSender({
      fcm: integrations.fcm ? createFcm(integrations.fcm) : null,
      webPush: createWebPush({
        vapid: { ...secrets.vapid, subject: vapidSubjectOf(env) },
        exemptOrigin: integrations.exemptOrigin,
      }),
    }),
    telegram: openTelegram(env, { integrations, secrets, db, media, log, now }),
    instagram: openInstagram(env, integrations),
    mtproto: {
      clients: createGramjs(integrations.mtproto),
      api: integrations.mtproto.api,
      health: { isFailed: false, ...hasten(MTPROTO_PATIENCE, env) },
    },
    audio: openAudio(env),
    readers,
    vault,
    mailer: env.SMTP_URL && env.MAIL_FROM ? createSmtpMailer({ url: env.SMTP_URL, from: env.MAIL_FROM }) : null,
    background: createBackground(log),
    webhooks: createWebhookSender({ allowedOrigins: env.WEBHOOK_PRIVATE_ORIGINS, allowsLoopback: env.SANDBOX }),
    config: {
      workspace: env.WORKSPACE_NAME,
      origin: originOf(env),
      jwtSecret,
      adminKey: env.PULT_ADMIN_KEY ?? null,
      botToken: integrations.bot?.token ?? null,
      telegramLogin: telegramLogin !== null,
      telegramPublicKey: TELEGRAM_PUBLIC_KEYS[env.TELEGRAM_ENVIRONMENT],
      ...hasten(PUSH_DELAY, env),
      liveChat: integrations.liveChat,
      instagramWebhook: {
        hasAppSecret: integrations.instagram.appSecret !== null,
        hasVerifyToken: integrations.instagram.verifyToken !== null,
      },
      statusIntervalMs: env.STATUS_INTERVAL_MS,
    },
  };
  return {
    env,
    log,
    deps,
    database: { ...database, close: () => Promise.all([closeReaders(), database.close()]).then(() => {}) },
    leases: createLeases({
      ...hasten(LEASE_TIMES, env),
      db,
      failed: (error, lease) => log.error({ err: error, lease }, "A worker stopped"),
      refused: (error) => log.warn({ err: error }, "Cannot acquire the worker leases; deliveries paused, retrying"),
      answered: () => log.info({}, "Worker leases can be acquired again"),
    }),
    nodes,
    integrations,
    secrets,
    telegramLogin,
    system: { ...deps, actor: { kind: "system" }, ip: "", userAgent: "" },
  };
}

/** @throws WrongKeyError before anything else is opened */
async function openDatabase(env: Env, vault: Vault): Promise<OpenDatabase> {
  const database = env.DATABASE_URL
    ? await openPostgres(env.DATABASE_URL)
    : await openPglite(join(env.DATA_DIR, "pglite"));
  try {
    await checkVault(database.db, vault);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

const READERS = { max: 4, statementMs: 5_000 };

/** The embedded database has one connection, so searches go over that. */
function openReaders({ DATABASE_URL: url, DATABASE_REPLICA_URL: replicaUrl }: Env, { db }: OpenDatabase, log: Logger) {
  const searches = url ? openReader(url, READERS) : null;
  const replica = replicaUrl ? openReader(replicaUrl, { ...READERS, connectSeconds: 2 }) : null;
  const readers: Readers = {
    searches: searches?.db ?? db,
    replica: replica && new Replica(replica.db, log),
  };
  return {
    readers,
    closeReaders: () => Promise.all([searches?.close(), replica?.close()]),
  };
}

function openTelegramLogin(env: Env, log: Logger): TelegramLogin | null {
  const { TELEGRAM_LOGIN_CLIENT_ID: clientId, TELEGRAM_LOGIN_CLIENT_SECRET: clientSecret } = env;
  if (!clientId || !clientSecret) return null;
  return createTelegramLogin({ issuer: env.TELEGRAM_LOGIN_ISSUER, clientId, clientSecret, log });
}

function openTelegram(
  env: Env,
  house: { integrations: Integrations; secrets: Secrets } & Pick<Deps, "db" | "media" | "log" | "now">,
): Telegram | null {
  const { integrations, secrets, db, media, log, now } = house;
  if (!integrations.bot) return null;
  const bot = createGrammyBot({ ...integrations.bot, media });
  const configuredChatId = integrations.groupChatId;
  return {
    bot,
    botId: botIdOf(integrations.bot.token),
    forum: configuredChatId === null ? null : createForum({ db, bot, log, now, configuredChatId }),
    limits: telegramLimits(env, integrations.bot),
    webhook: env.PUBLIC_URL?.startsWith("https:")
      ? { url: `${env.PUBLIC_URL}/api/webhooks/telegram`, secret: secrets.webhookSecret }
      : null,
    health: { running: false, reason: "Not asked yet" },
  };
}

function openAudio({ LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret }: Env): Audio | null {
  return url && apiKey && apiSecret ? createLiveKit({ url, apiKey, apiSecret }) : null;
}

function openInstagram(env: Env, { instagram, exemptOrigin }: Integrations): InstagramApp | null {
  const { accessToken: startToken, apiRoot, isSimulated } = instagram;
  if (startToken === null) return null;
  const api = createInstagram({ ...(apiRoot === undefined ? {} : { apiRoot }), exemptOrigin });
  return { api, startToken, humanAgent: env.INSTAGRAM_HUMAN_AGENT, needsHttps: !isSimulated };
}

/** A sixth is left to answers, however much is broadcast. */
const forCustomers = (perSecond: number) => ({ calls: Math.max(1, Math.floor((perSecond * 5) / 6)), perMs: 1_000 });

/** In the sandbox broadcasts alone are paced: they cost the time that they cost in Telegram, and what people try out is quick. */
function telegramLimits(env: Env, { isSimulated }: { isSimulated: boolean }): TelegramLimits {
  const { LIMIT_TELEGRAM_PER_SECOND: perSecond, LIMIT_TELEGRAM_GROUP_PER_MINUTE: perMinute } = env;
  const topics = perMinute > 0 ? { calls: perMinute, perMs: 60_000 } : null;
  const broadcasts = {
    topics,
    customers: perSecond > 0 ? forCustomers(perSecond) : null,
    paid: perSecond > 0 ? TELEGRAM_LIMITS.paid : null,
  };
  if (isSimulated) return { bot: null, group: null, chat: null, ...broadcasts };
  return {
    bot: perSecond > 0 ? { calls: perSecond, perMs: 1_000 } : null,
    group: topics,
    chat: perSecond > 0 ? TELEGRAM_LIMITS.chat : null,
    ...broadcasts,
  };
}
