import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, uuidsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { z } from "zod";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { crmError } from "../errors.ts";
import type { Language, PipelinesInput, RecordInput, savePipelineInput } from "../inputs.ts";
import { requireAuthor } from "../records/changes.ts";
import { changeRecords } from "../records/publish.ts";
import type { Pipeline, Stage } from "../schema.ts";

/** The same on every installation, so that of two who make it at once one makes none. */
const DEFAULT_ID = "00000000-0000-4000-8000-00000000c001";
const KINDS = [
  { kind: "open", probability: 10 },
  { kind: "open", probability: 40 },
  { kind: "open", probability: 80 },
  { kind: "open", probability: 90 },
  { kind: "open", probability: 95 },
  { kind: "won", probability: 100 },
  { kind: "lost", probability: 0 },
] as const;
const DEFAULT_NAMES: Readonly<Record<Language, { pipeline: string; stages: readonly string[] }>> = {
  en: { pipeline: "Orders", stages: ["New", "Agreed", "Paid", "Packed", "On the way", "Delivered", "Cancelled"] },
  ru: { pipeline: "Заказы", stages: ["Новый", "Согласован", "Оплачен", "Собран", "В пути", "Доставлен", "Отменён"] },
};

/** The language of the first pipeline: that of the page that asks for it, else the agent's. */
export async function languageFor({ db, actor }: Pick<Context, "db" | "actor">, given?: Language): Promise<Language> {
  if (given !== undefined || actor.kind !== "agent") return given ?? "en";
  const [person] = rowsOf<{ isRussian: boolean | null }>(
    await db.execute(sql`select language_code ~* '^ru' as "isRussian" from people where id = ${actor.personId}`),
  );
  return person?.isRussian ? "ru" : "en";
}

/** Pipelines with their stages, in their order; there is always one, made in this language. */
export async function readPipelines(db: Database | Transaction, language: Language = "en"): Promise<Pipeline[]> {
  const pipelines = await selectPipelines(db);
  if (pipelines.length > 0) return pipelines;
  const { pipeline, stages } = DEFAULT_NAMES[language];
  const rows = KINDS.map((kind, position) => ({ ...kind, position, name: stages[position] ?? "" }));
  await db.execute(sql`
    with made as (
      insert into crm_pipelines (id, name, position) values (${DEFAULT_ID}, ${pipeline}, 0) on conflict do nothing returning id)
    insert into crm_stages (pipeline_id, name, position, kind, probability)
    select made.id, s.name, s.position, s.kind, s.probability
    from made, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s(name text, position int, kind text, probability int)`);
  return selectPipelines(db);
}

const selectPipelines = async (db: Database | Transaction): Promise<Pipeline[]> =>
  rowsOf<Pipeline>(
    await db.execute(sql`
      select p.id, p.name, coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'position', s.position, 'kind', s.kind,
        'probability', s.probability) order by s.position, s.id) filter (where s.id is not null), '[]'::jsonb) as stages
      from crm_pipelines p left join crm_stages s on s.pipeline_id = p.id group by p.id order by p.position, p.id`),
  );

/** @throws DomainError `FORBIDDEN` */
export async function listPipelines(ctx: Context, { language }: PipelinesInput): Promise<{ items: Pipeline[] }> {
  requireStaff(ctx.actor, "chats:read");
  return { items: await readPipelines(ctx.db, await languageFor(ctx, language)) };
}

export async function findStage(db: Database | Transaction, id: string): Promise<Stage | null> {
  const [stage] = rowsOf<Stage>(
    await db.execute(sql`select id, name, position, kind, probability from crm_stages where id = ${id}`),
  );
  return stage ?? null;
}

/** A stage, which stays until the transaction ends. @throws DomainError `NOT_FOUND` */
export async function requireStage(tx: Transaction, id: string): Promise<Stage> {
  const [stage] = rowsOf<Stage>(
    await tx.execute(sql`
      select id, name, position, kind, probability from crm_stages where id::text = ${id} for key share`),
  );
  if (!stage) throw crmError("stageNotFound");
  return stage;
}

type SaveInput = z.infer<typeof savePipelineInput>;

