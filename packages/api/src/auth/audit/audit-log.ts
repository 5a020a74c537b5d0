import { rowsOf } from "@pult/db/rows.ts";
import { auditLog } from "@pult/db/schema/auth.ts";
import { and, asc, desc, eq, gt, gte, lt, type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { withIsoDates } from "../../iso-dates.ts";
import { auditActorOf, recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { requireStaff } from "../permissions.ts";
import type {
  AuditActor,
  AuditEntryShown,
  AuditExportInput,
  AuditFilter,
  AuditListInput,
  AuditPage,
} from "./schema.ts";

/** A page of the record, newest first, by key, so that what is added meanwhile moves nothing. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listAudit(ctx: Context, input: AuditListInput): Promise<AuditPage> {
  requireStaff(ctx.actor, "auth:read");
  const { cursor, limit } = input;
  const rows = await ctx.db
    .select()
    .from(auditLog)
    .where(and(...conditionsOf(input), cursor ? lt(auditLog.id, Number(cursor)) : undefined))
    .orderBy(desc(auditLog.id))
    .limit(limit + 1);
  return pageOf(rows, limit);
}

/**
 * A page of the audit log, oldest first. The export itself is recorded, once for each walk through the pages: the first page
 * records it, and others are to be had only by the cursor that it was answered with.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for a cursor of another export
 */
export async function exportAudit(ctx: Context, input: AuditExportInput): Promise<AuditPage> {
  requireStaff(ctx.actor, "auth:read");
  const { cursor, limit, ...filter } = input;
  const place = cursorPlaceOf(ctx, filter);
  const walk = cursor ? openCursor(ctx, place, cursor) : await beginWalk(ctx, filter);
  const rows = await ctx.db
    .select()
    .from(auditLog)
    .where(and(...conditionsOf(input), gt(auditLog.id, walk.after)))
    .orderBy(asc(auditLog.id))
    .limit(limit + 1);
  const { entries, nextCursor } = pageOf(rows, limit);
  const next = { after: Number(nextCursor), endsAt: walk.endsAt };
  return { entries, nextCursor: nextCursor && ctx.vault.seal(place, JSON.stringify(next)) };
}

/** A walk through the pages of an export. */
interface ExportWalk {
  /** Id of the last entry that was returned. */
  after: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/** Long enough for all pages, and too short to come back for later entries. */
const WALK_MS = 60 * 60_000;

async function beginWalk(ctx: Context, filter: AuditFilter): Promise<ExportWalk> {
  const { search, ...rest } = filter;
  // Search words may be a person's name, which erasure could not find here.
  const details = { ...rest, ...(search ? { searched: true } : {}) };
  await recordAudit(ctx.db, ctx, { action: "auth.auditExported", details });
  return { after: 0, endsAt: ctx.now().getTime() + WALK_MS };
}

/** A cursor is sealed for its caller and filter: the export is recorded for them alone, and a forged cursor would leave no record. */
function cursorPlaceOf({ actor }: Context, filter: AuditFilter): string {
  const { kind, id } = auditActorOf(actor);
  return `auditExport/${kind}/${id}/${JSON.stringify(Object.entries(filter).sort())}`;
}

/** @throws DomainError `VALIDATION` for one that was not answered here, to another caller, for another filter, or too long ago */
function openCursor({ vault, now }: Context, place: string, cursor: string): ExportWalk {
  const opened = vault.openOrNull(place, cursor);
  const walk = opened === null ? null : (JSON.parse(opened) as ExportWalk);
  if (!walk || walk.endsAt <= now().getTime()) throw authError("exportCursorInvalid");
  return walk;
}

/** What has been done at all, for a filter. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listAuditActions(ctx: Context): Promise<string[]> {
  requireStaff(ctx.actor, "auth:read");
  // From one action to the next by the index: the record has few kinds of entries and many of each.
  const rows = rowsOf<{ action: string }>(
    await ctx.db.execute(sql`
      with recursive kinds as (
        (select action from audit_log order by action limit 1)
        union all
        select (select a.action from audit_log a where a.action > kinds.action order by a.action limit 1)
        from kinds where kinds.action is not null)
      select action from kinds where action is not null order by action`),
  );
  return rows.map(({ action }) => action);
}

function conditionsOf({ search, action, actorId, targetId, from, to }: AuditFilter): (SQL | undefined)[] {
  return [
    ...searchConditions(search),
    action ? eq(auditLog.action, action) : undefined,
    actorId ? eq(auditLog.actorId, actorId) : undefined,
    targetId ? eq(auditLog.targetId, targetId) : undefined,
    from ? gte(auditLog.at, new Date(from)) : undefined,
    to ? lt(auditLog.at, new Date(to)) : undefined,
  ];
}

const SEARCHED = sql`concat_ws(' ', ${auditLog.action}, ${auditLog.actorName}, ${auditLog.actorId}, ${auditLog.targetKind},
  ${auditLog.targetName}, ${auditLog.targetId}, ${auditLog.ip})`;

function searchConditions(search: string): SQL[] {
  const words = search.split(/\s+/u).filter(Boolean).slice(0, 8);
  return words.map((word) => sql`${SEARCHED} ilike ${`%${word.replace(/[\\%_]/g, "\\$&")}%`}`);
}

/** @param rows one more than the page holds, where there are more */
function pageOf(rows: (typeof auditLog.$inferSelect)[], limit: number): AuditPage {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { entries: page.map(present), nextCursor: rows.length > limit && last ? String(last.id) : null };
}

function present(row: typeof auditLog.$inferSelect): AuditEntryShown {
  const { actorKind, actorId, actorName, targetKind, targetId, targetName, details, ...entry } = row;
  return {
    ...withIsoDates(entry),
    actor: { kind: actorKind as AuditActor["kind"], id: actorId, name: actorName },
    target: targetKind !== null && targetId !== null ? { kind: targetKind, id: targetId, name: targetName } : null,
    details: details as Record<string, unknown>,
  };
}
