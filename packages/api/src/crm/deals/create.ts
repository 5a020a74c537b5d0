import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { z } from "zod";
import type { Context } from "../../context.ts";
import type { Language } from "../inputs.ts";
import { requireAuthor } from "../records/changes.ts";
import { readerOf } from "../records/entities.ts";
import { changeRecords } from "../records/publish.ts";
import { requireRecord } from "../records/select.ts";
import { insertRecord, tellChanged } from "../records/write.ts";
import type { createDealInput, Deal, Stage } from "../schema.ts";
import { languageFor, readPipelines, requireStage } from "../setup/pipelines.ts";

/** Of deals whose amount is in none that was named. */
const DEFAULT_CURRENCY = "EUR";

/** Adds a deal at the end of a stage, by default the first one of the first pipeline. @throws DomainError `VALIDATION`, `NOT_FOUND` */
export async function createDeal(ctx: Context, input: z.infer<typeof createDealInput>): Promise<Deal> {
  const author = requireAuthor(ctx);
  const at = ctx.now();
  const language = await languageFor(ctx);
  const id = await changeRecords(ctx, async (tx, events) => {
    const stage = await stageOf(tx, input.stageId, language);
    const more = {
      stageId: stage.id,
      position: await endOf(tx, stage.id),
      stageSince: at.toISOString(),
      ...(stage.kind === "open" ? {} : { closedAt: at.toISOString() }),
    };
    const given = { ...input, currency: input.currency ?? DEFAULT_CURRENCY };
    const added = await insertRecord(tx, "deal", given, { author, at, more });
    if (added === null) throw new Error("The deal was not written");
    events.push(...(await tellChanged(tx, await requireRecord(tx, "deal", added, null))));
    return added;
  });
  return requireRecord(ctx.db, "deal", id, readerOf(ctx));
}

async function stageOf(tx: Transaction, stageId: string | undefined, language: Language): Promise<Stage> {
  if (stageId !== undefined) return requireStage(tx, stageId);
  const [pipeline] = await readPipelines(tx, language);
  return requireStage(tx, pipeline?.stages[0]?.id ?? "");
}

/** The place after the last deal of a stage. */
export async function endOf(tx: Transaction, stageId: string): Promise<string> {
  const [row] = rowsOf<{ position: number }>(
    await tx.execute(sql`select coalesce(max(position), 0) + 1 as position from crm_deals where stage_id = ${stageId}`),
  );
  return String(row?.position ?? 1);
}
