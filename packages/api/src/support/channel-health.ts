import type { Context } from "../context.ts";
import type { GroupProblem } from "../telegram/telegram.ts";

/** How Telegram fares, as this node knows it. */
export interface ChannelHealth {
  /** Null without a bot. */
  telegram: {
    running: boolean;
    reason: string | null;
    /** What keeps the support group from working; empty on nodes that do not speak to Telegram. */
    problems: readonly GroupProblem[];
    groupReason: string | null;
  } | null;
}

/** tRPC `support.channelHealth`: for the banner above the inbox. */
export function channelHealth({ telegram }: Context): ChannelHealth {
  if (!telegram) return { telegram: null };
  const { running, reason, group } = telegram.health;
  return { telegram: { running, reason, problems: group?.problems ?? [], groupReason: group?.reason ?? null } };
}
