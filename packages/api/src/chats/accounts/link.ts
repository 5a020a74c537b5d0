import { telegramSessions } from "@pult/db/schema/chats.ts";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { findDomainError } from "../../errors.ts";
import { INSTALLATION, type SessionRow, viewerOf } from "../access.ts";
import type { TelegramConnection } from "../engine/port.ts";
import type { SignedIn, UpdateState } from "../engine/telegram.ts";
import { chatsError } from "../errors.ts";
import { inOrder } from "../in-order.ts";
import type { InitInput, LinkStep, PasswordInput, RequestCodeInput, SessionInput, SignInInput } from "../inputs.ts";
import type { SessionStatus } from "../schema.ts";
import { publishChanges, storeChanges } from "./announce.ts";
import { authorizeSession } from "./authorize.ts";
import { callTelegram, requireSession } from "./links.ts";
import { openSecret, sealSecret } from "./secrets.ts";

/** Wrong codes after which another has to be asked for. */
const MAX_CODE_TRIES = 5;

/** Begins a link, without a call to Telegram. @throws DomainError `UNAUTHORIZED`, `VALIDATION` where there is no application to link with */
export async function initLink(ctx: Context, { apiId, apiHash, ownerId }: InitInput): Promise<LinkStep> {
  const { owner } = viewerOf(ctx);
  if (apiId == null && !ctx.mtproto.api) throw chatsError("apiMissing");
  const id = crypto.randomUUID();
  const now = ctx.now();
  const changes = await ctx.db.transaction(async (tx) => {
    const rows = await tx
      .insert(telegramSessions)
      .values({
        id,
        owner: owner ?? (ownerId === undefined ? INSTALLATION : `app:${ownerId}`),
        status: "INITIALIZED",
        apiId: apiId ?? null,
        apiHash: apiHash == null ? null : sealSecret(ctx, { id, column: "apiHash" }, apiHash),
        createdAt: now,
        updatedAt: now,
      })
      .returning();
    return storeChanges(tx, ctx, { changed: rows });
  });
  publishChanges(ctx, changes);
  return { sessionId: id, status: "INITIALIZED" };
}

/** Has Telegram send a code; the newest counts. @throws DomainError `NOT_FOUND`, `CONFLICT` when it is linked, and what Telegram says */
export const requestCode = (ctx: Context, { sessionId, phoneNumber }: RequestCodeInput): Promise<LinkStep> =>
  inOrder(ctx, sessionId, async () => {
    const found = await requireSession(ctx, sessionId);
    if (found.status === "AUTHORIZED") throw wrongStep(found);
    // The keys of an expired session are of no use any more.
    const row = found.status === "EXPIRED" ? { ...found, session: null } : found;
    const phone = `+${phoneNumber.replace(/^\+/, "")}`;
    const { codeHash, timeoutSeconds } = await callTelegram(ctx, row, (connection) => connection.sendCode(phone));
    await changeSession(ctx, row, {
      status: "CODE_REQUESTED",
      phoneNumber: sealSecret(ctx, { id: sessionId, column: "phoneNumber" }, phone),
      codeHash: sealSecret(ctx, { id: sessionId, column: "codeHash" }, codeHash),
      codeTries: 0,
      passwordHint: null,
    });
    return { sessionId, phoneCodeHash: codeHash, timeout: timeoutSeconds, status: "CODE_REQUESTED" };
  });

/** @throws DomainError `NOT_FOUND`, `CONFLICT` before a code was asked for, `VALIDATION` for a wrong or an old code, and what Telegram says */
export const signIn = (ctx: Context, { sessionId, code, phoneCodeHash }: SignInInput): Promise<LinkStep> =>
  inOrder(ctx, sessionId, async () => {
    const row = await requireSession(ctx, sessionId);
    const [phoneNumber, codeHash] = [openSecret(ctx, row, "phoneNumber"), openSecret(ctx, row, "codeHash")];
    if (row.status !== "CODE_REQUESTED" || phoneNumber === null || codeHash === null) throw wrongStep(row);
    if (phoneCodeHash != null && phoneCodeHash !== codeHash) throw chatsError("codeExpired");
    if (row.codeTries >= MAX_CODE_TRIES) throw chatsError("codeExpired");
    // Counted before it is tried: tries at the same time, on other nodes, are no way around it.
    await countTry(ctx, row, 1);
    try {
      const given = { phoneNumber, codeHash, code };
      const signedIn = await callTelegram(ctx, row, async (connection) => {
        const outcome = await connection.signIn(given);
        return { outcome, state: outcome.kind === "user" ? await stateOf(connection) : null };
      });
      return await finishStep(ctx, row, signedIn);
    } catch (error) {
      if (findDomainError(error)?.key !== "chats.codeInvalid") await countTry(ctx, row, -1);
      throw error;
    }
  });

