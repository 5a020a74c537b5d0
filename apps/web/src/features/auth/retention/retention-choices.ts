import { MIN_AUDIT_DAYS } from "@pult/api/retention/schema.ts";

/** Groups of kinds in their order; a kind that is in none of them comes with the last. */
const GROUPS = {
  messages: ["telegramMessages", "bulkTexts", "resolvedMessages", "roomMessages", "voiceSessions", "instagramEvents"],
  work: ["notices", "toasts", "broadcastRecipients", "automationRuns", "webhookDeliveries"],
  access: ["auditLog", "endedSessions", "oneTimeTokens"],
  delivery: ["pushAttempts", "telegramUpdates", "finishedOutbox", "instagramWebhooks"],
} as const;
export type Group = keyof typeof GROUPS;

/** Kinds that there are, by group; groups without any are left out. */
export function groupKinds(kinds: readonly string[]): { group: Group; kinds: string[] }[] {
  const known = new Set<string>(Object.values(GROUPS).flat());
  return (Object.keys(GROUPS) as Group[])
    .map((group) => ({
      group,
      kinds: [
        ...GROUPS[group].filter((kind) => kinds.includes(kind)),
        ...(group === "delivery" ? kinds.filter((kind) => !known.has(kind)) : []),
      ],
    }))
    .filter((one) => one.kinds.length > 0);
}

const DAYS = [7, 30, 90, 180, 365, 730, 1_095, 1_825];

/** Whether something that is kept now would be deleted. */
export const isShorter = (days: number, before: number | null): boolean => before === null || days < before;

/** How long a kind may be kept, ascending, with what was chosen before; null is for ever. */
export function choicesOf(kind: string, chosen: number | null): (number | null)[] {
  const least = kind === "auditLog" ? MIN_AUDIT_DAYS : 1;
  const days = new Set([...DAYS.filter((one) => one >= least), ...(chosen === null ? [] : [chosen])]);
  return [...[...days].sort((a, b) => a - b), null];
}

const FOREVER = "forever";
export const optionOf = (days: number | null): string => (days === null ? FOREVER : String(days));
export const daysOf = (value: string): number | null => (value === FOREVER ? null : Number(value));
