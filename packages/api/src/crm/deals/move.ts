import type { Transaction } from "@pult/db/database.ts";
import { countChanged, rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { DomainError } from "../../errors.ts";
import { crmError, invalidField } from "../errors.ts";
import type { moveDealInput } from "../inputs.ts";
import { type Author, addChanges, findLastChange, requireAuthor } from "../records/changes.ts";
import { readerOf } from "../records/entities.ts";
import { changeRecords } from "../records/publish.ts";
import { requireRecord } from "../records/select.ts";
import { lockRecord, tellChanged } from "../records/write.ts";
import type { CrmEvent, Deal, Stage } from "../schema.ts";
import { findStage, requireStage } from "../setup/pipelines.ts";
import { endOf } from "./create.ts";

type MoveInput = z.infer<typeof moveDealInput>;

/**
 * Moves a deal to a stage, or to another place in it. Of two who move it at once one is refused, and told where it went; its history has
 * both attempts.
 * @throws DomainError `NOT_FOUND`, `VALIDATION`, `CONFLICT` with who moved it where in its details
 */
export async function moveDeal(ctx: Context, input: MoveInput): Promise<Deal> {
  const author = requireAuthor(ctx);
  const { id } = input;
  // The refused attempt is stored too, so it is thrown after the commit.
  const refusal = await changeRecords(ctx, async (tx, events) => {
    const version = await lockRecord(tx, "deal", id);
    const before = await requireRecord(tx, "deal", id, null);
    const stage = await requireStage(tx, input.stageId);
    if (version !== input.version) return refuseMove(tx, { before, stage, author, at: ctx.now() });
    events.push(...(await placeDeal(tx, { input, before, stage, author, at: ctx.now() })));
    return null;
  });
  if (refusal) throw refusal;
  return requireRecord(ctx.db, "deal", id, readerOf(ctx));
}

interface Attempt {
  before: Deal;
  stage: Stage;
  author: Author;
  at: Date;
}

const named = ({ id, name }: { id: string; name: string }) => ({ id, name });

async function refuseMove(tx: Transaction, { before, stage, author, at }: Attempt): Promise<DomainError> {
  const current = await findStage(tx, before.stageId);
  const last = await findLastChange(tx, { entity: "deal", id: before.id, kinds: ["created", "updated", "moved"] });
  const details = { to: named(stage), from: current && named(current), because: last?.id ?? null };
  await addChanges(tx, { author, at }, [{ entity: "deal", entityId: before.id, kind: "moveRefused", details }]);
  const [actor, when, version] = [last?.actorName ?? "", last?.at ?? "", before.version];
  const told = { version, changedBy: last?.actor ?? null, actorName: actor, at: when };
  if (last?.kind !== "moved") return crmError("stale", { actor, at: when }, { details: told });
  return crmError(
    "dealMoved",
    { actor, stage: current?.name ?? "", at: when },
    { details: { ...told, stageId: before.stageId, stageName: current?.name ?? null } },
  );
}

async function placeDeal(
  tx: Transaction,
  { input, before, stage, author, at }: Attempt & { input: MoveInput },
): Promise<CrmEvent[]> {
  const { id } = input;
  const { position, renumbered } = await positionFor(tx, input);
  const isOther = stage.id !== before.stageId;
  const from = await findStage(tx, before.stageId);
  const moment = sql`${at.toISOString()}::timestamptz`;
  await tx.execute(sql`
    update crm_deals set stage_id = ${stage.id}, position = ${position}::float8, version = version + 1, updated_at = ${moment},
      stage_since = case when ${isOther} then ${moment} else stage_since end,
      closed_at = ${stage.kind === "open" ? sql`null` : sql`coalesce(closed_at, ${moment})`} where id = ${id}`);
  const record = await requireRecord(tx, "deal", id, null);
  if (isOther) {
    const details = { from: from && named(from), to: named(stage) };
    await addChanges(tx, { author, at }, [{ entity: "deal", entityId: id, kind: "moved", details }]);
  }
  const [, ...affected] = await tellChanged(tx, record);
  const { id: actor, name: actorName } = author;
  const moved = { type: "dealMoved", record, fromStageId: before.stageId, actor, actorName } as const;
  const many = renumbered > 0 ? [{ type: "manyChanged", entity: "deal", count: renumbered } as const] : [];
  return [moved, ...affected, ...many];
}

/** Half way to the deal before: below this, doubles have no place left. */
const MIN_GAP = 1e-6;

/** @returns how many deals got another place, too, because there was none between two */
async function positionFor(
  tx: Transaction,
  { id, stageId, beforeId }: MoveInput,
): Promise<{ position: string; renumbered: number }> {
  if (!beforeId || beforeId === id) return { position: await endOf(tx, stageId), renumbered: 0 };
  const between = ({ previous, next }: { previous: number; next: number }) => String((next + previous) / 2);
  const place = await gapBefore(tx, { id, stageId, beforeId });
  if (place.next - place.previous >= MIN_GAP) return { position: between(place), renumbered: 0 };
  const renumbered = await renumber(tx, stageId);
  return { position: between(await gapBefore(tx, { id, stageId, beforeId })), renumbered };
}

/** @throws DomainError `VALIDATION` */
async function gapBefore(
  tx: Transaction,
  { id, stageId, beforeId }: { id: string; stageId: string; beforeId: string },
): Promise<{ previous: number; next: number }> {
  const [row] = rowsOf<{ previous: number | null; next: number }>(
    await tx.execute(sql`
      select n.position as next, (select max(p.position) from crm_deals p where p.stage_id = n.stage_id and p.id <> ${id}
        and (p.position, p.id) < (n.position, n.id)) as previous
      from crm_deals n where n.id = ${beforeId} and n.stage_id = ${stageId}`),
  );
  if (!row) throw invalidField("beforeId", "No deal of this stage");
  return { previous: row.previous ?? row.next - 2, next: row.next };
}

const renumber = (tx: Transaction, stageId: string): Promise<number> =>
  countChanged(
    tx,
    sql`update crm_deals d set position = o.place from (
      select id, row_number() over (order by position, id) as place from crm_deals where stage_id = ${stageId}) o
      where d.id = o.id`,
  );
