import {
  type CrmRecord,
  createCompanyInput,
  createContactInput,
  createDealInput,
  type Entity,
  type FieldValue,
} from "@pult/api/crm/schema.ts";
import type { Changes } from "../data/use-record-actions.ts";
import type { Picked } from "./record-picker.tsx";

/** What a form holds of a record; an empty text is none. */
export type Values = {
  name: string;
  ownerId: string;
  email: string;
  phone: string;
  username: string;
  source: string;
  consent: string;
  website: string;
  amount: string;
  currency: string;
  stageId: string;
  nextStep: string;
  /** `YYYY-MM-DDTHH:mm`, in the reader's time. */
  nextStepAt: string;
  company: Picked | null;
  contact: Picked | null;
  fields: Record<string, FieldValue>;
};

const EMPTY: Values = {
  name: "",
  ownerId: "",
  email: "",
  phone: "",
  username: "",
  source: "",
  consent: "",
  website: "",
  amount: "",
  currency: "EUR",
  stageId: "",
  nextStep: "",
  nextStepAt: "",
  company: null,
  contact: null,
  fields: {},
};

export const TEXTS = {
  contact: ["name", "username", "phone", "email", "source", "consent"],
  company: ["name", "website", "phone"],
  deal: ["name", "amount", "currency", "nextStep", "nextStepAt"],
} as const satisfies Record<Entity, readonly (keyof Values)[]>;

const picked = (id: string | null, name: string | null): Picked | null => (id ? { id, name: name ?? "" } : null);

/** @param toLocal an instant as a `datetime-local` field has it */
export function valuesOf(record: CrmRecord | null, given: Partial<Values>, toLocal: (at: Date) => string): Values {
  if (!record) return { ...EMPTY, ...given };
  const values: Values = { ...EMPTY, ownerId: record.ownerId ?? "", fields: record.fields };
  for (const name of TEXTS[record.entity])
    values[name] = (record as unknown as Record<string, string | null>)[name] ?? "";
  if (record.entity !== "company") values.company = picked(record.companyId, record.companyName);
  if (record.entity !== "deal") return values;
  return {
    ...values,
    stageId: record.stageId,
    nextStepAt: record.nextStepAt ? toLocal(new Date(record.nextStepAt)) : "",
    contact: picked(record.contactId, record.contactName),
  };
}

const orNull = (text: string): string | null => text.trim() || null;

/** What a call takes: columns by name, none as null. */
export function inputOf(entity: Entity, values: Values): Record<string, unknown> {
  const input: Record<string, unknown> = { ownerId: orNull(values.ownerId), fields: values.fields };
  for (const name of TEXTS[entity]) input[name] = orNull(values[name]);
  input.name = values.name.trim();
  if (entity !== "company") input.companyId = values.company?.id ?? null;
  if (entity === "deal") {
    input.contactId = values.contact?.id ?? null;
    input.amount = orNull(values.amount.replace(/\s/g, "").replace(",", "."));
    input.currency = values.currency.toUpperCase();
    input.nextStepAt = values.nextStepAt ? new Date(values.nextStepAt).toISOString() : null;
  }
  return input;
}

const SCHEMAS = { contact: createContactInput, company: createCompanyInput, deal: createDealInput } as const;

/** Names of what the server would refuse. */
export function problemsOf(entity: Entity, input: Record<string, unknown>): ReadonlySet<string> {
  const { error } = SCHEMAS[entity].safeParse(input);
  return new Set((error?.issues ?? []).map(({ path }) => String(path[0] ?? "name")));
}

/** What is another now than in the record. */
export function changesOf(record: CrmRecord, input: Record<string, unknown>): Changes {
  const before = record as unknown as Record<string, unknown>;
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    if (name === "fields") continue;
    const is = (text: unknown) => (name === "amount" && text !== null ? Number(text) : text);
    if (is(value) !== is(before[name] ?? null)) changes[name] = value;
  }
  const fields = Object.entries(input.fields as Record<string, FieldValue>).filter(
    ([id, value]) => JSON.stringify(value) !== JSON.stringify(record.fields[id] ?? null),
  );
  return (fields.length > 0 ? { ...changes, fields: Object.fromEntries(fields) } : changes) as Changes;
}
