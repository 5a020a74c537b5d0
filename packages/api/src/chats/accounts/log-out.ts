import type { Context } from "../../context.ts";
import { pause } from "../../pause.ts";
import type { SessionRow } from "../access.ts";
import { TelegramFailure } from "../engine/port.ts";
import { closeQuietly, openConnection } from "./links.ts";

/** How long after each other Telegram is asked to end a session whose keys are kept nowhere any more. */
export const LOG_OUT_TIMES = { triesAfterMs: [0, 1_000, 3_000] };

/** Ends a session at Telegram behind the caller's back, also when Telegram is away for a moment. What it is not told ends there by itself, unused. */
export function logOutBehind(ctx: Context, row: SessionRow): void {
  if (row.status !== "AUTHORIZED" || row.session === null) return;
  ctx.background.run("Failed to log an account out", () => logOut(ctx, row));
}

async function logOut(ctx: Context, row: SessionRow): Promise<void> {
  for (const afterMs of LOG_OUT_TIMES.triesAfterMs) {
    await pause(afterMs, new AbortController().signal);
    const failure = await tryLogOut(ctx, row);
    if (failure?.kind !== "down") return;
    ctx.log.warn({ accountId: row.id, reason: failure.reason }, "Telegram did not take a log-out");
  }
}

async function tryLogOut(ctx: Context, row: SessionRow): Promise<TelegramFailure | null> {
  try {
    const connection = await openConnection(ctx, row);
    try {
      await connection.logOut();
    } finally {
      await closeQuietly(connection);
    }
    return null;
  } catch (error) {
    if (error instanceof TelegramFailure) return error;
    throw error;
  }
}
