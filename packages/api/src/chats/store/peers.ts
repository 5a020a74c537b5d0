import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import { TELEGRAM_SERVICE_ID, type TelegramGroup, type TelegramUser, type UserStatus } from "../engine/telegram.ts";

export const peerRowId = (storeId: string, chatId: number): string => `${storeId}/${chatId}`;
export const placeOfAccessHash = (rowId: string): string => `telegramChats/${rowId}`;

export const instantOf = (seconds: number | null): string | null =>
  seconds === null ? null : new Date(seconds * 1_000).toISOString();

/** When someone was seen last, as far as Telegram says. */
export const statusOf = (status: UserStatus | null) => ({
  onlineStatus: status?.kind ?? null,
  lastSeenAt: status?.kind === "offline" ? instantOf(status.at) : null,
});

const NO_NAME = "Deleted account";

function rowOfUser(user: TelegramUser) {
  const title = [user.firstName, user.lastName].filter(Boolean).join(" ");
  return {
    chatId: user.id,
    type: user.isBot ? "bot" : "private",
    title: title || user.username || NO_NAME,
    username: user.username,
    firstName: user.firstName,
    lastName: user.lastName,
    phoneNumber: user.phoneNumber,
    isSelf: user.isSelf,
    isContact: user.isContact,
    isMutual: user.isMutual,
    ...statusOf(user.status),
    photoId: user.photoId,
    memberCount: null,
    canSend: !user.isDeleted,
    isMin: user.isMin,
  };
}

const rowOfGroup = (group: TelegramGroup) => ({
  chatId: group.chatId,
  type: group.type,
  title: group.title,
  username: group.username,
  firstName: null,
  lastName: null,
  phoneNumber: null,
  isSelf: false,
  isContact: false,
  isMutual: false,
  onlineStatus: null,
  lastSeenAt: null,
  photoId: group.photoId,
  memberCount: group.memberCount,
  canSend: group.canSend && !group.isGone,
  isMin: group.isMin,
});

/** What is to be learned of whom an answer speaks of. */
export interface Peers {
  users: readonly TelegramUser[];
  groups: readonly TelegramGroup[];
}

/**
 * Stores people and groups. What a group shows of a stranger only fills a gap. Telegram's service account, which sends login codes, is left out.
 * @param hashed chats whose access hash is stored already; those that are stored now are added
 * @returns chats that were known and look otherwise now, and whether people of the address book are among what is new or otherwise
 */
export async function storePeers(
  tx: Transaction,
  { vault, now }: Pick<Deps, "vault" | "now">,
  { storeId, peers, hashed }: { storeId: string; peers: Peers; hashed: Set<number> },
): Promise<{ changed: number[]; hasContacts: boolean }> {
  const given = [
    ...peers.users
      .filter(({ id }) => id !== TELEGRAM_SERVICE_ID)
      .map((user) => ({ ...rowOfUser(user), accessHash: user.accessHash })),
    ...peers.groups.map((group) => ({ ...rowOfGroup(group), accessHash: group.accessHash })),
  ];
  if (given.length === 0) return { changed: [], hasContacts: false };
  // The last of several of one chat is the newest, but for what is only a glimpse.
  const newest = new Map<number, (typeof given)[number]>();
  for (const one of given) if (!one.isMin || !newest.has(one.chatId)) newest.set(one.chatId, one);
  const rows = [...newest.values()]
    .toSorted((a, b) => a.chatId - b.chatId)
    .map(({ accessHash, ...row }) => {
      const id = peerRowId(storeId, row.chatId);
      const isNew = accessHash !== null && !row.isMin && !hashed.has(row.chatId);
      return { ...row, id, accessHash: isNew ? vault.seal(placeOfAccessHash(id), accessHash) : null };
    });
  const changed = rowsOf<{ chatId: number; isKnown: boolean; isContact: boolean }>(
    await tx.execute(sql`
      insert into telegram_chats as c (id, store_id, chat_id, type, title, username, first_name, last_name, phone_number, is_self, is_contact,
        is_mutual, online_status, last_seen_at, photo_id, access_hash, member_count, can_send, created_at, updated_at)
      select id, ${storeId}::uuid, "chatId", type, title, username, "firstName", "lastName", "phoneNumber", "isSelf", "isContact", "isMutual",
        "onlineStatus", "lastSeenAt", "photoId", "accessHash", "memberCount", "canSend", ${now().toISOString()}::timestamptz,
        ${now().toISOString()}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id text, "chatId" bigint, type text, title text, username text,
        "firstName" text, "lastName" text, "phoneNumber" text, "isSelf" boolean, "isContact" boolean, "isMutual" boolean, "onlineStatus" text,
        "lastSeenAt" timestamptz, "photoId" text, "accessHash" text, "memberCount" int, "canSend" boolean)
      on conflict (store_id, chat_id) do update set
        type = excluded.type, title = excluded.title, username = excluded.username, first_name = excluded.first_name,
        last_name = excluded.last_name, phone_number = coalesce(excluded.phone_number, c.phone_number), is_self = excluded.is_self,
        is_contact = excluded.is_contact, is_mutual = excluded.is_mutual, online_status = excluded.online_status,
        last_seen_at = coalesce(excluded.last_seen_at, c.last_seen_at), photo_id = excluded.photo_id,
        access_hash = coalesce(c.access_hash, excluded.access_hash), member_count = coalesce(excluded.member_count, c.member_count),
        can_send = excluded.can_send, updated_at = excluded.updated_at
      where not (c.chat_id in (select (x)::bigint from jsonb_array_elements_text(${JSON.stringify(rows.filter(({ isMin }) => isMin).map(({ chatId }) => chatId))}::jsonb) x))
        and (c.access_hash is null and excluded.access_hash is not null
          or (c.type, c.title, c.username, c.first_name, c.last_name, c.is_self, c.is_contact, c.is_mutual, c.photo_id, c.can_send)
            is distinct from (excluded.type, excluded.title, excluded.username, excluded.first_name, excluded.last_name, excluded.is_self,
              excluded.is_contact, excluded.is_mutual, excluded.photo_id, excluded.can_send)
          or excluded.member_count is distinct from c.member_count and excluded.member_count is not null)
      returning chat_id as "chatId", c.created_at < ${now().toISOString()}::timestamptz as "isKnown",
        c.is_contact as "isContact"`),
  );
  for (const { accessHash, chatId } of rows) if (accessHash !== null) hashed.add(chatId);
  return {
    changed: changed.filter(({ isKnown }) => isKnown).map(({ chatId }) => Number(chatId)),
    hasContacts: changed.some(({ isContact }) => isContact),
  };
}
