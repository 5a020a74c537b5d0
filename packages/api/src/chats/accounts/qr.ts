import type { Context } from "../../context.ts";
import { pause } from "../../pause.ts";
import type { SessionRow } from "../access.ts";
import type { TelegramConnection } from "../engine/port.ts";
import type { LoginToken } from "../engine/telegram.ts";
import type { QrEvent, SessionInput } from "../inputs.ts";
import { finishStep, stateOf, wrongStep } from "./link.ts";
import { closeQuietly, keepSession, openConnection, requireSession } from "./links.ts";
import { refusalOf } from "./refusals.ts";

/** How long a code is shown at most and at least, whatever the clocks say. */
const SHOWN_MS = { most: 60_000, least: 1_000 };

/**
 * Links an account by the code that its owner scans with a phone: every code until one is accepted, then the outcome.
 * @throws DomainError `NOT_FOUND`, also when the link was not finished in time, `CONFLICT` when it is linked, and what Telegram says
 */
export async function* followQr(
  ctx: Context,
  { sessionId }: SessionInput,
  signal: AbortSignal = AbortSignal.abort(),
): AsyncGenerator<QrEvent> {
  const found = await requireSession(ctx, sessionId);
  if (found.status === "AUTHORIZED") throw wrongStep(found);
  const row = found.status === "EXPIRED" ? { ...found, session: null } : found;
  let scanned = new AbortController();
  const connection = await openConnection(ctx, row, { loginToken: () => scanned.abort() }).catch((error: unknown) => {
    throw refusalOf(error, sessionId);
  });
  try {
    while (!signal.aborted) {
      scanned = new AbortController();
      const token = await nextToken(ctx, row, connection);
      if (token.kind !== "token") {
        // The account gets its one connection elsewhere.
        const state = token.kind === "user" ? await stateOf(connection) : null;
        await closeQuietly(connection);
        const { sessionId: _, ...done } = await finishStep(ctx, row, { outcome: token, state });
        yield done.status === "AUTHORIZED"
          ? { type: "done", status: done.status, user: done.user }
          : { type: "done", status: done.status };
        return;
      }
      yield { type: "token", url: token.url, expiresAt: new Date(token.expiresAt * 1_000).toISOString() };
      const leftMs = token.expiresAt * 1_000 - ctx.now().getTime();
      const shownMs = Math.min(SHOWN_MS.most, Math.max(SHOWN_MS.least, leftMs));
      await pause(shownMs, AbortSignal.any([signal, scanned.signal]));
    }
  } finally {
    await closeQuietly(connection);
  }
}

async function nextToken(ctx: Context, row: SessionRow, connection: TelegramConnection): Promise<LoginToken> {
  await requireSession(ctx, row.id);
  try {
    return await connection.exportLoginToken();
  } catch (error) {
    throw refusalOf(error, row.id);
  } finally {
    await keepSession(ctx, row, connection.session);
  }
}
