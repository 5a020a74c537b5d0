import { telegramSessions } from "@pult/db/schema/chats.ts";
import { and, eq, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { type SessionRow, viewerOf, visibleTo } from "../access.ts";
import { countCalls } from "../counts.ts";
import { type TelegramConnection, TelegramFailure } from "../engine/port.ts";
import { chatsError } from "../errors.ts";
import { refusalOf } from "./refusals.ts";
import { openSecret, sealSecret } from "./secrets.ts";

export const LINK_TIMES = {
  /** What asks Telegram is answered by then. */
  callMs: 25_000,
  /** A link on which nothing was done for this long is gone. */
  unfinishedMs: 15 * 60_000,
};

/** Whether a link, or a renewed one, was not finished in time. */
export const isStale = ({ status, updatedAt }: SessionRow, now: Date): boolean =>
  status !== "AUTHORIZED" && status !== "EXPIRED" && now.getTime() - updatedAt.getTime() > LINK_TIMES.unfinishedMs;

/**
 * A session of the caller's own, also one whose link is not finished.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN` for one that is shared with them
 */
export async function requireSession(ctx: Context, sessionId: string): Promise<SessionRow> {
  const viewer = viewerOf(ctx);
  const [row] = await ctx.db
    .select()
    .from(telegramSessions)
    .where(and(eq(telegramSessions.id, sessionId), visibleTo(viewer)));
  if (!row) throw chatsError("accountNotFound");
  if (viewer.owner !== null && row.owner !== viewer.owner) throw chatsError("ownerOnly");
  if (!isStale(row, ctx.now())) return row;
  if (row.storeId === null) throw chatsError("accountNotFound");
  return { ...row, status: "EXPIRED", codeHash: null };
}

interface Listener {
  loginToken?(): void;
}

/** A connection of an unfinished link, from what was stored of it; to be closed. @throws DomainError `VALIDATION`, TelegramFailure */
export async function openConnection(
  ctx: Context,
  row: SessionRow,
  { loginToken }: Listener = {},
): Promise<TelegramConnection> {
  const hash = openSecret(ctx, row, "apiHash");
  const api = row.apiId !== null && hash !== null ? { id: row.apiId, hash } : ctx.mtproto.api;
  if (!api) throw chatsError("apiMissing");
  return ctx.mtproto.clients.connect({
    api,
    session: openSecret(ctx, row, "session"),
    device: ctx.config.workspace,
    onUpdates({ updates }) {
      if (updates.some(({ type }) => type === "loginToken")) loginToken?.();
    },
    onState: () => {},
    onExpired: () => {},
    onSession: () => {},
    onCall: countCalls(ctx),
  });
}

/** Stores what the next connection of a link begins with, on whatever node. */
export async function keepSession(ctx: Context, { id }: SessionRow, session: string): Promise<void> {
  await ctx.db
    .update(telegramSessions)
    .set({ session: sealSecret(ctx, { id, column: "session" }, session) })
    .where(and(eq(telegramSessions.id, id), sql`status <> 'AUTHORIZED'`));
}

/** One step of a link: a connection, a call, and what has to be kept of it. @throws DomainError for whatever Telegram answers */
export async function callTelegram<Result>(
  ctx: Context,
  row: SessionRow,
  call: (connection: TelegramConnection) => Promise<Result>,
): Promise<Result> {
  async function step(): Promise<Result> {
    const connection = await openConnection(ctx, row);
    try {
      return await call(connection);
    } finally {
      await keepSession(ctx, row, connection.session);
      await closeQuietly(connection);
    }
  }
  try {
    return await withinTime(step());
  } catch (error) {
    if (error instanceof TelegramFailure && error.kind === "expired") await forgetSession(ctx, row);
    throw refusalOf(error, row.id);
  }
}

/** Telegram does not know its keys any more: the next step begins with new ones. */
async function forgetSession({ db }: Context, { id }: SessionRow): Promise<void> {
  await db
    .update(telegramSessions)
    .set({ session: null })
    .where(and(eq(telegramSessions.id, id), sql`status <> 'AUTHORIZED'`));
}

/** What a connection that ends still has to say is of no use. */
export const closeQuietly = (connection: TelegramConnection): Promise<void> => connection.close().catch(() => {});

async function withinTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const failure = new TelegramFailure("down", "TIMEOUT", { mayHaveHappened: true });
    timer = setTimeout(() => reject(failure), LINK_TIMES.callMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
