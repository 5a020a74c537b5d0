import type { Entity } from "@pult/api/crm/schema.ts";

export const CONTACTS = "/contacts";
export const BULK = `${CONTACTS}/bulk`;
export const bulkHref = (id: string): string => `${BULK}?open=${id}`;

/** The page of a contact; the sheet of a company or a deal. */
export function recordHref(entity: Entity, id: string): string {
  if (entity === "contact") return `${CONTACTS}/${id}`;
  return `${CONTACTS}?tab=${entity === "company" ? "companies" : "deals"}&open=${id}`;
}
