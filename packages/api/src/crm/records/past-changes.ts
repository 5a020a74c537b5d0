import type { Database } from "@pult/db/database.ts";
import { rowsOf, textsIn, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Entity } from "../schema.ts";
import { MAX_TOLD } from "../setup/apply-tags.ts";
import { isoOf } from "./select.ts";

export interface PastChange {
  /** ISO 8601. */
  at: string;
  entity: Entity;
  entityId: string;
}

interface Which {
  kind: "moved" | "tagged";
  /** Stages that deals were moved to, null for any; or tags that were set. */
  ids: readonly string[] | null;
  since: Date;
  limit: number;
}

/**
 * The newest changes of a kind that people made since a moment, oldest first, each of which was told as an event of its own: not those of actions on
 * so many records that one event told of them all.
 */
export async function selectPastChanges(db: Database, { kind, ids, since, limit }: Which): Promise<PastChange[]> {
  const about =
    kind === "moved"
      ? sql`${ids === null ? sql`true` : sql`h.details->'to'->>'id' in ${textsIn(ids)}`}`
      : sql`exists (select 1 from jsonb_array_elements_text(h.details->'added') x where x::uuid in ${uuidsIn(ids ?? [])})
          and (select count(*) from (select 1 from crm_changes o where o.batch = h.batch limit ${MAX_TOLD + 1}) o) <= ${MAX_TOLD}`;
  const rows = rowsOf<PastChange>(
    await db.execute(sql`
      select ${isoOf(sql`h.at`)} as at, h.entity, h.entity_id as "entityId" from crm_changes h
      where h.kind = ${kind} and h.at >= ${since.toISOString()}::timestamptz and h.actor <> 'pult' and ${about}
      order by h.at desc, h.id desc limit ${limit}`),
  );
  return rows.toReversed();
}
