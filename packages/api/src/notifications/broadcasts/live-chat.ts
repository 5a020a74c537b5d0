import type { Context } from "../../context.ts";
import { readSetting } from "../../settings.ts";
import type { Telegram } from "../../telegram/telegram.ts";
import { notificationsError } from "../errors.ts";

/** Where the setting stands that says what a group has become. */
export const migratedSetting = (configuredChatId: number): string => `telegram.live:${configuredChatId}`;

/** The group that broadcasts to topics go to. @throws DomainError `UNAVAILABLE` without a bot or a group */
export async function liveChatOf({ db, telegram, config }: Context): Promise<{
  telegram: Telegram;
  chatId: number;
  threadId: number | null;
}> {
  if (!telegram) throw notificationsError("noBot");
  if (!config.liveChat) throw notificationsError("noLiveChat");
  const { chatId, threadId } = config.liveChat;
  return { telegram, threadId, chatId: (await readSetting<number>(db, migratedSetting(chatId))) ?? chatId };
}
