import type { Deps } from "../context.ts";

/** Which ways out of the desk there are. */
export interface DeliveryRoutes {
  /** A bot and a support group are configured. */
  group: boolean;
  /** A bot is configured. */
  telegram: boolean;
  /** 0 without a bot. */
  botId: number;
  /** How long a connected customer has to see a message before they get a push; 0 when they are not connected. */
  pushDelayMs: number;
}

export const deliveryRoutesOf = ({ telegram, config }: Pick<Deps, "telegram" | "config">): DeliveryRoutes => ({
  group: telegram !== null && telegram.forum !== null,
  telegram: telegram !== null,
  botId: telegram?.botId ?? 0,
  pushDelayMs: config.pushDelayMs,
});
