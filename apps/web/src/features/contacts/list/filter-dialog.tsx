import type { Entity, Filter } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Dialog } from "../../../ui/modal.tsx";
import { Select } from "../../../ui/select.tsx";
import { type FilterField, needsValue, OPERATORS_OF, useFilterFields } from "./use-filter-fields.ts";

type ValueProps = { field: FilterField; value: Filter["value"]; onChange: (value: Filter["value"]) => void };

/** Midnight of that day where the reader is. */
const toInstant = (day: string) => new Date(`${day}T00:00`).toISOString();
const toDay = (instant: string) => new Date(instant).toLocaleDateString("sv");

function ValueInput({ field, value, onChange }: ValueProps) {
  const t = useTranslations("contacts.filter");
  const { kind, options } = field;
  if (kind === "boolean" || kind === "choice" || kind === "several" || kind === "tag") {
    const choices =
      kind === "boolean"
        ? [
            { value: "true", label: t("yes") },
            { value: "false", label: t("no") },
          ]
        : options.map(({ id, label }) => ({ value: id, label }));
    return (
      <Select
        look="field"
        caption
        label={t("value")}
        value={value === undefined ? "" : String(value)}
        options={[...(value === undefined ? [{ value: "", label: t("choose") }] : []), ...choices]}
        onChange={(chosen) => onChange(kind === "boolean" ? chosen === "true" : chosen || undefined)}
      />
    );
  }
  const isInstant = kind === "instant";
  const shown = value === undefined ? "" : isInstant ? toDay(String(value)) : String(value);
  const change = (text: string) => {
    if (text === "") return onChange(undefined);
    if (kind === "number") return onChange(Number(text.replace(",", ".")));
    onChange(isInstant ? toInstant(text) : text);
  };
  return (
    <Field label={t("value")}>
      {(control) => (
        <Input
          {...control}
          key={kind}
          type={isInstant || kind === "date" ? "date" : "text"}
          inputMode={kind === "number" ? "decimal" : undefined}
          defaultValue={shown}
          maxLength={200}
          autoComplete="off"
          onChange={({ currentTarget }) => change(currentTarget.value)}
          className="max-md:h-11"
        />
      )}
    </Field>
  );
}

const isWhole = ({ operator, value }: Omit<Filter, "field">): boolean =>
  !needsValue(operator) || (value !== undefined && !Number.isNaN(value));

type FilterDialogProps = {
  entity: Entity;
  /** Null for a new one. */
  filter: Filter | null;
  onApply: (filter: Filter) => void;
  onClose: () => void;
};

/** One filter: of what, how, and with what it compares. */
export function FilterDialog({ entity, filter, onApply, onClose }: FilterDialogProps) {
  const t = useTranslations("contacts.filter");
  const tCommon = useTranslations("common");
  const fields = useFilterFields(entity);
  const first = fields.find(({ field }) => field === filter?.field) ?? fields[0];
  const [name, setName] = useState(first?.field ?? "");
  const field = fields.find((one) => one.field === name) ?? first;
  const [operator, setOperator] = useState<Filter["operator"]>(filter?.operator ?? "is");
  const [value, setValue] = useState<Filter["value"]>(filter?.value);
  const [hasTried, setTried] = useState(false);
  if (!field) return null;
  const operators = OPERATORS_OF[field.kind];
  const chosen = operators.includes(operator) ? operator : (operators[0] ?? "is");
  const isMissing = !isWhole({ operator: chosen, value });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isMissing) return;
    onClose();
    onApply({ field: field.field, operator: chosen, ...(needsValue(chosen) ? { value } : {}) });
  };
  return (
    <Dialog onClose={onClose} title={t(filter ? "change" : "add")} className="top-24 w-[400px]">
      <form noValidate onSubmit={submit} className="flex flex-col gap-4 p-6">
        <Select
          look="field"
          caption
          label={t("field")}
          value={field.field}
          options={fields.map((one) => ({ value: one.field, label: one.label }))}
          onChange={(next) => {
            setName(next);
            setValue(undefined);
          }}
        />
        <Select
          look="field"
          caption
          label={t("operator")}
          value={chosen}
          options={operators.map((one) => ({ value: one, label: t(`operators.${one}`) }))}
          onChange={setOperator}
        />
        {needsValue(chosen) ? <ValueInput key={field.field} field={field} value={value} onChange={setValue} /> : null}
        <p role="alert" className="text-12 text-danger empty:hidden">
          {hasTried && isMissing ? t("valueMissing") : null}
        </p>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{tCommon("cancel")}</Button>
          <Button type="submit" variant="primary">
            {t("apply")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
