import { TEXT_MODES, type TextMatch } from "@pult/api/workflows/automations/schema.ts";
import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { Field, Input, inputClass } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { Checkbox } from "../../../ui/switch.tsx";

/** A list as wide as the form, under its name. */
export function LabelledSelect<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <div>
      <p aria-hidden className="mb-1.5 font-medium text-12 text-fg-2">
        {props.label}
      </p>
      <Select look="field" {...props} />
    </div>
  );
}

type ChoicesProps<T extends string | number> = {
  label: string;
  value: readonly T[];
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T[]) => void;
};

/** Some of several. */
export function Choices<T extends string | number>({ label, value, options, onChange }: ChoicesProps<T>) {
  const id = useId();
  const toggle = (option: T, isChosen: boolean) =>
    onChange(
      options.flatMap((one) => ((one.value === option ? isChosen : value.includes(one.value)) ? one.value : [])),
    );
  return (
    <fieldset className="min-w-0">
      <legend className="font-medium text-12 text-fg-2">{label}</legend>
      <ul className="flex flex-wrap gap-x-3">
        {options.map((option) => (
          <li key={option.value}>
            <label htmlFor={`${id}-${option.value}`} className="flex min-w-0 items-center">
              <Checkbox
                id={`${id}-${option.value}`}
                checked={value.includes(option.value)}
                onChange={(isChosen) => toggle(option.value, isChosen)}
              />
              {option.label}
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

/** Which texts. Several parts or words stand on lines of their own. */
export function TextFields({ value, onChange }: { value: TextMatch; onChange: (value: TextMatch) => void }) {
  const t = useTranslations("automations");
  const { mode, values } = value;
  const change = (text: string) => onChange({ mode, values: mode === "pattern" ? [text] : text.split("\n") });
  return (
    <>
      <LabelledSelect
        label={t("text")}
        value={mode}
        options={TEXT_MODES.map((one) => ({ value: one, label: t(`textMode.${one}`) }))}
        onChange={(next) => onChange({ mode: next, values: next === "any" ? [] : values })}
      />
      {mode === "any" ? null : (
        <Field label={t(`textValue.${mode}`)} hint={t(mode === "pattern" ? "patternHint" : "linesHint")}>
          {(control) =>
            mode === "pattern" ? (
              <Input
                {...control}
                value={values[0] ?? ""}
                spellCheck={false}
                maxLength={200}
                onChange={({ currentTarget }) => change(currentTarget.value)}
                className="font-mono max-md:h-11"
              />
            ) : (
              <TextArea {...control} value={values.join("\n")} onChange={change} />
            )
          }
        </Field>
      )}
    </>
  );
}

type TextAreaProps = { id: string; value: string; maxLength?: number; onChange: (value: string) => void };

export function TextArea({ onChange, ...props }: TextAreaProps) {
  return (
    <textarea
      {...props}
      rows={3}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      className={`${inputClass()} h-auto resize-y py-1.5`}
    />
  );
}
