"use client";

import { requestResetInput } from "@pult/api/auth/account/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { MailCheck, MailX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { EmailField } from "../fields.tsx";
import { useSchemaForm } from "../use-schema-form.ts";
import { BackToSignIn, cardClass, NoticeCard, SignedOutFrame } from "./signed-out-frame.tsx";

function ForgotForm() {
  const t = useTranslations();
  const trpc = useTRPC();
  const errorText = useErrorText();
  const { data: methods } = useQuery(trpc.auth.methods.queryOptions());
  const form = useSchemaForm(requestResetInput, {
    defaultValues: { email: "" },
  });
  const request = useMutation(trpc.auth.password.requestReset.mutationOptions());
  if (methods && !methods.mail) {
    return (
      <NoticeCard icon={MailX} role="status" title={t("forgot.noMail")} text={t("forgot.noMailHint")}>
        <BackToSignIn />
      </NoticeCard>
    );
  }
  if (request.isSuccess) {
    return (
      <NoticeCard icon={MailCheck} role="status" title={t("forgot.sent")} text={t("forgot.sentHint")}>
        <BackToSignIn />
      </NoticeCard>
    );
  }
  return (
    <form
      noValidate
      method="post"
      className={cardClass}
      onSubmit={form.handleSubmit((input) => !request.isPending && request.mutate(input))}
    >
      <p className="text-fg-2">{t("forgot.about")}</p>
      <EmailField
        {...form.register("email", { onChange: () => request.reset() })}
        invalid={form.formState.errors.email && form.getValues("email")}
        error={errorText(request.error)}
        autoFocus
      />
      <Button type="submit" variant="primary" size="lg" className="w-full" aria-disabled={request.isPending}>
        {t("forgot.submit")}
      </Button>
      <BackToSignIn />
    </form>
  );
}

/** Shows the same whether an account has the email or not. */
export function ForgotPage() {
  const t = useTranslations("forgot");
  return (
    <SignedOutFrame title={t("title")}>
      <ForgotForm />
    </SignedOutFrame>
  );
}
