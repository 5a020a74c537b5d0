"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type SignInInput, signInInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type FieldError, useForm } from "react-hook-form";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field } from "../../../ui/field.tsx";
import { Input } from "../../../ui/input.tsx";
import { PasswordInput } from "../../../ui/password-input.tsx";
import { CodeStep } from "./code-step.tsx";
import { goIn } from "./go-in.ts";
import { OtherWays } from "./other-ways.tsx";
import { cardClass } from "./signed-out-frame.tsx";
import { TelegramError } from "./telegram-error.tsx";
import { useProof } from "./use-proof.ts";

/** E-mail and password, then a code where one is asked for; or another way altogether. */
export function SignInForm() {
  const t = useTranslations("signIn");
  const trpc = useTRPC();
  const signIn = useMutation(trpc.auth.signIn.mutationOptions({ onSuccess: goIn }));
  const proof = useProof(signIn, signIn.variables?.code !== undefined);
  const form = useForm<SignInInput>({
    resolver: zodResolver(signInInput),
    defaultValues: { email: "", password: "" },
    mode: "onTouched",
    reValidateMode: "onChange",
  });
  const { errors } = form.formState;
  const emailText = (error: FieldError | undefined) =>
    error && (form.getValues("email") === "" ? t("emailRequired") : t("emailInvalid"));
  const passwordText = (error: FieldError | undefined) =>
    error && (form.getValues("password") === "" ? t("passwordRequired") : t("passwordTooLong"));
  const isBusy = signIn.isPending || signIn.isSuccess;
  const submit = form.handleSubmit((input) => !isBusy && !proof.isBlocked && signIn.mutate(input));
  const startOver = () => {
    signIn.reset();
    proof.setNeedsCode(false);
    form.resetField("code");
  };

  return (
    <div className={cardClass}>
      <TelegramError />
      <form noValidate method="post" onSubmit={submit} className="flex flex-col gap-4">
        {proof.needsCode ? (
          <>
            <p className="text-muted">{t("secondStep", { email: form.getValues("email") })}</p>
            <CodeStep
              value={form.watch("code") ?? ""}
              error={(errors.code && t("codeRequired")) ?? proof.text}
              onChange={(code) => {
                signIn.reset();
                form.setValue("code", code || undefined);
                form.clearErrors("code");
              }}
              onComplete={() => void submit()}
            />
          </>
        ) : (
          <>
            <Field label={t("email")} error={emailText(errors.email)}>
              {(control) => (
                <Input
                  {...control}
                  {...form.register("email", { onChange: () => signIn.reset() })}
                  type="email"
                  inputMode="email"
                  autoComplete="username webauthn"
                  autoCapitalize="none"
                  spellCheck={false}
                  autoFocus
                  inputSize="lg"
                />
              )}
            </Field>
            <Field
              label={t("password")}
              error={passwordText(errors.password) ?? proof.text}
              aside={
                <Link href="/forgot" prefetch={false} className="text-12 text-accent-text hover:underline">
                  {t("forgot")}
                </Link>
              }
            >
              {(control) => (
                <PasswordInput
                  {...control}
                  {...form.register("password", { onChange: () => signIn.reset() })}
                  showLabel={t("showPassword")}
                  hideLabel={t("hidePassword")}
                  autoComplete="current-password"
                />
              )}
            </Field>
          </>
        )}
        <Button type="submit" variant="primary" size="lg" className="w-full" aria-disabled={isBusy || proof.isBlocked}>
          {t(isBusy ? "submitting" : "submit")}
        </Button>
        {proof.needsCode ? (
          <Button size="lg" variant="ghost" className="w-full" onClick={startOver}>
            {t("startOver")}
          </Button>
        ) : null}
      </form>
      {proof.needsCode ? null : <OtherWays />}
    </div>
  );
}
