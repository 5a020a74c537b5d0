import type { ChatsEvent, TypingEvent } from "@pult/api/chats/schema.ts";

type Of<Type extends ChatsEvent["type"]> = Omit<Extract<ChatsEvent, { type: Type }>, "type">;

/** An event of the Telegram CRM protocol; its name says which of these fields it holds. */
export interface ToldEvent {
  name: string;
  data: Of<"messageSent"> &
    Of<"messageDeleted"> &
    Of<"read"> &
    Of<"chatUpdated"> &
    Of<"sessionUpdated"> &
    Omit<TypingEvent, "userId">;
}
