import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import type { ExportCsvInput } from "../inputs.ts";
import { readerOf } from "../records/entities.ts";
import { listRecords } from "../records/list.ts";
import { selectRecords } from "../records/select.ts";
import type { Contact, Page } from "../schema.ts";
import { readFields } from "../setup/fields.ts";
import { cellsOf, headersOf } from "./columns.ts";
import { BOM, formatLine } from "./format.ts";

interface ExportedPage {
  /** To be put behind the text of the page before. */
  text: string;
  count: number;
  totalCount: number;
  hasMore: boolean;
  nextOffsetId: string | null;
}

/**
 * Contacts that a query finds, or that are named, as CSV, page by page, so that neither side holds all of it: the first page begins with the headers. Cells that a
 * spreadsheet would take for formulas begin with an apostrophe, which an import takes away.
 * @throws DomainError `FORBIDDEN`, `VALIDATION`
 */
export async function exportCsv(ctx: Context, input: ExportCsvInput): Promise<ExportedPage> {
  requireStaff(ctx.actor, "chats:read");
  const fields = await readFields(ctx.db, "contact");
  const { items, hasMore, totalCount, nextOffsetId } =
    input.ids === undefined ? await listRecords(ctx, "contact", input) : await selectChosen(ctx, input.ids);
  const header = input.offsetId === undefined ? `${BOM}${formatLine(headersOf(fields))}` : "";
  const text = header + items.map((contact) => formatLine(cellsOf(contact, fields))).join("");
  return { text, count: items.length, totalCount, hasMore, nextOffsetId };
}

/** Those that are still there. */
async function selectChosen(ctx: Context, ids: readonly string[]): Promise<Page<Contact>> {
  const found = await selectRecords(ctx.db, "contact", [...new Set(ids)], readerOf(ctx));
  return { items: found, hasMore: false, totalCount: found.length, nextOffsetId: null };
}
