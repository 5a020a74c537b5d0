import type { Transaction } from "@pult/db/database.ts";
import type { Context } from "../context.ts";
import { publishDue } from "../outbox/outbox.ts";
import type { Erasure, PersonalData, PersonReferences } from "../slice.ts";
import { seeUpdates, telegramIdsOf } from "../telegram/traces.ts";
import { presenceTopic } from "./events.ts";
import { forgetAgent } from "./former-agent.ts";
import {
  listConversationsOf,
  lockConversationsOf,
  moveConversations,
  returnConversations,
} from "./person-conversations.ts";
import { eraseConversations } from "./personal-erasure.ts";
import { exportConversations, SUPPORT_EXPORT_TABLES } from "./personal-export.ts";
import { conversationSubject } from "./subjects.ts";

/** What a merge moved. */
interface Moved {
  conversationIds: number[];
}

export const personalData: PersonalData = {
  readScope: "support:read",
  writeScope: "support:write",
  tables: SUPPORT_EXPORT_TABLES,
  conversations: listConversationsOf,
  lock: lockConversationsOf,
  export: exportConversations,
  async planErasure(ctx, person) {
    const conversationIds = (await listConversationsOf(ctx.db, person.personIds)).map(({ id }) => id);
    const telegramIds = telegramIdsOf(person.identities);
    const updates = await seeUpdates(
      ctx.db,
      { telegramIds, subjects: conversationIds.map(conversationSubject) },
      ctx.now(),
    );
    return (tx, now) => erase(ctx, tx, { ...now, updates });
  },
  async merge(tx, { from, to }): Promise<Moved> {
    return { conversationIds: await moveConversations(tx, from, to) };
  },
  unmerge: (tx, { from, to, moved, identities }) =>
    returnConversations(tx, { from, to }, { conversationIds: [], ...(moved as Moved | null), identities }),
};

async function erase(
  ctx: Context,
  tx: Transaction,
  person: PersonReferences & { updates: Awaited<ReturnType<typeof seeUpdates>> },
): Promise<Erasure> {
  const erased = await eraseConversations(tx, { ...person, now: ctx.now() });
  const { counts, cut } = erased;
  for (const agent of person.agents) {
    const forgotten = await forgetAgent(tx, agent);
    cut.push(...forgotten.cut);
    for (const [kind, count] of Object.entries(forgotten.counts)) counts[kind] = (counts[kind] ?? 0) + count;
  }
  return { ...erased, committed: () => finishErasure(ctx, erased.customers) };
}

async function finishErasure(ctx: Context, customers: readonly string[]): Promise<void> {
  publishDue(ctx.bus);
  for (const key of customers) {
    const room = presenceTopic.name(key);
    for (const { member } of ctx.presence.list(room)) ctx.presence.remove(room, member);
  }
}
