import { sql } from "drizzle-orm";
import type { Behind } from "./catch-up.ts";
import { TelegramFailure } from "./port.ts";
import type { Peer } from "./telegram.ts";

/**
 * Reads bio, description and members of a chat, and its names. What Telegram refuses to say is not asked for again for as long.
 * @param tells whether it is known to look otherwise
 * @throws TelegramFailure but `refused`
 */
export async function readFullChat(account: Behind, peer: Peer, { tells }: { tells: boolean }): Promise<void> {
  const { ctx, target, connection, reads } = account;
  const { changes } = reads;
  const full = await connection.getFullChat(peer).catch((error: unknown) => {
    if (error instanceof TelegramFailure && error.kind === "refused") return null;
    throw error;
  });
  await account.commit(async (application, tx) => {
    if (full) await application.learn(full, account);
    if (tells) application.change([peer.chatId]);
    const said =
      full &&
      sql`bio = ${full.bio}, about = ${full.about}, member_count = coalesce(${full.memberCount}::int, member_count),`;
    // What changed meanwhile may be newer than the answer.
    const readAt = reads.changes === changes ? ctx.now().toISOString() : null;
    await tx.execute(sql`
      update telegram_chats set ${said ?? sql``} full_at = ${readAt}::timestamptz
      where store_id = ${target.storeId} and chat_id = ${peer.chatId}`);
  });
}
