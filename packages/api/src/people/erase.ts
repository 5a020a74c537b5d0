import type { Transaction } from "@pult/db/database.ts";
import {
  apiKeys,
  backupCodes,
  credentials,
  identities,
  oneTimeTokens,
  passkeys,
  people,
  personMerges,
  sessions,
} from "@pult/db/schema/auth.ts";
import { inArray, or, type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { recordAudit } from "../auth/audit.ts";
import { sessionEndedTopic } from "../auth/events.ts";
import { requireStaff, type Staff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { type Appended, cutLogs } from "../realtime/log.ts";
import { forgetAgent } from "../support/former-agent.ts";
import { lockConversationsOf } from "../support/person-conversations.ts";
import { type DeskErasure, eraseConversations, finishErasure } from "../support/personal-erasure.ts";
import { type SeenUpdates, seeUpdates, telegramIdsOf } from "../support/telegram-traces.ts";
import { blankAudit, type Traces } from "./audit-traces.ts";
import { takeTurn, tellAllRightsChanged } from "./roles.ts";
import type { Erased, EraseInput } from "./schema.ts";
import { lockWholePerson, readWholePerson, type WholePerson } from "./whole-person.ts";

interface Done {
  desk: DeskErasure;
  /** To be published after the commit. */
  cuts: Appended;
  counts: Record<string, number>;
  sessionIds: string[];
  personIds: readonly string[];
}

/**
 * Deletes somebody with everything that tells of him, in tables, files, logs and Telegram. The audit log keeps that things were done, and
 * that he was erased, by an id that means nobody any more. A dry run does all of it and takes it back.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` when his role is more than the caller holds, `NOT_FOUND`, `CONFLICT` for an agent who can
 * sign in, and for somebody who has become part of another
 */
export async function erasePerson(ctx: Context, { personId, dryRun }: EraseInput): Promise<Erased> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireStaff(ctx.actor, "support:write");
  const updates = await seeUpdatesAbout(ctx, personId);
  const done = await eraseInTransaction(ctx, { staff, personId, updates }, dryRun);
  const { counts, desk } = done;
  const erased = { dryRun, counts: { ...counts, ...desk.counts }, remaining: desk.remaining };
  if (dryRun) return erased;
  for (const id of done.sessionIds) ctx.bus.publishLatest(sessionEndedTopic.name(id), null);
  tellAllRightsChanged(ctx.bus, personId, done.personIds);
  await finishErasure(ctx, { cuts: done.cuts, customers: desk.customers });
  return erased;
}

/** Updates from Telegram are many and have to be looked into: that is done before anybody has to wait for it. */
async function seeUpdatesAbout({ db, now }: Context, personId: string): Promise<SeenUpdates> {
  const { identities: names, traces } = await readWholePerson(db, personId);
  return seeUpdates(db, { telegramIds: telegramIdsOf(names), conversationIds: traces.conversationIds }, now());
}

interface Whom {
  staff: Staff;
  personId: string;
  updates: SeenUpdates;
}

/** Carries what would be done out of a transaction that is taken back. */
class DryRun extends Error {
  readonly done: Done;
  constructor(done: Done) {
    super("A dry run");
    this.done = done;
  }
}

async function eraseInTransaction(ctx: Context, whom: Whom, dryRun: boolean): Promise<Done> {
  try {
    return await ctx.db.transaction(async (tx) => {
      const done = await erase(ctx, tx, whom);
      if (dryRun) throw new DryRun(done);
      return done;
    });
  } catch (error) {
    if (error instanceof DryRun) return error.done;
    throw error;
  }
}

async function erase(ctx: Context, tx: Transaction, { staff, personId, updates }: Whom): Promise<Done> {
  await takeTurn(tx);
  await lockWholePerson(tx, staff, personId);
  const before = await readWholePerson(tx, personId);
  if (before.credentials.some((account) => account.disabledAt === null))
    throw new DomainError("CONFLICT", "An agent who can sign in cannot be erased: disable him first");
  await lockConversationsOf(tx, before.traces.personIds);
  // Identities first: whoever makes a conversation for one has made it before conversations are deleted, or makes it for somebody new.
  const mine = inArray(identities.personId, [...before.traces.personIds]);
  const names = await tx.delete(identities).where(mine).returning();
  const { traces, ...whole } = await readWholePerson(tx, personId);
  const shown = names.map(({ namespace, externalId }) => ({ namespace, externalId }));
  const desk = await eraseFromDesk(ctx, tx, { whole: { ...whole, traces: { ...traces, identities: shown } }, updates });
  // Those by which an agent signs in are among the traces still: they are no identities.
  const known = { ...traces, identities: [...shown, ...traces.identities] };
  const counts = { identities: names.length, ...(await eraseAccounts(tx, known)) };
  await recordAudit(tx, ctx, { action: "auth.personErased", target: { kind: "person", id: personId } });
  const cuts = await cutLogs(tx, desk.logs.cut, { forget: desk.logs.forget });
  return { desk, cuts, counts, sessionIds: whole.sessions.map((row) => row.id), personIds: known.personIds };
}

async function eraseFromDesk(
  ctx: Context,
  tx: Transaction,
  { whole, updates }: { whole: WholePerson; updates: SeenUpdates },
): Promise<DeskErasure> {
  const { personIds, identities: names } = whole.traces;
  const desk = await eraseConversations(tx, { personIds, identities: names, updates, now: ctx.now() });
  const agents = whole.people.filter((one) => whole.credentials.some((account) => account.personId === one.id));
  const cut = [...desk.logs.cut];
  const counts = { ...desk.counts };
  for (const agent of agents) {
    const forgotten = await forgetAgent(tx, { personId: agent.id, name: agent.name });
    cut.push(...forgotten.cut);
    for (const [kind, count] of Object.entries(forgotten.counts)) counts[kind] = (counts[kind] ?? 0) + count;
  }
  return { ...desk, counts, logs: { ...desk.logs, cut } };
}

async function eraseAccounts(tx: Transaction, traces: Traces): Promise<Record<string, number>> {
  const ids = [...traces.personIds];
  const counts: Record<string, number> = {};
  const remove = async (table: PgTable, where: SQL | undefined) =>
    (await tx.delete(table).where(where).returning({ one: sql`1` })).length;
  counts.auditEntries = await blankAudit(tx, traces);
  counts.oneTimeTokens = await remove(oneTimeTokens, or(inArray(oneTimeTokens.personId, ids), ...namedIn(traces)));
  await tx.update(oneTimeTokens).set({ createdBy: null }).where(inArray(oneTimeTokens.createdBy, ids));
  await tx.update(apiKeys).set({ createdBy: null }).where(inArray(apiKeys.createdBy, ids));
  counts.sessions = await remove(sessions, inArray(sessions.personId, ids));
  counts.passkeys = await remove(passkeys, inArray(passkeys.personId, ids));
  await remove(backupCodes, inArray(backupCodes.personId, ids));
  counts.accounts = await remove(credentials, inArray(credentials.personId, ids));
  counts.merges = await remove(
    personMerges,
    or(inArray(personMerges.keptId, ids), inArray(personMerges.mergedId, ids)),
  );
  await tx.update(personMerges).set({ createdBy: null }).where(inArray(personMerges.createdBy, ids));
  counts.people = await remove(people, inArray(people.id, ids));
  return counts;
}

/** One-time tokens that name him in what they carry: tickets of his own server's tokens, wallet challenges, invitations. */
function namedIn({ identities: names, emails }: Traces): SQL[] {
  return [
    ...names.map(
      ({ namespace, externalId }) => sql`(${oneTimeTokens.data}->>'namespace' = ${namespace}
        and ${oneTimeTokens.data}->>'externalId' = ${externalId})`,
    ),
    ...names
      .filter((one) => one.namespace === "app")
      .map(({ externalId }) => sql`${oneTimeTokens.data}->'customer'->>'externalId' = ${externalId}`),
    ...emails.map((email) => sql`${oneTimeTokens.data}->>'email' = ${email}`),
  ];
}
