"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type CompleteSetUpInput, completeSetUpInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field } from "../../../ui/field.tsx";
import { Input } from "../../../ui/input.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { goIn } from "./go-in.ts";
import { LinkGate } from "./link-gate.tsx";
import { NewPasswordField } from "./new-password-field.tsx";
import { cardClass, SignedOutFrame } from "./signed-out-frame.tsx";

function SetUpForm({ token, onStale }: { token: string; onStale: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failureText = useFailureText();
  const complete = useMutation(
    trpc.auth.setUp.complete.mutationOptions({
      onSuccess: goIn,
      onError: (error) => toFailure(error).kind === "notFound" && onStale(),
    }),
  );
  const form = useForm<CompleteSetUpInput>({
    resolver: zodResolver(completeSetUpInput),
    defaultValues: { token, name: "", email: "", password: "" },
  });
  const { errors } = form.formState;
  const isBusy = complete.isPending || complete.isSuccess;
  const failure = complete.error ? toFailure(complete.error) : null;
  const said = failure ? failureText(failure) : undefined;
  return (
    <form
      noValidate
      method="post"
      className={cardClass}
      onSubmit={form.handleSubmit((input) => !isBusy && complete.mutate(input))}
    >
      <p className="text-fg-2">{t("setUp.about")}</p>
      <Field label={t("security.name")} hint={t("security.nameHint")} error={errors.name && t("security.nameRequired")}>
        {(control) => <Input {...control} {...form.register("name")} autoComplete="name" autoFocus inputSize="lg" />}
      </Field>
      <Field label={t("signIn.email")} error={errors.email && t("signIn.emailInvalid")}>
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
      <Button type="submit" variant="primary" size="lg" className="w-full" aria-disabled={isBusy}>
        {t("setUp.submit")}
      </Button>
    </form>
  );
}

function SetUp() {
  const t = useTranslations("setUp");
  const client = useTRPCClient();
  return (
    <LinkGate check={(token) => client.auth.setUp.check.mutate({ token })} staleHint={t("stale")}>
      {(link) => <SetUpForm {...link} />}
    </LinkGate>
  );
}

/** The first Admin of a new installation. */
export function SetUpPage() {
  const t = useTranslations("setUp");
  return (
    <SignedOutFrame title={t("title")}>
      <SetUp />
    </SignedOutFrame>
  );
}
