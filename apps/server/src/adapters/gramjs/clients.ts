import { type TelegramClients, TelegramFailure } from "@pult/api/chats/engine/port.ts";

/** Telegram's client API by gramjs. */
export function createGramjs(): TelegramClients {
  return {
    connect: async () => {
      throw new TelegramFailure("down", "NOT_CONNECTED");
    },
  };
}
