"use client";

import { useTranslations } from "next-intl";
import type { ComponentProps } from "react";
import { Field } from "../../../ui/field.tsx";
import { PasswordInput } from "../../../ui/password-input.tsx";

type NewPasswordFieldProps = {
  label: string;
  error: string | undefined;
  input: Omit<ComponentProps<typeof PasswordInput>, "showLabel" | "hideLabel">;
};

/** A password to come: what it has to be is said before it is refused. */
export function NewPasswordField({ label, error, input }: NewPasswordFieldProps) {
  const t = useTranslations();
  return (
    <Field label={label} hint={t("security.newPasswordHint")} error={error}>
      {(control) => (
        <PasswordInput
          {...control}
          {...input}
          showLabel={t("signIn.showPassword")}
          hideLabel={t("signIn.hidePassword")}
          autoComplete="new-password"
        />
      )}
    </Field>
  );
}