/** @throws DomainError `NOT_FOUND`, `CONFLICT` unless a password is asked for, `VALIDATION` for a wrong one, and what Telegram says */
export const checkPassword = (ctx: Context, { sessionId, password }: PasswordInput): Promise<LinkStep> =>
  inOrder(ctx, sessionId, async () => {
    const row = await requireSession(ctx, sessionId);
    if (row.status !== "PASSWORD_REQUIRED") throw wrongStep(row);
    const signedIn = await callTelegram(ctx, row, async (connection) => {
      const user = await connection.checkPassword(password);
      return { outcome: { kind: "user", user } as const, state: await stateOf(connection) };
    });
    return finishStep(ctx, row, signedIn);
  });

async function countTry({ db }: Context, { id }: SessionRow, by: 1 | -1): Promise<void> {
  await db
    .update(telegramSessions)
    .set({ codeTries: sql`code_tries + ${by}::int` })
    .where(eq(telegramSessions.id, id));
}

/** Where updates stand at a sign-in, so that none after it is missed; null where Telegram does not say it: then they begin with the connection. */
export const stateOf = (connection: TelegramConnection): Promise<UpdateState | null> =>
  connection.getState().catch(() => null);

/** What a sign-in came to. */
export async function finishStep(
  ctx: Context,
  row: SessionRow,
  { outcome, state }: { outcome: SignedIn; state: UpdateState | null },
): Promise<FinishedStep> {
  if (outcome.kind === "user") {
    const user = await authorizeSession(ctx, row, { user: outcome.user, state });
    return { sessionId: row.id, status: "AUTHORIZED", user };
  }
  const { hint } = outcome;
  await changeSession(ctx, row, { status: "PASSWORD_REQUIRED", passwordHint: hint });
  return { sessionId: row.id, status: "PASSWORD_REQUIRED", hint };
}
type FinishedStep = Extract<LinkStep, { status: "AUTHORIZED" | "PASSWORD_REQUIRED" }>;

/** Gives up a link, or linking again. @throws DomainError `NOT_FOUND`, `CONFLICT` when it is linked */
export const cancelLink = (ctx: Context, { sessionId }: SessionInput): Promise<void> =>
  inOrder(ctx, sessionId, async () => {
    const row = await requireSession(ctx, sessionId);
    if (row.status === "AUTHORIZED") throw wrongStep(row);
    if (row.storeId !== null) {
      await changeSession(ctx, row, { status: "EXPIRED", codeHash: null, passwordHint: null });
      return;
    }
    const changes = await ctx.db.transaction(async (tx) => {
      await tx.delete(telegramSessions).where(eq(telegramSessions.id, sessionId));
      return storeChanges(tx, ctx, { gone: [sessionId] });
    });
    publishChanges(ctx, changes);
  });

const OPEN: SessionStatus[] = ["INITIALIZED", "CODE_REQUESTED", "PASSWORD_REQUIRED", "EXPIRED"];

/** @throws DomainError `NOT_FOUND` when it is gone, or was linked by another call meanwhile */
async function changeSession(
  ctx: Context,
  { id }: SessionRow,
  values: Partial<typeof telegramSessions.$inferInsert>,
): Promise<void> {
  const changes = await ctx.db.transaction(async (tx) => {
    const rows = await tx
      .update(telegramSessions)
      .set({ ...values, updatedAt: ctx.now() })
      .where(and(eq(telegramSessions.id, id), inArray(telegramSessions.status, OPEN)))
      .returning();
    if (rows.length === 0) throw chatsError("accountNotFound");
    return storeChanges(tx, ctx, { changed: rows });
  });
  publishChanges(ctx, changes);
}

export const wrongStep = ({ status }: SessionRow) => chatsError("wrongStep", { status });
