import type { Database, Transaction } from "@pult/db/database.ts";
import { isTimeZone } from "../../time-zone.ts";
import type { Contact } from "../schema.ts";
import { readFields } from "../setup/fields.ts";

/** Names of the custom field that holds a contact's time zone. */
const NAMES = ["time zone", "timezone", "часовой пояс"];

/** Reads contacts' own time zones: IANA names in a custom field `Time zone`, a text or a select. @returns null where it is not known */
export async function timeZonesOf(db: Database | Transaction): Promise<(contact: Contact) => string | null> {
  const fields = (await readFields(db, "contact")).filter(({ name }) => NAMES.includes(name.trim().toLowerCase()));
  return ({ fields: values }) => {
    for (const { id, options } of fields) {
      const value = values[id];
      const name = options.find((option) => option.id === value)?.label ?? value;
      if (typeof name === "string" && isTimeZone(name.trim())) return name.trim();
    }
    return null;
  };
}
