import type { Field as CustomField, FieldValue } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { cx } from "../../../ui/cx.ts";
import { Field, Input, inputClass } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { Checkbox } from "../../../ui/switch.tsx";

type CustomFieldInputProps = {
  field: CustomField;
  value: FieldValue;
  onChange: (value: FieldValue) => void;
  /** The name stands beside it already. */
  bare?: boolean;
  error?: string | undefined;
};

/** A number as people type it; what is none stays a text, which is refused when it is saved. */
export const toNumber = (typed: string): FieldValue => {
  const text = typed.trim().replace(/\s/g, "").replace(",", ".");
  if (text === "") return null;
  const number = Number(text);
  return Number.isNaN(number) ? typed : number;
};

function Several({ field, value, onChange }: CustomFieldInputProps) {
  const chosen = Array.isArray(value) ? value : [];
  const id = useId();
  return (
    <ul className="flex flex-wrap gap-x-4">
      {field.options.map((option) => (
        <li key={option.id} className="flex items-center">
          <Checkbox
            id={`${id}${option.id}`}
            checked={chosen.includes(option.id)}
            onChange={(isOn) => onChange(isOn ? [...chosen, option.id] : chosen.filter((other) => other !== option.id))}
            className="-ml-2"
          />
          <label htmlFor={`${id}${option.id}`} className="py-1">
            {option.label}
          </label>
        </li>
      ))}
    </ul>
  );
}

/** A value of one's own column, by its type. */
export function CustomFieldInput(props: CustomFieldInputProps) {
  const { field, value, onChange, bare, error } = props;
  const t = useTranslations("contacts");
  const { name, type, options } = field;
  const legend = bare ? "sr-only" : "mb-1 font-medium text-12 text-fg-2";
  if (type === "checkbox") {
    return (
      <Select
        look="field"
        label={name}
        caption={!bare}
        value={value === true ? "yes" : value === false ? "no" : ""}
        options={[
          { value: "", label: t("notSet") },
          { value: "yes", label: t("filter.yes") },
          { value: "no", label: t("filter.no") },
        ]}
        onChange={(next) => onChange(next === "" ? null : next === "yes")}
      />
    );
  }
  if (type === "select") {
    return (
      <Select
        look="field"
        label={name}
        caption={!bare}
        value={typeof value === "string" ? value : ""}
        options={[{ value: "", label: t("notSet") }, ...options.map(({ id, label }) => ({ value: id, label }))]}
        onChange={(next) => onChange(next || null)}
      />
    );
  }
  if (type === "multiSelect") {
    return (
      <fieldset>
        <legend className={legend}>{name}</legend>
        <Several {...props} />
      </fieldset>
    );
  }
  const shown = value === null || typeof value === "object" ? "" : String(value);
  return (
    <Field label={name} {...(bare ? { bare } : {})} {...(error ? { error } : {})}>
      {(control) =>
        type === "longText" ? (
          <textarea
            {...control}
            rows={3}
            maxLength={10_000}
            defaultValue={shown}
            onChange={({ currentTarget }) => onChange(currentTarget.value || null)}
            className={cx(inputClass(), "h-auto py-1.5")}
          />
        ) : (
          <Input
            {...control}
            type={type === "date" ? "date" : "text"}
            inputMode={type === "number" ? "decimal" : undefined}
            defaultValue={shown}
            maxLength={1_000}
            autoComplete="off"
            onChange={({ currentTarget: { value: typed } }) =>
              onChange(type === "number" ? toNumber(typed) : typed || null)
            }
            className={cx(type === "number" && "num", "max-md:h-11")}
          />
        )
      }
    </Field>
  );
}
