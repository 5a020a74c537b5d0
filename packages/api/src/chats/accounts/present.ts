import type { Database, Transaction } from "@pult/db/database.ts";
import { telegramChats, telegramShares, telegramStores } from "@pult/db/schema/chats.ts";
import { and, eq, gt, isNull, ne, or, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { SessionRow } from "../access.ts";
import type { AccountHealth, Session, SessionStatus, User } from "../schema.ts";
import { photoPath } from "../store/present.ts";
import { isStale } from "./links.ts";
import { maskPhone, openSecret } from "./secrets.ts";

export type ChatRow = typeof telegramChats.$inferSelect;

/** A session as everybody sees it who sees the account: `isDefault` is its owner's, `isShared` says that others see it too. */
export async function presentSession(
  ctx: Context,
  row: SessionRow,
  db: Database | Transaction = ctx.db,
): Promise<Session> {
  const phoneNumber = openSecret(ctx, row, "phoneNumber");
  const store = await selectStore(db, row);
  return {
    id: row.id,
    accountId: row.id,
    status: statusOf(row, ctx.now()),
    phoneNumber: phoneNumber === null ? null : maskPhone(phoneNumber),
    user: store?.chat ? presentUser(ctx, { ...store.chat, isSelf: true }, row.id) : null,
    isDefault: row.isDefault,
    isShared: await isShared(db, row.id, ctx.now()),
    health: healthOf(row, { lastUpdateAt: store?.lastUpdateAt ?? null, now: ctx.now() }),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** Whether a grant lets others see anything of it. */
async function isShared(db: Database | Transaction, id: string, now: Date): Promise<boolean> {
  const { sessionId, access, until } = telegramShares;
  const goesOn = or(isNull(until), gt(until, now));
  return (await db.$count(telegramShares, and(eq(sessionId, id), ne(access, "none"), goesOn))) > 0;
}

/** An account that was not linked again in time is what it was before. */
const statusOf = (row: SessionRow, now: Date): SessionStatus =>
  isStale(row, now) ? "EXPIRED" : (row.status as SessionStatus);

const healthOf = (
  { status, connection, floodUntil }: SessionRow,
  { lastUpdateAt, now }: { lastUpdateAt: Date | null; now: Date },
): AccountHealth => ({
  connection: status === "AUTHORIZED" ? (connection as AccountHealth["connection"]) : "offline",
  lastUpdateAt: lastUpdateAt?.toISOString() ?? null,
  floodWaitUntil: floodUntil && floodUntil > now ? floodUntil.toISOString() : null,
});

/** Whose account it is, and when Telegram last said something; null before the first sign-in. */
async function selectStore(db: Database | Transaction, { storeId }: SessionRow) {
  if (storeId === null) return null;
  const [row] = await db
    .select({ lastUpdateAt: telegramStores.lastUpdateAt, chat: telegramChats })
    .from(telegramStores)
    .leftJoin(telegramChats, and(eq(telegramChats.storeId, telegramStores.id), sql`chat_id = user_id`))
    .where(eq(telegramStores.id, storeId));
  return row ?? null;
}

/** A person whom an account knows. Their own number is masked. */
export function presentUser({ mediaLinks }: Pick<Context, "mediaLinks">, row: ChatRow, accountId: string): User {
  const photo = photoPath(accountId, row.chatId, row.photoId);
  const phoneNumber = row.phoneNumber === null ? null : `+${row.phoneNumber.replace(/^\+/, "")}`;
  return {
    id: String(row.chatId),
    isSelf: row.isSelf,
    isBot: row.type === "bot",
    isContact: row.isContact,
    firstName: row.firstName,
    lastName: row.lastName,
    username: row.username,
    phoneNumber: phoneNumber !== null && row.isSelf ? maskPhone(phoneNumber) : phoneNumber,
    photoUrl: photo && mediaLinks.sign(photo),
    bio: row.bio,
    onlineStatus: row.onlineStatus as User["onlineStatus"],
    lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
  };
}
