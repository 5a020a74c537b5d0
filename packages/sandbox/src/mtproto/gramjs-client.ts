import { createHash, createPublicKey } from "node:crypto";
import bigInt from "big-integer";
import { Api, Logger, TelegramClient } from "telegram";
import { _serverKeys } from "telegram/crypto/RSA.js";
import { PromisedNetSockets } from "telegram/extensions/index.js";
import { LogLevel } from "telegram/extensions/Logger.js";
import { StringSession } from "telegram/sessions/index.js";
import { serializeBytes } from "telegram/tl/generationHelpers.js";
import type { DataCentreUnderTest } from "./testing.ts";

/** gramjs trusts what is in its exported map: this key alone from now on. */
export function trustKey(publicKeyPem: string): void {
  const { n = "", e = "" } = createPublicKey(publicKeyPem).export({ format: "jwk" });
  const parts = [n, e].map((part) => serializeBytes(Buffer.from(part, "base64url")));
  const fingerprint = createHash("sha1").update(Buffer.concat(parts)).digest().readBigInt64LE(12);
  _serverKeys.clear();
  _serverKeys.set(String(fingerprint), { n: bigInt(Buffer.from(n, "base64url").toString("hex"), 16), e: 65_537 });
}

/** An unmodified gramjs whose every connection goes to `address`, by public options alone. */
export function createClient(address: string, session = newSession(), options: Record<string, unknown> = {}) {
  const port = Number(address.split(":").at(-1));
  class LocalSocket extends PromisedNetSockets {
    override connect(): Promise<this> {
      return super.connect(port, "127.0.0.1") as Promise<this>;
    }
  }
  return new TelegramClient(session, 1, "0".repeat(32), {
    networkSocket: LocalSocket as unknown as typeof PromisedNetSockets,
    baseLogger: new Logger(LogLevel.NONE),
    floodSleepThreshold: 0,
    connectionRetries: 3,
    retryDelay: 50,
    deviceModel: "Test",
    systemVersion: "1",
    securityChecks: true,
    ...options,
  });
}

export function newSession(saved = ""): StringSession {
  const session = new StringSession(saved);
  // The port is not used, but must be there and below 32768 for `save()`.
  if (saved === "") session.setDC(2, "127.0.0.1", 1);
  return session;
}

/** gramjs's own `destroy()` forgets the senders of files and their timers. */
export async function closeClient(client: TelegramClient): Promise<void> {
  const { _exportedSenderReleaseTimeouts: timers, _exportedSenderPromises: senders } = client as unknown as {
    _exportedSenderReleaseTimeouts: Map<number, NodeJS.Timeout>;
    _exportedSenderPromises: Map<number, Promise<{ disconnect(): Promise<void> }>>;
  };
  for (const timer of timers.values()) clearTimeout(timer);
  for (const sender of senders.values()) await (await sender).disconnect();
  await client.destroy();
}

export function phoneOf({ sandbox }: DataCentreUnderTest, accountId: number): string {
  return sandbox.world().mtproto.accounts.find(({ personId }) => personId === accountId)?.phone ?? "";
}

export async function sendCode(centre: DataCentreUnderTest, client: TelegramClient, accountId: number) {
  const settings = new Api.CodeSettings({});
  const phoneNumber = `+${phoneOf(centre, accountId)}`;
  const sent = await client.invoke(new Api.auth.SendCode({ phoneNumber, apiId: 1, apiHash: "0", settings }));
  return sent as Api.auth.SentCode;
}

/** A client of an account without a password. */
export async function signIn(
  centre: DataCentreUnderTest,
  accountId: number,
  client = createClient(centre.address),
): Promise<TelegramClient> {
  await client.connect();
  const { phoneCodeHash } = await sendCode(centre, client, accountId);
  const phoneCode = centre.actions.signInCode(accountId);
  await client.invoke(new Api.auth.SignIn({ phoneNumber: phoneOf(centre, accountId), phoneCodeHash, phoneCode }));
  await client.getMe();
  return client;
}

/** Telegram's word for why a call failed; for a flood wait, gramjs's sentence; "none" when it did not fail. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { errorMessage, message } = (error ?? {}) as { errorMessage?: string; message?: string };
  return (errorMessage === "FLOOD" ? message : (errorMessage ?? message)) ?? "none";
}
