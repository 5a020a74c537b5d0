"use client";

import { completeSetUpInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { EmailField, NameField, NewPasswordField } from "../fields.tsx";
import { useSchemaForm } from "../use-schema-form.ts";
import { LinkForm, linkEnds } from "./link-form.tsx";
import { LinkPage, type OpenLink } from "./link-page.tsx";

function SetUpForm({ token, onStale }: Pick<OpenLink<unknown>, "token" | "onStale">) {
  const t = useTranslations();
  const trpc = useTRPC();
  const errorText = useErrorText();
  const complete = useMutation(trpc.auth.setUp.complete.mutationOptions(linkEnds(onStale)));
  const form = useSchemaForm(completeSetUpInput, {
    defaultValues: { token, name: "", email: "", password: "" },
  });
  const { errors } = form.formState;
  const isBusy = complete.isPending || complete.isSuccess;
  return (
    <LinkForm
      onSubmit={form.handleSubmit((input) => !isBusy && complete.mutate(input))}
      submitLabel={t("setUp.submit")}
      isHeld={isBusy}
    >
      <p className="text-fg-2">{t("setUp.about")}</p>
      <NameField {...form.register("name")} isMissing={errors.name !== undefined} autoFocus />
      <EmailField {...form.register("email")} invalid={errors.email && form.getValues("email")} />
      <NewPasswordField
        {...form.register("password", { onChange: () => complete.reset() })}
        label={t("signIn.password")}
        error={(errors.password && t("security.passwordShort")) ?? errorText(complete.error)}
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
