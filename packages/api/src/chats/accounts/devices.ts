import type { Context } from "../../context.ts";
import { requireAccount, requireOwner, requireWorking } from "../access.ts";
import { callAccount } from "../engine/asks.ts";
import { TelegramFailure } from "../engine/port.ts";
import { chatsError } from "../errors.ts";
import type { AccountDevice, DeviceInput, OneAccountInput } from "../inputs.ts";
import { refusalOf } from "./refusals.ts";

/** Where the account is signed in. @throws DomainError as `requireAccount`, `FORBIDDEN` for one that is shared with the caller, `AUTH_EXPIRED` */
export async function listDevices(ctx: Context, { accountId }: OneAccountInput): Promise<{ items: AccountDevice[] }> {
  await requireOwn(ctx, accountId);
  const devices = await callAccount(ctx, accountId, "devices", null).catch((error: unknown) => {
    throw refusalOf(error, accountId);
  });
  const instantOf = (seconds: number) => new Date(seconds * 1_000).toISOString();
  return {
    items: devices.map(({ createdAt, activeAt, ...device }) => ({
      ...device,
      createdAt: instantOf(createdAt),
      activeAt: instantOf(activeAt),
    })),
  };
}

/** Ends the account's session on another device. @throws DomainError as `listDevices`, `NOT_FOUND` */
export async function endDevice(ctx: Context, { accountId, deviceId }: DeviceInput): Promise<void> {
  await requireOwn(ctx, accountId);
  await callAccount(ctx, accountId, "endDevice", { id: deviceId }).catch((error: unknown) => {
    if (error instanceof TelegramFailure && error.reason === "HASH_INVALID") throw chatsError("deviceNotFound");
    throw refusalOf(error, accountId);
  });
}

async function requireOwn(ctx: Context, accountId: string): Promise<void> {
  const account = await requireAccount(ctx, accountId);
  requireOwner(account);
  requireWorking(account);
}
