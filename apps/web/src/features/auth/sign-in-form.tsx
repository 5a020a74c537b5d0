"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type SignInInput, signInInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Eye, EyeOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { type FieldError, useForm } from "react-hook-form";
import { toFailure } from "../../trpc/failure.ts";
import { useTRPC } from "../../trpc/provider.tsx";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Input } from "../../ui/input.tsx";
import { useFailureText } from "../shell/use-failure-text.ts";

/** Whole seconds left until the server lets another try through. */
function useCountdown(seconds: number | null) {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!seconds) return setLeft(0);
    const end = Date.now() + seconds * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [seconds]);
  return left;
}

function useSignIn() {
  const trpc = useTRPC();
  const t = useTranslations("signIn");
  const failureText = useFailureText();
  // A full page load: nothing of the signed-out page, its cache or its socket lives on.
  const mutation = useMutation(trpc.auth.signIn.mutationOptions({ onSuccess: () => location.assign(nextPath()) }));
  const failure = mutation.error ? toFailure(mutation.error) : null;
  const secondsLeft = useCountdown(failure?.kind === "rateLimited" ? (failure.retryAfterSeconds ?? 0) : null);
  const text = () => {
    if (!failure) return undefined;
    if (failure.kind === "signedOut") return t("wrong");
    if (failure.kind === "rateLimited") return t("tooMany", { seconds: secondsLeft });
    return failureText(failure);
  };
  return { ...mutation, failureText: text(), isBlocked: secondsLeft > 0 };
}

/** Where to go on: only a path of our own, never an address from outside. */
function nextPath(): string {
  const wanted = new URLSearchParams(location.search).get("next") ?? "/inbox";
  const url = URL.canParse(wanted, location.origin) ? new URL(wanted, location.origin) : null;
  return url?.origin === location.origin ? url.pathname + url.search : "/inbox";
}

export function SignInForm() {
  const t = useTranslations("signIn");
  const signIn = useSignIn();
  const [isShown, setShown] = useState(false);
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

  return (
    <form
      noValidate
      method="post"
      onSubmit={form.handleSubmit((values) => !isBusy && !signIn.isBlocked && signIn.mutate(values))}
      className="flex flex-col gap-4 rounded-3 border border-line bg-surface p-6"
    >
      <Field label={t("email")} error={emailText(errors.email)}>
        {(control) => (
          <Input
            {...control}
            {...form.register("email", { onChange: () => signIn.reset() })}
            type="email"
            inputMode="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            inputSize="lg"
          />
        )}
      </Field>
      <Field label={t("password")} error={passwordText(errors.password) ?? signIn.failureText}>
        {(control) => (
          <span className="relative block">
            <Input
              {...control}
              {...form.register("password", { onChange: () => signIn.reset() })}
              type={isShown ? "text" : "password"}
              autoComplete="current-password"
              inputSize="lg"
              className="pr-11"
            />
            <IconButton
              icon={isShown ? EyeOff : Eye}
              label={t(isShown ? "hidePassword" : "showPassword")}
              onClick={() => setShown(!isShown)}
              className="absolute top-1 right-1 max-md:-top-0.5"
            />
          </span>
        )}
      </Field>
      <Button type="submit" variant="primary" size="lg" className="w-full" aria-disabled={isBusy || signIn.isBlocked}>
        {t(isBusy ? "submitting" : "submit")}
      </Button>
    </form>
  );
}