/**
 * Adds a pipeline, or changes its name and stages: those by id stay, in the order given; those that are not given go.
 * @throws DomainError `NOT_FOUND`, `CONFLICT` with the count when deals are in a stage that goes
 */
export async function savePipeline(ctx: Context, input: SaveInput): Promise<Pipeline> {
  requireAuthor(ctx);
  const id = await changeRecords(ctx, async (tx, events) => {
    const saved = await storePipeline(tx, input);
    await removeStages(tx, saved, input);
    await storeStages(tx, saved, input);
    await recordAudit(tx, ctx, {
      action: input.id === undefined ? "pipelines.created" : "pipelines.changed",
      target: { kind: "crmPipeline", id: saved, name: input.name },
      details: { stages: input.stages.map(({ name }) => name) },
    });
    events.push({ type: "setupChanged" });
    return saved;
  });
  const pipeline = (await readPipelines(ctx.db)).find((one) => one.id === id);
  if (!pipeline) throw crmError("pipelineNotFound");
  return pipeline;
}

async function storePipeline(tx: Transaction, { id, name }: SaveInput): Promise<string> {
  const [row] = rowsOf<{ id: string }>(
    await tx.execute(
      id === undefined
        ? sql`insert into crm_pipelines (name, position) select ${name}, coalesce(max(position), -1) + 1 from crm_pipelines returning id`
        : sql`update crm_pipelines set name = ${name} where id = ${id} returning id`,
    ),
  );
  if (!row) throw crmError("pipelineNotFound");
  return row.id;
}

async function removeStages(tx: Transaction, pipelineId: string, { stages }: SaveInput): Promise<void> {
  const kept = uuidsIn(stages.flatMap(({ id }) => id ?? []));
  const going = sql`select id from crm_stages where pipeline_id = ${pipelineId} and id not in ${kept}`;
  await tx.execute(sql`${going} order by id for update`);
  await requireUnused(tx, going);
  await tx.execute(sql`delete from crm_stages where pipeline_id = ${pipelineId} and id not in ${kept}`);
}

/** @throws DomainError `CONFLICT` */
async function requireUnused(tx: Transaction, stages: ReturnType<typeof sql>): Promise<void> {
  const [row] = rowsOf<{ count: number }>(
    await tx.execute(sql`select count(*)::int as count from crm_deals where stage_id in (${stages})`),
  );
  const count = row?.count ?? 0;
  if (count > 0) throw crmError("stageInUse", { count }, { details: { count } });
}

/** @throws DomainError `NOT_FOUND` for a stage of another pipeline */
async function storeStages(tx: Transaction, pipelineId: string, { stages }: SaveInput): Promise<void> {
  for (const [position, { id, name, kind, probability }] of stages.entries()) {
    const [row] = rowsOf<{ id: string }>(
      await tx.execute(
        id === undefined
          ? sql`insert into crm_stages (pipeline_id, name, position, kind, probability)
              values (${pipelineId}, ${name}, ${position}, ${kind}, ${probability}) returning id`
          : sql`update crm_stages set name = ${name}, position = ${position}, kind = ${kind}, probability = ${probability}
              where id = ${id} and pipeline_id = ${pipelineId} returning id`,
      ),
    );
    if (!row) throw crmError("stageNotFound");
  }
}

/** Deletes a pipeline without deals; without any, the next who asks gets the default one. @throws DomainError `NOT_FOUND`, `CONFLICT` */
export async function deletePipeline(ctx: Context, { id }: RecordInput): Promise<void> {
  requireAuthor(ctx);
  await changeRecords(ctx, async (tx, events) => {
    const stages = sql`select id from crm_stages where pipeline_id = ${id}`;
    await tx.execute(sql`${stages} order by id for update`);
    await requireUnused(tx, stages);
    const [gone] = rowsOf<{ name: string }>(
      await tx.execute(sql`delete from crm_pipelines where id = ${id} returning name`),
    );
    if (!gone) throw crmError("pipelineNotFound");
    await recordAudit(tx, ctx, { action: "pipelines.deleted", target: { kind: "crmPipeline", id, name: gone.name } });
    events.push({ type: "setupChanged" });
  });
}
