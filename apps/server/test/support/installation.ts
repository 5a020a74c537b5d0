import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "@pult/sandbox/sandbox.ts";
import { SignJWT } from "jose";
import { type ServerOptions, type ServerUnderTest, startServer } from "../server-under-test.ts";

export const ADMIN_KEY = `pult_${"k".repeat(43)}`;
export const JWT_SECRET = "a secret of the operator's own backend, for tests";

/** A server with an outside world of its own, which stops with it: Telegram, FCM and Web Push are the sandbox's. */
export interface Installation extends ServerUnderTest {
  sandbox: Sandbox;
  /** Names of the files in `DATA_DIR/uploads`. */
  uploads(): string[];
}

export interface InstallationOptions extends ServerOptions {
  legacyAuth?: "required" | "open";
  /** Demo agents and conversations. */
  demo?: boolean;
  /** The sandbox's Instagram account is connected, and sends its webhooks here. */
  instagram?: boolean;
  /** Telegram accounts are linked at the sandbox's data centre. */
  accounts?: boolean;
}

export async function openInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const { legacyAuth = "required", demo = false, instagram = false, accounts = false, env = {}, ...rest } = options;
  const sandbox = await startSandbox();
  const files = mkdtempSync(join(tmpdir(), "pult-outside-"));
  const accountFile = join(files, "service-account.json");
  writeFileSync(accountFile, JSON.stringify(sandbox.fcm.serviceAccount), { mode: 0o600 });
  const removeOutside = async () => {
    rmSync(files, { recursive: true, force: true });
    await sandbox.close();
  };
  const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID, FCM_API_ROOT } = sandbox.env;
  try {
    const server = await startServer({
      ...rest,
      env: {
        TELEGRAM_BOT_TOKEN,
        TELEGRAM_API_ROOT,
        GROUP_CHAT_ID,
        TELEGRAM_CHAT_ID: GROUP_CHAT_ID,
        FCM_API_ROOT,
        FCM_SERVICE_ACCOUNT_PATH: accountFile,
        LEGACY_AUTH: legacyAuth,
        JWT_SECRET,
        PULT_ADMIN_KEY: ADMIN_KEY,
        ...(demo ? { DEMO: "1" } : {}),
        ...(instagram ? instagramEnv(sandbox) : {}),
        ...(accounts ? accountsEnv(sandbox) : {}),
        ...env,
      },
    });
    if (instagram) await sandbox.instagram.connect(`${server.origin}/api/webhooks/instagram`);
    return Object.assign(Object.create(server), {
      sandbox,
      uploads: () => readdirSync(join(server.dataDir, "uploads")).sort(),
      async stop() {
        const code = await server.stop();
        await removeOutside();
        return code;
      },
    });
  } catch (error) {
    await removeOutside();
    throw error;
  }
}

const instagramEnv = ({ env }: Sandbox) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("INSTAGRAM_")));

const accountsEnv = ({ env }: Sandbox) => {
  const { TELEGRAM_DC, TELEGRAM_DC_KEY, TELEGRAM_API_ID, TELEGRAM_API_HASH } = env;
  return { TELEGRAM_DC, TELEGRAM_DC_KEY, TELEGRAM_API_ID, TELEGRAM_API_HASH };
};

/** The token that the operator's own backend would mint for its app. */
export function mintToken(
  claims: Record<string, unknown>,
  { secret = JWT_SECRET, alg = "HS256", expiresIn = "1h" }: { secret?: string; alg?: string; expiresIn?: string } = {},
): Promise<string> {
  const jwt = new SignJWT(claims).setProtectedHeader({ alg });
  return (expiresIn === "" ? jwt : jwt.setExpirationTime(expiresIn)).sign(new TextEncoder().encode(secret));
}
