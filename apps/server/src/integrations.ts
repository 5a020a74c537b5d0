import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@pult/api/logger.ts";
import type { Sandbox } from "@pult/sandbox/sandbox.ts";
import { type JWTPayload, SignJWT } from "jose";
import { parseServiceAccount, type ServiceAccount } from "./adapters/fcm-account.ts";
import type { OwnDataCentre } from "./adapters/gramjs/clients.ts";
import { parseServerKey } from "./adapters/gramjs/server-key.ts";
import { type Env, EnvError } from "./env.ts";

/** The systems that this installation works with: those that the environment names, and the sandbox in place of the others. */
export interface Integrations {
  bot: { token: string; apiRoot: string | undefined; isSimulated: boolean } | null;
  groupChatId: number | null;
  /** Where broadcasts go, with the topic for those that name none. */
  liveChat: { chatId: number; threadId: number | null } | null;
  fcm: { account: ServiceAccount; apiRoot: string | undefined } | null;
  instagram: InstagramAccess;
  mtproto: MtprotoAccess;
  /** Origin that may be private, because it is the sandbox's. */
  exemptOrigin: string | null;
  sandbox: Sandbox | null;
}

/** The Instagram app and account; null members are not configured. */
export interface InstagramAccess {
  /** Signs webhooks. */
  appSecret: string | null;
  verifyToken: string | null;
  accessToken: string | null;
  /** Undefined: Meta's. */
  apiRoot: string | undefined;
  isSimulated: boolean;
}

/** How linked Telegram accounts are reached. */
export interface MtprotoAccess {
  /** Null: every link names its own. */
  api: { id: number; hash: string } | null;
  /** Null: Telegram's. */
  dataCentre: OwnDataCentre | null;
}

export async function openIntegrations(
  env: Env,
  options: { jwtSecret: Uint8Array; log: Logger },
): Promise<Integrations> {
  const sandbox = env.SANDBOX ? await openSandbox(env, options) : null;
  const named = env.FCM_SERVICE_ACCOUNT_PATH ? readServiceAccount(env.FCM_SERVICE_ACCOUNT_PATH) : null;
  const simulated = sandbox ? parseServiceAccount(JSON.stringify(sandbox.fcm.serviceAccount)) : null;
  const account = named ?? simulated;
  const token = env.TELEGRAM_BOT_TOKEN ?? sandbox?.env.TELEGRAM_BOT_TOKEN;
  const groupChatId = env.GROUP_CHAT_ID ?? (env.TELEGRAM_BOT_TOKEN ? undefined : Number(sandbox?.env.GROUP_CHAT_ID));
  return {
    bot: token
      ? {
          token,
          apiRoot: env.TELEGRAM_API_ROOT ?? (env.TELEGRAM_BOT_TOKEN ? undefined : sandbox?.env.TELEGRAM_API_ROOT),
          isSimulated: env.TELEGRAM_BOT_TOKEN === undefined,
        }
      : null,
    groupChatId: groupChatId !== undefined && Number.isFinite(groupChatId) ? groupChatId : null,
    liveChat: openLiveChat(env, env.TELEGRAM_BOT_TOKEN ? undefined : sandbox?.env),
    fcm: account ? { account, apiRoot: env.FCM_API_ROOT ?? (named ? undefined : sandbox?.env.FCM_API_ROOT) } : null,
    instagram: openInstagram(env, sandbox),
    mtproto: openMtproto(env, sandbox),
    exemptOrigin: sandbox?.origin ?? null,
    sandbox,
  };
}

/** Of the sandbox, while its bot is used. */
type SimulatedTelegram = Pick<Sandbox["env"], "TELEGRAM_CHAT_ID" | "TELEGRAM_LIVE_TOPIC_ID">;

function openLiveChat(env: Env, simulated: SimulatedTelegram | undefined): Integrations["liveChat"] {
  const { TELEGRAM_CHAT_ID: chatId, TELEGRAM_LIVE_TOPIC_ID: threadId = null } = env;
  if (chatId !== undefined) return { chatId, threadId };
  if (simulated === undefined) return null;
  const ownTopic = Number(simulated.TELEGRAM_LIVE_TOPIC_ID ?? 0);
  return { chatId: Number(simulated.TELEGRAM_CHAT_ID), threadId: threadId ?? (ownTopic || null) };
}

