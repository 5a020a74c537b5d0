import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { crmError } from "../errors.ts";
import type { BoardInput } from "../inputs.ts";
import { readerOf } from "../records/entities.ts";
import { findingOf } from "../records/list.ts";
import { selectRecords } from "../records/select.ts";
import type { Board } from "../schema.ts";
import { languageFor, readPipelines } from "../setup/pipelines.ts";

/** The stages of a pipeline with their first deals. @throws DomainError `FORBIDDEN`, `NOT_FOUND`, `VALIDATION` by field */
export async function readBoard(ctx: Context, { pipelineId, limit, language, ...query }: BoardInput): Promise<Board> {
  requireStaff(ctx.actor, "chats:read");
  const pipelines = await readPipelines(ctx.db, await languageFor(ctx, language));
  const pipeline = pipelineId === undefined ? pipelines[0] : pipelines.find(({ id }) => id === pipelineId);
  if (!pipeline) throw crmError("pipelineNotFound");
  const reader = readerOf(ctx);
  const where = await findingOf(ctx, "deal", { ...query, reader });
  const [sums, ids] = [await readSums(ctx, pipeline.id, where), await readFirst(ctx, pipeline.id, { where, limit })];
  const records = await selectRecords(
    ctx.db,
    "deal",
    ids.map(({ id }) => id),
    reader,
  );
  const columns = pipeline.stages.map(({ id: stageId }) => {
    const items = records.filter((record) => record.stageId === stageId);
    const { count: totalCount = 0, amounts = {} } = sums.get(stageId) ?? {};
    return { stageId, items, totalCount, hasMore: totalCount > items.length, amounts };
  });
  return { pipeline, columns };
}

interface Sums {
  stageId: string;
  count: number;
  amounts: Record<string, string>;
}

async function readSums({ db }: Context, pipelineId: string, where: SQL): Promise<Map<string, Sums>> {
  const rows = rowsOf<Sums>(
    await db.execute(sql`
      select o."stageId", sum(o.count)::int as count,
        coalesce(jsonb_object_agg(o.currency, o.total) filter (where o.total is not null), '{}'::jsonb) as amounts
      from (select r.stage_id as "stageId", r.currency, count(*) as count, sum(r.amount)::text as total
        from crm_deals r join crm_stages s on s.id = r.stage_id
        where s.pipeline_id = ${pipelineId} and ${where} group by r.stage_id, r.currency) o group by o."stageId"`),
  );
  return new Map(rows.map((row) => [row.stageId, row]));
}

const readFirst = async (
  { db }: Context,
  pipelineId: string,
  { where, limit }: { where: SQL; limit: number },
): Promise<{ id: string }[]> =>
  rowsOf<{ id: string }>(
    await db.execute(sql`
      select f.id from crm_stages s, lateral (
        select r.id, r.position from crm_deals r where r.stage_id = s.id and ${where} order by r.position, r.id limit ${limit}) f
      where s.pipeline_id = ${pipelineId} order by s.position, f.position, f.id`),
  );
