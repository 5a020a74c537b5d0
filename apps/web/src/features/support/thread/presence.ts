import type { Activity, ConversationPresence } from "@pult/api/support/schema.ts";

export type PresentAgent = ConversationPresence["agents"][number];

/** What matters more to who is about to answer comes first. */
const WEIGHT: Record<Activity, number> = { typing: 0, drafting: 1, viewing: 2 };

/** Everybody but the reader, those who are about to answer first, each group in its order. */
export function othersAround(agents: readonly PresentAgent[], ownId: string): PresentAgent[] {
  return agents.filter(({ id }) => id !== ownId).sort((a, b) => WEIGHT[a.activity] - WEIGHT[b.activity]);
}
