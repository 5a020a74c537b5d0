import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@pult/api/logger.ts";
import type { Sandbox } from "@pult/sandbox/sandbox.ts";
import { SignJWT } from "jose";
import { parseServiceAccount, type ServiceAccount } from "./adapters/fcm-account.ts";
import { type Env, EnvError } from "./env.ts";

/** The systems that this installation works with: those that the environment names, and the sandbox in place of the others. */
export interface Integrations {
  bot: { token: string; apiRoot: string | undefined; isSimulated: boolean } | null;
  groupChatId: number | null;
  fcm: { account: ServiceAccount; apiRoot: string | undefined } | null;
  /** Origin that may be private, because it is the sandbox's. */
  exemptOrigin: string | null;
  sandbox: Sandbox | null;
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
    fcm: account ? { account, apiRoot: env.FCM_API_ROOT ?? (named ? undefined : sandbox?.env.FCM_API_ROOT) } : null,
    exemptOrigin: sandbox?.origin ?? null,
    sandbox,
  };
}

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
    demo: env.DEMO,
    warn: (message: string) => log.warn({}, message),
    mintAppToken: (userId: string) =>
      new SignJWT({ sub: userId, aud: "support" })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("12h")
        .sign(jwtSecret),
  };
  const sandbox = await startSandbox({ ...options, port: lastPort }).catch((error) => {
    if (lastPort === 0) throw error;
    log.info({ port: lastPort }, "The sandbox's previous port is taken; starting it on another");
    return startSandbox(options);
  });
  writeFileSync(portFile, new URL(sandbox.origin).port);
  return sandbox;
}
