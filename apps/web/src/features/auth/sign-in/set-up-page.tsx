"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type CompleteSetUpInput, completeSetUpInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { LinkForm, linkEnds, NewPasswordField } from "./link-form.tsx";
import { LinkPage, type OpenLink } from "./link-page.tsx";

function SetUpForm({ token, onStale }: Pick<OpenLink<unknown>, "token" | "onStale">) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failureText = useFailureText();
  const complete = useMutation(trpc.auth.setUp.complete.mutationOptions(linkEnds(onStale)));
  const form = useForm<CompleteSetUpInput>({
    resolver: zodResolver(completeSetUpInput),
    defaultValues: { token, name: "", email: "", password: "" },
  });
  const { errors } = form.formState;
  const isBusy = complete.isPending || complete.isSuccess;
  const failure = complete.error ? toFailure(complete.error) : null;
  const said = failure ? failureText(failure) : undefined;
  return (
    <LinkForm
      onSubmit={form.handleSubmit((input) => !isBusy && complete.mutate(input))}
      submitLabel={t("setUp.submit")}
      isHeld={isBusy}
    >
      <p className="text-fg-2">{t("setUp.about")}</p>
      <Field label={t("security.name")} hint={t("security.nameHint")} error={errors.name && t("security.nameRequired")}>
        {(control) => (
          <Input {...control} {...form.register("name")} maxLength={100} autoComplete="name" autoFocus inputSize="lg" />
        )}
      </Field>
      <Field
        label={t("signIn.email")}
        error={errors.email && t(form.getValues("email") === "" ? "signIn.emailRequired" : "signIn.emailInvalid")}
      >
        {(control) => (
          <Input
            {...control}
            {...form.register("email")}
            type="email"
            inputMode="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            inputSize="lg"
          />
        )}
      </Field>
      <NewPasswordField
        label={t("signIn.password")}
        error={(errors.password && t("security.passwordShort")) ?? said}
        input={form.register("password", { onChange: () => complete.reset() })}
      />
    </LinkForm>
  );
}

/** The first Admin of a new installation. */
export function SetUpPage() {
  const t = useTranslations("setUp");
  return (
    <LinkPage
      title={t("title")}
      staleHint={t("stale")}
      check={(client, token) => client.auth.setUp.check.mutate({ token })}
    >
      {(link) => <SetUpForm {...link} />}
    </LinkPage>
  );
}
