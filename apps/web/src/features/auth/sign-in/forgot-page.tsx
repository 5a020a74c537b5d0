"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { requestResetInput } from "@pult/api/auth/account/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { MailCheck, MailX } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { EmailField } from "../fields.tsx";
import { cardClass, SignedOutFrame } from "./signed-out-frame.tsx";

function BackToSignIn() {
  const t = useTranslations("link");
  return (
    <Link href="/sign-in" prefetch={false} className={`${buttonClass({ size: "lg" })} w-full`}>
      {t("toSignIn")}
    </Link>
  );
}

function Note({ icon, title, children }: { icon: typeof MailX; title: string; children: ReactNode }) {
  return (
    <div role="status" className={cardClass}>
      <p className="flex items-center gap-2 font-semibold text-14">
        <Icon of={icon} className="text-muted" />
        {title}
      </p>
      <p className="text-fg-2">{children}</p>
      <BackToSignIn />
    </div>
  );
}

function ForgotForm() {
  const t = useTranslations();
  const trpc = useTRPC();
  const errorText = useErrorText();
  const { data: methods } = useQuery(trpc.auth.methods.queryOptions());
  const form = useForm<z.infer<typeof requestResetInput>>({
    resolver: zodResolver(requestResetInput),
    defaultValues: { email: "" },
  });
  const request = useMutation(trpc.auth.password.requestReset.mutationOptions());
  if (methods && !methods.mail) {
    return (
      <Note icon={MailX} title={t("forgot.noMail")}>
        {t("forgot.noMailHint")}
      </Note>
    );
  }
  if (request.isSuccess) {
    return (
      <Note icon={MailCheck} title={t("forgot.sent")}>
        {t("forgot.sentHint")}
      </Note>
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
