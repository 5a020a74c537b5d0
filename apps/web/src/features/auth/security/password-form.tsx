"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { changePasswordInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field } from "../../../ui/field.tsx";
import { PasswordInput } from "../../../ui/password-input.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useSecurityChanged } from "./use-security-changed.ts";

/** The new password ends every other session. */
export function PasswordForm({ email, onClose }: { email: string; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failureText = useFailureText();
  const changed = useSecurityChanged();
  const form = useForm<z.infer<typeof changePasswordInput>>({
    resolver: zodResolver(changePasswordInput),
    defaultValues: { current: "", next: "" },
  });
  const change = useMutation(
    trpc.auth.password.change.mutationOptions({
      onSuccess: () => {
        changed(t("security.passwordChanged"));
        onClose();
      },
    }),
  );
  const failure = change.error ? toFailure(change.error) : null;
  const failed = failure ? failureText(failure) : undefined;
  const isAboutNew = failure?.key === "auth.passwordIsEmail" || failure?.key === "auth.passwordSame";
  const { errors } = form.formState;
  const shown = { showLabel: t("signIn.showPassword"), hideLabel: t("signIn.hidePassword") };
  return (
    <form
      noValidate
      className="flex max-w-[400px] flex-col gap-4"
      onSubmit={form.handleSubmit((input) => !change.isPending && change.mutate(input))}
    >
      {/* For password managers, which keep the new one under this name. */}
      <input type="text" readOnly hidden autoComplete="username" value={email} />
      <Field
        label={t("security.currentPassword")}
        error={(errors.current && t("signIn.passwordRequired")) ?? (isAboutNew ? undefined : failed)}
      >
        {(control) => (
          <PasswordInput
            {...control}
            {...form.register("current", { onChange: () => change.reset() })}
            {...shown}
            autoComplete="current-password"
            autoFocus
          />
        )}
      </Field>
      <Field
        label={t("security.newPassword")}
        hint={t("security.newPasswordHint")}
        error={(errors.next && t("security.passwordShort")) ?? (isAboutNew ? failed : undefined)}
      >
        {(control) => (
          <PasswordInput
            {...control}
            {...form.register("next", { onChange: () => change.reset() })}
            {...shown}
            autoComplete="new-password"
          />
        )}
      </Field>
      <p className="text-12 text-muted">{t("security.othersEnd")}</p>
      <div className="flex gap-2">
        <Button type="submit" variant="primary" aria-disabled={change.isPending}>
          {t("security.changePassword")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}
