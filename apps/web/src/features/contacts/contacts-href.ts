import type { Entity } from "@pult/api/crm/schema.ts";

export const CONTACTS = "/contacts";

/** The page of a contact; the sheet of a company or a deal. */
export function recordHref(entity: Entity, id: string): string {
  if (entity === "contact") return `${CONTACTS}/${id}`;
  return `${CONTACTS}?tab=${entity === "company" ? "companies" : "deals"}&open=${id}`;
}