/** The sandbox stands in for the whole of it, or for nothing: its secrets belong together. */
function openInstagram(env: Env, sandbox: Sandbox | null): InstagramAccess {
  const isNamed = env.INSTAGRAM_APP_SECRET !== undefined || env.INSTAGRAM_ACCESS_TOKEN !== undefined;
  const simulated = isNamed ? undefined : sandbox?.env;
  return {
    appSecret: env.INSTAGRAM_APP_SECRET ?? simulated?.INSTAGRAM_APP_SECRET ?? null,
    verifyToken: env.INSTAGRAM_WEBHOOK_VERIFY_TOKEN ?? simulated?.INSTAGRAM_WEBHOOK_VERIFY_TOKEN ?? null,
    accessToken: env.INSTAGRAM_ACCESS_TOKEN ?? simulated?.INSTAGRAM_ACCESS_TOKEN ?? null,
    apiRoot: env.INSTAGRAM_API_ROOT ?? simulated?.INSTAGRAM_API_ROOT,
    isSimulated: simulated !== undefined,
  };
}

/** The sandbox's data centre knows no real account, so it stands in only while no app and no data centre is named. */
function openMtproto(env: Env, sandbox: Sandbox | null): MtprotoAccess {
  const { TELEGRAM_API_ID: id, TELEGRAM_API_HASH: hash, TELEGRAM_DC: place, TELEGRAM_DC_KEY: key } = env;
  if (sandbox && id === undefined && place === undefined) return simulatedMtproto(sandbox.env);
  return {
    api: id !== undefined && hash !== undefined ? { id, hash } : null,
    dataCentre: place && key ? { ...place, key } : null,
  };
}

function simulatedMtproto(simulated: Sandbox["env"]): MtprotoAccess {
  const { TELEGRAM_DC, TELEGRAM_DC_KEY, TELEGRAM_API_ID, TELEGRAM_API_HASH } = simulated;
  const { hostname: host, port } = new URL(`tcp://${TELEGRAM_DC}`);
  return {
    api: { id: Number(TELEGRAM_API_ID), hash: TELEGRAM_API_HASH },
    dataCentre: { host, port: Number(port), key: parseServerKey(TELEGRAM_DC_KEY) },
  };
}

/** Tells the simulated world where this server is: the Instagram app, as an operator does in Meta's dashboard, and the demo room's traders. */
export async function connectSandbox(
  { instagram, sandbox }: Integrations,
  { origin, jwtSecret, log }: { origin: string; jwtSecret: Uint8Array; log: Logger },
): Promise<void> {
  if (!sandbox) return;
  const mintToken = ({ userId: sub, name }: { userId: string; name: string }) =>
    signToken({ aud: "trpc", sub, name }, jwtSecret);
  sandbox.traders.connect({ origin, mintToken });
  if (!instagram.isSimulated) return;
  await sandbox.instagram.connect(`${origin}/api/webhooks/instagram`).catch((error: unknown) => {
    log.warn({ err: error }, "The simulated Instagram cannot reach the webhook");
  });
}

/** As the operator's own backend signs tokens for its app. */
const signToken = (claims: JWTPayload, jwtSecret: Uint8Array): Promise<string> =>
  new SignJWT({ aud: "support", ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("12h")
    .sign(jwtSecret);

function readServiceAccount(path: string): ServiceAccount {
  try {
    return parseServiceAccount(readFileSync(path, "utf8"));
  } catch (error) {
    throw new EnvError(`FCM_SERVICE_ACCOUNT_PATH ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** On the same port as last time where it is free, because subscriptions made before hold its address. */
async function openSandbox(env: Env, { jwtSecret, log }: { jwtSecret: Uint8Array; log: Logger }): Promise<Sandbox> {
  // Imported here, so that a process without the sandbox never loads it.
  const { startSandbox } = await import("@pult/sandbox/sandbox.ts");
  const portFile = join(env.DATA_DIR, "sandbox.port");
  const lastPort = existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : 0;
  const options = {
    stateFile: join(env.DATA_DIR, "sandbox.json"),
    warn: (message: string) => log.warn({}, message),
    mintAppToken: (userId: string) => signToken({ sub: userId }, jwtSecret),
  };
  const sandbox = await startSandbox({ ...options, port: lastPort }).catch((error) => {
    if (lastPort === 0) throw error;
    log.info({ port: lastPort }, "The sandbox's previous port is taken; starting it on another");
    return startSandbox(options);
  });
  writeFileSync(portFile, new URL(sandbox.origin).port);
  return sandbox;
}
