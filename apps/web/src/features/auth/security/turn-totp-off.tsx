"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { disableTotpInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field } from "../../../ui/field.tsx";
import { Input } from "../../../ui/input.tsx";
import { PasswordInput } from "../../../ui/password-input.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useSecurityChanged } from "./use-security-changed.ts";

/** Both proofs once more: a page left open is not enough to weaken an account. */
export function TurnTotpOff({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failureText = useFailureText();
  const changed = useSecurityChanged();
  const form = useForm<z.infer<typeof disableTotpInput>>({
    resolver: zodResolver(disableTotpInput),
    defaultValues: { password: "", code: "" },
  });
  const disable = useMutation(
    trpc.auth.totp.disable.mutationOptions({
      onSuccess: () => {
        changed(t("security.totpOff"));
        onClose();
      },
    }),
  );
  const failure = disable.error ? toFailure(disable.error) : null;
  const { errors } = form.formState;
  return (
    <form
      noValidate
      className="flex max-w-[400px] flex-col gap-4"
      onSubmit={form.handleSubmit((input) => !disable.isPending && disable.mutate(input))}
    >
      <p>{t("security.turnOffHint")}</p>
      <Field label={t("security.currentPassword")} error={errors.password && t("signIn.passwordRequired")}>
        {(control) => (
          <PasswordInput
            {...control}
            {...form.register("password", { onChange: () => disable.reset() })}
            showLabel={t("signIn.showPassword")}
            hideLabel={t("signIn.hidePassword")}
            autoComplete="current-password"
            autoFocus
          />
        )}
      </Field>
      <Field
        label={t("signIn.code")}
        hint={t("signIn.codeHint")}
        error={(errors.code && t("signIn.codeRequired")) ?? (failure ? failureText(failure) : undefined)}
      >
        {(control) => (
          <Input
            {...control}
            {...form.register("code", { onChange: () => disable.reset() })}
            inputSize="lg"
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <div className="flex gap-2">
        <Button type="submit" variant="danger" aria-disabled={disable.isPending}>
          {t("security.turnOff")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}
