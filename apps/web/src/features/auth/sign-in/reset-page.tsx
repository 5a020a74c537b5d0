"use client";

import { type ResetSubject, resetPasswordInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { NewPasswordField } from "../fields.tsx";
import { useSchemaForm } from "../use-schema-form.ts";
import { CodeStep } from "./code-step.tsx";
import { LinkForm, linkEnds } from "./link-form.tsx";
import { LinkPage, type OpenLink } from "./link-page.tsx";
import { useProof } from "./use-proof.ts";

function ResetForm({ token, subject, onStale }: OpenLink<ResetSubject>) {
  const t = useTranslations();
  const trpc = useTRPC();
  const reset = useMutation(trpc.auth.password.reset.mutationOptions(linkEnds(onStale)));
  const proof = useProof(reset, reset.variables?.code !== undefined);
  const form = useSchemaForm(resetPasswordInput, {
    defaultValues: { token, password: "" },
  });
  const { errors } = form.formState;
  const isBusy = reset.isPending || reset.isSuccess;
  const submit = form.handleSubmit((input) => !isBusy && !proof.isBlocked && reset.mutate(input));
  return (
    <LinkForm onSubmit={submit} submitLabel={t("reset.submit")} isHeld={isBusy || proof.isBlocked}>
      <p className="text-fg-2">{t("reset.for", subject)}</p>
      <input type="text" readOnly hidden autoComplete="username" value={subject.email} />
      {proof.needsCode ? (
        <CodeStep
          value={form.watch("code") ?? ""}
          error={(errors.code && t("signIn.codeRequired")) ?? proof.text}
          onChange={(code) => {
            reset.reset();
            form.setValue("code", code || undefined);
            form.clearErrors("code");
          }}
          onComplete={() => void submit()}
        />
      ) : (
        <NewPasswordField
          {...form.register("password", { onChange: () => reset.reset() })}
          label={t("security.newPassword")}
          error={(errors.password && t("security.passwordShort")) ?? proof.text}
          autoFocus
        />
      )}
    </LinkForm>
  );
}

/** A new password by a link. An account with a second step needs it here too. */
export function ResetPage() {
  const t = useTranslations("reset");
  return (
    <LinkPage
      title={t("title")}
      staleHint={t("stale")}
      check={(client, token) => client.auth.password.checkReset.mutate({ token })}
    >
      {(link) => <ResetForm {...link} />}
    </LinkPage>
  );
}
