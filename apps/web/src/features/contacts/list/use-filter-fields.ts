import type { Entity, Field, Filter } from "@pult/api/crm/schema.ts";
import { useFormatter, useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useColleagues, useFields, usePipelines, useTags } from "../data/use-setup.ts";

type Operator = Filter["operator"];
type Kind = "text" | "number" | "date" | "instant" | "boolean" | "choice" | "several" | "tag";

export type FilterField = {
  field: string;
  label: string;
  kind: Kind;
  options: readonly { id: string; label: string }[];
};

/** What makes sense of each kind, the most wanted first. */
export const OPERATORS_OF: Readonly<Record<Kind, readonly Operator[]>> = {
  text: ["contains", "is", "isNot", "isSet", "isEmpty"],
  number: ["atLeast", "atMost", "is", "isSet", "isEmpty"],
  date: ["is", "before", "after", "isSet", "isEmpty"],
  instant: ["after", "before", "isSet", "isEmpty"],
  boolean: ["is"],
  choice: ["is", "isNot", "isSet", "isEmpty"],
  several: ["contains", "isSet", "isEmpty"],
  tag: ["is", "isNot", "isSet", "isEmpty"],
};

export const needsValue = (operator: Operator): boolean => operator !== "isSet" && operator !== "isEmpty";

const KIND_OF: Readonly<Record<Field["type"], Kind>> = {
  text: "text",
  longText: "text",
  number: "number",
  date: "date",
  select: "choice",
  multiSelect: "several",
  checkbox: "boolean",
};

const TEXTS: Readonly<Record<Entity, readonly string[]>> = {
  contact: ["email", "phone", "username", "source"],
  company: ["website", "phone"],
  deal: ["nextStep"],
};
const INSTANTS: Readonly<Record<Entity, readonly string[]>> = {
  contact: ["lastContactAt", "createdAt"],
  company: ["createdAt"],
  deal: ["nextStepAt", "closedAt", "createdAt"],
};

const CONSENTS = ["agreed", "refused"] as const;
const STAGE_KINDS = ["open", "won", "lost"] as const;

/** What a list of records can be filtered by: its columns, tags, and custom fields. */
export function useFilterFields(entity: Entity): FilterField[] {
  const t = useTranslations("contacts");
  const colleagues = useColleagues();
  const tags = useTags();
  const fields = useFields(entity);
  const pipelines = usePipelines();
  const label = (field: string) => t(`field.${field as "email"}`);
  const of = (kind: Kind) => (field: string) => ({ field, label: label(field), kind, options: [] });
  const choice = (field: string, options: FilterField["options"], kind: Kind = "choice") => ({
    field,
    label: label(field),
    kind,
    options,
  });
  const found: FilterField[] = [
    choice(
      "ownerId",
      colleagues.map(({ id, name }) => ({ id, label: name })),
    ),
    choice(
      "tag",
      tags.map(({ id, name }) => ({ id, label: name })),
      "tag",
    ),
    ...TEXTS[entity].map(of("text")),
    ...INSTANTS[entity].map(of("instant")),
    of("boolean")("hasChat"),
  ];
  if (entity === "contact") {
    found.push(
      of("boolean")("unanswered"),
      choice(
        "consent",
        CONSENTS.map((id) => ({ id, label: t(`consent.${id}`) })),
      ),
    );
  }
  if (entity === "deal") {
    const stages = pipelines.flatMap((pipeline) =>
      pipeline.stages.map(({ id, name }) => ({
        id,
        label: pipelines.length > 1 ? `${pipeline.name}: ${name}` : name,
      })),
    );
    found.push(
      of("number")("amount"),
      choice("stageId", stages),
      choice(
        "stageKind",
        STAGE_KINDS.map((id) => ({ id, label: t(`stageKind.${id}`) })),
      ),
    );
  }
  return [
    ...found,
    ...fields.map(({ id, name, type, options }) => ({ field: id, label: name, kind: KIND_OF[type], options })),
  ];
}

/** A filter in words: "Owner: Agent A", "Last contact after 12 Nov". */
export function useFilterText(entity: Entity): (filter: Filter) => string {
  const t = useTranslations("contacts.filter");
  const time = useTimeText();
  const format = useFormatter();
  const fields = useFilterFields(entity);
  return ({ field, operator, value }) => {
    const known = fields.find((one) => one.field === field);
    const one = (raw: string | number | boolean): string => {
      if (typeof raw === "boolean") return t(raw ? "yes" : "no");
      if (typeof raw === "number") return format.number(raw);
      if (known?.kind === "instant" || known?.kind === "date") return time.date(raw);
      return known?.options.find(({ id }) => id === raw)?.label ?? raw;
    };
    const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
    return t(`text.${operator}`, { field: known?.label ?? field, value: format.list(values.map(one)) });
  };
}
