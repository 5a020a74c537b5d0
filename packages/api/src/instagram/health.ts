import type { Transaction } from "@pult/db/database.ts";
import { z } from "zod";
import { isStaff } from "../auth/permissions.ts";
import { selectHolders } from "../auth/team/holders.ts";
import { type NewNotice, notify, settleNotices } from "../notices/notify.ts";
import { publishDue } from "../outbox/outbox.ts";
import type { Bus } from "../realtime/bus.ts";
import { type Appended, appendToLogs, publishAppended } from "../realtime/log.ts";
import { declareLog } from "../realtime/topic.ts";
import { silenceNotice, tokenNotice } from "./notices.ts";

/** A change that people should hear of. */
export const healthChange = z.discriminatedUnion("type", [
  /** Meta refuses the access token: nothing can be sent. */
  z.object({ type: z.literal("tokenInvalid"), reason: z.string() }),
  /** It is accepted until soon, and cannot be refreshed. */
  z.object({ type: z.literal("tokenEnding"), expiresAt: z.iso.datetime() }),
  /** It is accepted again, or for long again. */
  z.object({ type: z.literal("tokenValid") }),
  /** No event for longer than the account's alarm allows. */
  z.object({
    type: z.literal("silent"),
    accountId: z.string(),
    username: z.string().nullable(),
    since: z.iso.datetime(),
    hours: z.number(),
  }),
  /** It has sent an event again, or its alarm was changed. */
  z.object({ type: z.literal("heard"), accountId: z.string() }),
]);
export type HealthChange = z.infer<typeof healthChange>;

/** How the Instagram account fares, as it changes. Key: `all`. Readers: staff. */
export const healthTopic = declareLog<"all", HealthChange>("instagram.health", {
  event: healthChange,
  mayRead: (actor) => isStaff(actor, "notifications:read"),
});

/** What is to be published once the changes are committed. */
export interface Announced {
  appended: Appended;
  owes: boolean;
}

const silenceKey = (accountId: string): string => `${silenceNotice.name}:${accountId}`;

/**
 * Announces changes of health and tells the staff who can do something about them: the one place that does, in the transaction that stores them, before it appends to other
 * logs.
 */
export async function announceHealth(tx: Transaction, now: Date, changes: readonly HealthChange[]): Promise<Announced> {
  if (changes.length === 0) return { appended: new Map(), owes: false };
  const keys = changes.flatMap(settledKeys);
  const settled = keys.length > 0 ? await settleNotices(tx, now, { keys }) : [];
  const troubles = changes.flatMap((change) => noticeOf(change, now));
  const readers = troubles.length > 0 ? await selectHolders(tx, "notifications:write") : [];
  const events = readers.flatMap((personId) => troubles.map((trouble) => ({ ...trouble, personId })));
  const told = await notify(tx, now, events);
  const log = changes.map((payload) => ({ topic: healthTopic.name("all"), payload }));
  return { appended: await appendToLogs(tx, [...settled, ...told.entries, ...log]), owes: told.owes };
}

function settledKeys(change: HealthChange): string[] {
  if (change.type === "tokenValid") return [tokenNotice.name];
  return change.type === "heard" ? [silenceKey(change.accountId)] : [];
}

function noticeOf(change: HealthChange, now: Date): Omit<NewNotice, "personId">[] {
  switch (change.type) {
    case "tokenInvalid": {
      const data = { problem: "refused", reason: change.reason };
      return [{ kind: tokenNotice, event: `refused:${now.toISOString()}`, data }];
    }
    case "tokenEnding": {
      const { expiresAt } = change;
      return [{ kind: tokenNotice, event: `ends:${expiresAt}`, data: { problem: "ends", expiresAt } }];
    }
    case "silent": {
      const { accountId, username, since, hours } = change;
      const data = { account: username ? `@${username}` : accountId, hours };
      return [{ kind: silenceNotice, key: silenceKey(accountId), event: `silent:${since}`, data }];
    }
    default:
      return [];
  }
}

/** Publishes what was announced, after the commit. */
export function publishHealth(bus: Bus, { appended, owes }: Announced): void {
  publishAppended(bus, appended);
  if (owes) publishDue(bus);
}
