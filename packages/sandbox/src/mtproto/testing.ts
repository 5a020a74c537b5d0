import type { SandboxOptions } from "../module.ts";
import { startModules } from "../sandbox.ts";
import { mtproto } from "./mtproto.ts";

/** The data centre alone, on a free port: for tests of what talks to it. Close it after the clients. */
export async function startDataCentre(options: SandboxOptions = {}) {
  const sandbox = await startModules([mtproto], options);
  return {
    sandbox,
    /** `host:port`, for TELEGRAM_DC. */
    address: sandbox.env.TELEGRAM_DC,
    /** For TELEGRAM_DC_KEY. */
    publicKeyPem: sandbox.env.TELEGRAM_DC_KEY,
    /** What people and Telegram do. */
    actions: sandbox.mtproto,
    close: sandbox.close,
  };
}
export type DataCentreUnderTest = Awaited<ReturnType<typeof startDataCentre>>;
