"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type Security, type UpdateProfileInput, updateProfileInput } from "@pult/api/auth/account/schema.ts";
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
import { useRoleText } from "../role-text.ts";
import { useSecurityChanged } from "./use-security-changed.ts";

/** A name, and with it the language of this page for the mails one gets. */
export function ProfileForm({ security }: { security: Security }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const languageCode = useLocale();
  const agent = useAgent();
  const roleText = useRoleText();
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
      },
    }),
  );
  const { errors, isDirty } = form.formState;
  const error = (errors.name && t("security.nameRequired")) ?? (update.error && failureText(toFailure(update.error)));
  return (
    <form
      noValidate
      className="mt-3 flex max-w-[860px] flex-wrap items-start gap-x-8 gap-y-3"
      onSubmit={form.handleSubmit((input) => isDirty && !update.isPending && update.mutate(input))}
    >
      <div className="w-full max-w-[400px]">
        <Field label={t("security.name")} hint={t("security.nameHint")} error={error ?? undefined}>
          {(control) => (
            <span className="flex gap-2">
              <Input {...control} {...form.register("name")} autoComplete="name" className="max-md:h-11" />
              <Button type="submit" aria-disabled={!isDirty || update.isPending} className="max-md:h-11">
                {t("common.save")}
              </Button>
            </span>
          )}
        </Field>
      </div>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 sm:mt-[22px]">
        <dt className="text-muted">{t("signIn.email")}</dt>
        <dd className="truncate">{security.email}</dd>
        <dt className="text-muted">{t("team.role")}</dt>
        <dd>{roleText(agent)}</dd>
      </dl>
    </form>
  );
}
