import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { crmChanges } from "@pult/db/schema/crm.ts";
import { sql } from "drizzle-orm";
import { requireStaff, type Staff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import type { ChangesInput } from "../inputs.ts";
import type { Change, Entity, Page } from "../schema.ts";
import { isoOf } from "./select.ts";

/** As the history names who acts. */
export interface Author {
  id: string;
  name: string;
}

export function authorOf(staff: Staff): Author {
  if (staff.kind === "agent") return { id: staff.personId, name: staff.name };
  return staff.kind === "apiKey" ? { id: `key:${staff.keyId}`, name: staff.name } : { id: "pult", name: "Pult" };
}

/** Who changes records. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export const requireAuthor = ({ actor }: Context): Author => authorOf(requireStaff(actor, "chats:write"));

export interface NewChange {
  entity: Entity;
  entityId: string;
  kind: Change["kind"];
  details: Record<string, unknown>;
  batch?: string;
}

/** Adds to the history of records, in the transaction of what changes them. */
export async function addChanges(
  tx: Transaction,
  { author, at }: { author: Author; at: Date },
  changes: readonly NewChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const common = { actor: author.id, actorName: author.name, at };
  await tx.insert(crmChanges).values(changes.map((change) => ({ ...change, ...common })));
}

/** Of a line `h`. */
export const CHANGE_COLUMNS = sql`h.id, h.kind, h.details, h.actor, h.actor_name as "actorName", ${isoOf(sql`h.at`)} as at`;

/** The newest line of these kinds in the history of a record. */
export async function findLastChange(
  db: Database | Transaction,
  { entity, id, kinds }: { entity: Entity; id: string; kinds: readonly Change["kind"][] },
): Promise<Change | null> {
  const [row] = rowsOf<Change>(
    await db.execute(sql`
      select ${CHANGE_COLUMNS} from crm_changes h where h.entity = ${entity} and h.entity_id = ${id}
        and h.kind in (${sql.join(
          kinds.map((kind) => sql`${kind}`),
          sql`, `,
        )})
      order by h.at desc, h.id desc limit 1`),
  );
  return row ?? null;
}

/** The history of a record, newest first; also of one that is deleted. @throws DomainError `FORBIDDEN`, `VALIDATION` */
export async function listChanges(ctx: Context, input: ChangesInput): Promise<Page<Change>> {
  requireStaff(ctx.actor, "chats:read");
  const { offsetId = null } = input;
  if (offsetId !== null && !/^\d{1,15}$/.test(offsetId))
    throw requestError("invalidField", { field: "offsetId" }, { message: "offsetId: Not a place of this list" });
  const of = sql`h.entity = ${input.entity} and h.entity_id = ${input.id}`;
  const rows = rowsOf<Change>(
    await ctx.db.execute(sql`
      select ${CHANGE_COLUMNS} from crm_changes h where ${of} and (${offsetId}::bigint is null or h.id < ${offsetId}::bigint)
      order by h.id desc limit ${input.limit + 1}`),
  );
  const [counted] = rowsOf<{ count: number }>(
    await ctx.db.execute(sql`select count(*)::int as count from crm_changes h where ${of}`),
  );
  const items = rows.slice(0, input.limit);
  const hasMore = rows.length > input.limit;
  return {
    items,
    hasMore,
    totalCount: counted?.count ?? 0,
    nextOffsetId: hasMore ? String(items.at(-1)?.id) : null,
  };
}
