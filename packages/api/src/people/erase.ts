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
import { inArray, or, type SQL, sql, TransactionRollbackError } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { publishSessionsEnded } from "../auth/account/sessions.ts";
import { recordAudit } from "../auth/audit.ts";
import { requireStaff, type Staff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { cutLogs, publishAppended } from "../realtime/log.ts";
import type { Erasure, ErasureStep, PersonReferences } from "../slice.ts";
import { slices } from "../slices.ts";
import { type AuditReferences, blankAudit } from "./audit-references.ts";
import { peopleError } from "./errors.ts";
import { lockPersonRecord, readPersonRecord } from "./person-record.ts";
import { lockPeople, publishAllRightsChanged } from "./roles.ts";
import type { EraseInput } from "./schema.ts";

/**
 * Deletes a person with everything that tells of them, in tables, files, logs and Telegram. The audit log keeps what was done, and that
 * the person was erased, by an id that leads nowhere. A dry run does all of it and rolls back.
 * @returns rows and files by kind, and what lies outside Pult's reach, in words
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` when the person's role is more than the caller holds, `NOT_FOUND`, `CONFLICT` for an
 * agent who can sign in, and for a person who was merged into another
 */
export async function erasePerson(ctx: Context, { personId, dryRun }: EraseInput) {
  const staff = requireStaff(ctx.actor, "auth:write");
  for (const { personalData } of slices) requireStaff(ctx.actor, personalData.writeScope);
  const { references } = await readPersonRecord(ctx.db, personId);
  const steps: ErasureStep[] = [];
  for (const { personalData } of slices) steps.push(await personalData.planErasure(ctx, references));
  const done = await eraseInTransaction(ctx, { staff, personId, steps }, dryRun);
  const erased = { dryRun, counts: done.counts, remaining: remainingOf(done.erasures) };
  if (dryRun) return erased;
  publishSessionsEnded(ctx.bus, done.sessionIds);
  publishAllRightsChanged(ctx.bus, personId, done.personIds);
  publishAppended(ctx.bus, done.cuts);
  for (const { committed } of done.erasures) await committed?.();
  return erased;
}

const remainingOf = (erasures: readonly Erasure[]): string[] => [
  "Backups that were made before",
  ...erasures.flatMap(({ remaining }) => remaining),
];

interface ErasureRun {
  staff: Staff;
  personId: string;
  steps: readonly ErasureStep[];
}

async function eraseInTransaction(ctx: Context, run: ErasureRun, dryRun: boolean): Promise<Done> {
  const outcome: { done?: Done } = {};
  try {
    await ctx.db.transaction(async (tx) => {
      outcome.done = await erase(ctx, tx, run);
      if (dryRun) tx.rollback();
    });
  } catch (error) {
    if (!(error instanceof TransactionRollbackError)) throw error;
  }
  if (!outcome.done) throw new Error("Nothing was erased");
  return outcome.done;
}

async function erase(ctx: Context, tx: Transaction, { staff, personId, steps }: ErasureRun) {
  await lockPeople(tx);
  await lockPersonRecord(tx, staff, personId);
  const before = await readPersonRecord(tx, personId);
  if (before.credentials.some((account) => account.disabledAt === null)) throw peopleError("agentActive");
  for (const { personalData } of slices) await personalData.lock(tx, before.references.personIds);
  // Identities first: a writer who starts something for one has done so before the slices delete, or does so for a new person.
  const names = await tx
    .delete(identities)
    .where(inArray(identities.personId, [...before.references.personIds]))
    .returning();
  const { references, inAudit, sessions: open } = await readPersonRecord(tx, personId);
  const known = names.map(({ namespace, externalId }) => ({ namespace, externalId }));
  const person = { ...references, identities: known as PersonReferences["identities"] };
  const erasures: Erasure[] = [];
  for (const step of steps) erasures.push(await step(tx, person));
  const accounts = await eraseAccounts(tx, { ...inAudit, identities: [...known, ...inAudit.identities] });
  await recordAudit(tx, ctx, { action: "auth.personErased", target: { kind: "person", id: personId } });
  const cuts = await cutLogs(
    tx,
    erasures.flatMap(({ cut }) => cut),
    { forget: erasures.flatMap(({ forget }) => forget) },
  );
  const counts: Record<string, number> = { identities: names.length, ...accounts };
  for (const [kind, count] of erasures.flatMap((one) => Object.entries(one.counts)))
    counts[kind] = (counts[kind] ?? 0) + count;
  // The cuts are published after the commit.
  return { erasures, cuts, counts, sessionIds: open.map((row) => row.id), personIds: person.personIds };
}
type Done = Awaited<ReturnType<typeof erase>>;

async function eraseAccounts(tx: Transaction, references: AuditReferences): Promise<Record<string, number>> {
  const ids = [...references.personIds];
  const counts: Record<string, number> = {};
  const remove = async (table: PgTable, where: SQL | undefined) =>
    (await tx.delete(table).where(where).returning({ one: sql`1` })).length;
  counts.auditEntries = await blankAudit(tx, references);
  counts.oneTimeTokens = await remove(oneTimeTokens, or(inArray(oneTimeTokens.personId, ids), ...namedIn(references)));
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

/** One-time tokens that name the person in their data: tickets for the operator's own tokens, wallet challenges, invitations. */
function namedIn({ identities: names, emails }: AuditReferences): SQL[] {
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
