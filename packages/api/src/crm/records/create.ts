import type { z } from "zod";
import type { Context } from "../../context.ts";
import { crmError } from "../errors.ts";
import type { Company, Contact, createCompanyInput, createContactInput } from "../schema.ts";
import { requireAuthor } from "./changes.ts";
import { readerOf } from "./entities.ts";
import { changeRecords } from "./publish.ts";
import { requireRecord } from "./select.ts";
import { findContact, insertRecord, tellChanged } from "./write.ts";

/**
 * Adds a contact. One that is this Telegram user or person already is answered as it is: of creations at once, one adds it.
 * @throws DomainError `VALIDATION`, `NOT_FOUND` for a tag
 */
export async function createContact(ctx: Context, input: z.infer<typeof createContactInput>): Promise<Contact> {
  const author = requireAuthor(ctx);
  const at = ctx.now();
  const more: Record<string, string> = input.consent ? { consentAt: at.toISOString() } : {};
  const id = await changeRecords(ctx, async (tx, events) => {
    const added = await insertRecord(tx, "contact", input, { author, at, more });
    if (added === null) return null;
    events.push(...(await tellChanged(tx, await requireRecord(tx, "contact", added, null))));
    return added;
  });
  return requireRecord(ctx.db, "contact", id ?? (await findExisting(ctx, input)), readerOf(ctx));
}

async function findExisting(
  { db }: Context,
  { telegramUserId = null, personId = null }: Pick<z.infer<typeof createContactInput>, "telegramUserId" | "personId">,
): Promise<string> {
  const id = await findContact(db, { telegramUserId, personId });
  // Deleted between the two.
  if (id === null) throw crmError("recordNotFound");
  return id;
}

/** @throws DomainError `VALIDATION`, `NOT_FOUND` for a tag */
export async function createCompany(ctx: Context, input: z.infer<typeof createCompanyInput>): Promise<Company> {
  const author = requireAuthor(ctx);
  const id = await changeRecords(ctx, async (tx, events) => {
    const added = await insertRecord(tx, "company", input, { author, at: ctx.now() });
    if (added === null) throw new Error("The company was not written");
    events.push(...(await tellChanged(tx, await requireRecord(tx, "company", added, null))));
    return added;
  });
  return requireRecord(ctx.db, "company", id, readerOf(ctx));
}
