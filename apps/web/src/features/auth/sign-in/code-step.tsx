import { useTranslations } from "next-intl";
import { useState } from "react";
import { CODE_DIGITS, CodeField } from "../../../ui/code-field.tsx";
import { Field, Input } from "../../../ui/field.tsx";

type CodeStepProps = {
  value: string;
  error: string | undefined;
  onChange: (code: string) => void;
  /** Six digits are there: submits without a button. */
  onComplete: (code: string) => void;
};

/** The second step: the app's digits, or a backup code. */
export function CodeStep({ value, error, onChange, onComplete }: CodeStepProps) {
  const t = useTranslations("signIn");
  const [isBackup, setBackup] = useState(false);
  return (
    <div>
      <Field
        key={String(isBackup)}
        label={t(isBackup ? "backupCode" : "code")}
        hint={t(isBackup ? "backupCodeHint" : "codeAppHint")}
        error={error}
      >
        {(control) =>
          isBackup ? (
            <Input
              {...control}
              value={value}
              onChange={(event) => onChange(event.currentTarget.value)}
              maxLength={32}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              inputSize="lg"
              className="font-mono"
            />
          ) : (
            <CodeField
              {...control}
              autoFocus
              value={value}
              onChange={(typed) => {
                onChange(typed);
                if (typed.length === CODE_DIGITS) onComplete(typed);
              }}
            />
          )
        }
      </Field>
      <button
        type="button"
        className="mt-1 inline-flex min-h-8 items-center font-medium text-12 text-accent-text hover:underline"
        onClick={() => {
          onChange("");
          setBackup(!isBackup);
        }}
      >
        {t(isBackup ? "useApp" : "useBackup")}
      </button>
    </div>
  );
}
