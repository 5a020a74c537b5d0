import { useTranslations } from "next-intl";
import type { ComponentProps } from "react";
import { Field, Input, PasswordInput } from "../../ui/field.tsx";

type InputFieldProps = ComponentProps<typeof Input> & { error?: string | undefined };

type EmailFieldProps = InputFieldProps & {
  /** What stands there and is no address; undefined while nothing is wrong with it. */
  invalid: string | false | undefined;
};

export function EmailField({ invalid, error, ...input }: EmailFieldProps) {
  const t = useTranslations("signIn");
  const isInvalid = typeof invalid === "string";
  return (
    <Field label={t("email")} error={isInvalid ? t(invalid === "" ? "emailRequired" : "emailInvalid") : error}>
      {(control) => (
        <Input
          inputSize="lg"
          autoComplete="username"
          {...control}
          {...input}
          type="email"
          inputMode="email"
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
    </Field>
  );
}

/** What an agent is called. */
export function NameField({ isMissing, error, ...input }: InputFieldProps & { isMissing: boolean }) {
  const t = useTranslations("security");
  return (
    <Field label={t("name")} hint={t("nameHint")} error={isMissing ? t("nameRequired") : error}>
      {(control) => <Input {...control} {...input} maxLength={100} autoComplete="name" inputSize="lg" />}
    </Field>
  );
}

type PasswordFieldProps = ComponentProps<typeof PasswordInput> &
  Pick<ComponentProps<typeof Field>, "label" | "hint" | "error" | "aside">;

export function PasswordField({ label, hint, error, aside, ...input }: PasswordFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} aside={aside}>
      {(control) => <PasswordInput autoComplete="current-password" {...control} {...input} />}
    </Field>
  );
}

/** A password to come: what it has to be is said before it is refused. */
export function NewPasswordField(props: PasswordFieldProps) {
  const t = useTranslations("security");
  return <PasswordField hint={t("newPasswordHint")} autoComplete="new-password" {...props} />;
}

/** A code of the app, or a backup code. */
export function SecondStepField({ error, ...input }: InputFieldProps) {
  const t = useTranslations("signIn");
  return (
    <Field label={t("code")} hint={t("codeHint")} error={error}>
      {(control) => (
        <Input
          {...control}
          {...input}
          inputSize="lg"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
    </Field>
  );
}
