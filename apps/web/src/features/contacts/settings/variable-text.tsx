import { useTranslations } from "next-intl";
import { type ReactNode, useRef } from "react";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Field, inputClass } from "../../../ui/field.tsx";

const VARIABLES = ["first_name", "last_name", "company", "agent_name"] as const;

type VariableTextProps = {
  label: string;
  value: string;
  isTried: boolean;
  onChange: (text: string) => void;
  /** Beside the variables. */
  children?: ReactNode;
};

/** A text with variables, which are put in where the caret is; asked for once the form was sent without. */
export function VariableText({ label, value, isTried, onChange, children }: VariableTextProps) {
  const t = useTranslations("contacts.setup");
  const area = useRef<HTMLTextAreaElement>(null);
  const insert = (variable: string) => {
    const at = area.current?.selectionStart ?? value.length;
    const end = area.current?.selectionEnd ?? at;
    onChange(`${value.slice(0, at)}{${variable}}${value.slice(end)}`);
    area.current?.focus();
  };
  return (
    <>
      <Field
        label={label}
        hint={t("textHint", { example: '{first_name or "there"}' })}
        {...(isTried && value.trim() === "" ? { error: t("textMissing") } : {})}
      >
        {(control) => (
          <textarea
            {...control}
            ref={area}
            rows={8}
            maxLength={4_096}
            value={value}
            onChange={({ currentTarget }) => onChange(currentTarget.value)}
            className={cx(inputClass(), "h-auto py-1.5")}
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-1.5">
        {VARIABLES.map((variable) => (
          <Button key={variable} size="sm" onClick={() => insert(variable)}>
            {t(`variable.${variable}`)}
          </Button>
        ))}
        {children}
      </div>
    </>
  );
}
