import { useMemo } from "react";
import type { TradingPort } from "../../features/trading/room-store.ts";
import type { CustomerChat } from "../chat.ts";

/** The API by the customer's session, on the connection of the conversation. */
export function useCustomerPort(chat: CustomerChat): TradingPort {
  return useMemo(
    () => ({
      withSession: (call) => chat.withSession(call),
      follow: (follower) => chat.follow(follower),
      online: chat.online,
    }),
    [chat],
  );
}
