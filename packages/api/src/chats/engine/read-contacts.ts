import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import type { LinkedAccount } from "./account.ts";

/** Reads the list of contacts, and stores who is in it. @throws TelegramFailure */
export async function readContacts(account: LinkedAccount): Promise<void> {
  const users = await account.connection.getContacts();
  const { storeId } = account.target;
  await account.commit(async (application, tx) => {
    await application.learn({ users, groups: [] }, account);
    const ids = JSON.stringify(users.map(({ id }) => id));
    await tx.execute(sql`
      update telegram_chats set is_contact = false where store_id = ${storeId} and is_contact
        and chat_id not in (select x::bigint from jsonb_array_elements_text(${ids}::jsonb) x)`);
    await tx.update(telegramStores).set({ contactsAt: account.ctx.now() }).where(eq(telegramStores.id, storeId));
  });
}
