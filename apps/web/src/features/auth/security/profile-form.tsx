"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type UpdateProfileInput, updateProfileInput } from "@pult/api/auth/account/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field } from "../../../ui/field.tsx";
import { Input } from "../../../ui/input.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useAgent } from "../agent-context.tsx";
import { useSecurityChanged } from "./use-security-changed.ts";

/** A name, and with it the language of this page for the mails one gets. */
export function ProfileForm({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const languageCode = useLocale();
  const agent = useAgent();
  const failureText = useFailureText();
  const changed = useSecurityChanged();
  const form = useForm<UpdateProfileInput>({
    resolver: zodResolver(updateProfileInput),
    values: { name: agent.name, languageCode },
  });
  const update = useMutation(
    trpc.auth.profile.update.mutationOptions({
      onSuccess: () => {
        void queryClient.invalidateQueries({ queryKey: trpc.auth.me.queryKey() });
        changed(t("security.profileSaved"));
        onClose();
      },
    }),
  );
  const { errors } = form.formState;
  const error = (errors.name && t("security.nameRequired")) ?? (update.error && failureText(toFailure(update.error)));
  return (
    <form
      noValidate
      className="flex max-w-[400px] flex-col gap-4"
      onSubmit={form.handleSubmit((input) => !update.isPending && update.mutate(input))}
    >
      <Field label={t("security.name")} hint={t("security.nameHint")} error={error ?? undefined}>
        {(control) => <Input {...control} {...form.register("name")} autoComplete="name" autoFocus inputSize="lg" />}
      </Field>
      <div className="flex gap-2">
        <Button type="submit" variant="primary" aria-disabled={update.isPending}>
          {t("common.save")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}
