"use client";

import { signInInput } from "@pult/api/auth/account/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound, Send } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useCallback, useEffect, useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { EmailField, PasswordField } from "../fields.tsx";
import { useSchemaForm } from "../use-schema-form.ts";
import {
  cancelCeremony,
  ceremonyFailure,
  hasPasskeyAutofill,
  showPasskey,
  useCeremonyText,
  useWebAuthn,
} from "../web-authn.ts";
import { CodeStep } from "./code-step.tsx";
import { nextPath, openStartPage } from "./open-start-page.ts";
import { cardClass, SignedOutFrame } from "./signed-out-frame.tsx";
import { TelegramError } from "./telegram-error.tsx";
import { useProof } from "./use-proof.ts";

/** A challenge is good for five minutes; what waits among the browser's suggestions is renewed before. */
const RENEW_MS = 4 * 60_000;

/** By button, and for as long as the page is there, among what the browser fills in. */
function usePasskeySignIn() {
  const t = useTranslations("signIn");
  const client = useTRPCClient();
  const ceremonyText = useCeremonyText();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const attempt = useCallback(
    async (inAutofill: boolean) => {
      const { challenge, options } = await client.auth.passkeys.signInOptions.mutate({});
      const response = await showPasskey(options, inAutofill);
      await client.auth.passkeys.signIn.mutate({ challenge, response });
      openStartPage();
    },
    [client],
  );
  const offerInAutofill = useCallback(() => {
    attempt(true).catch((failed: unknown) => {
      // Ended by the button or by leaving, or never there: only a refusal by the server is news.
      if (ceremonyFailure(failed) === null && toFailure(failed).kind === "signedOut") setError(failed);
    });
  }, [attempt]);
  useEffect(() => {
    let timer: ReturnType<typeof setInterval> | undefined;
    let isGone = false;
    hasPasskeyAutofill().then((isThere) => {
      if (!isThere || isGone) return;
      offerInAutofill();
      timer = setInterval(offerInAutofill, RENEW_MS);
    });
    return () => {
      isGone = true;
      clearInterval(timer);
      void cancelCeremony();
    };
  }, [offerInAutofill]);

  const signIn = async () => {
    setBusy(true);
    setError(null);
    try {
      await attempt(false);
    } catch (failed) {
      setError(failed);
      setBusy(false);
      offerInAutofill();
    }
  };
  const isUnknown = error !== null && ceremonyFailure(error) === null && toFailure(error).kind === "signedOut";
  return { signIn, isBusy, text: isUnknown ? t("passkeyUnknown") : ceremonyText(error) };
}

export function SignInPage() {
  const t = useTranslations("signIn");
  return (
    <SignedOutFrame title={t("title")}>
      <SignInForm />
    </SignedOutFrame>
  );
}

function PasskeyButton() {
  const t = useTranslations("signIn");
  const { signIn, isBusy, text } = usePasskeySignIn();
  return (
    <>
      <Button size="lg" className="w-full" aria-disabled={isBusy} onClick={() => !isBusy && signIn()}>
        <Icon of={KeyRound} />
        {t(isBusy ? "passkeyWaiting" : "passkey")}
      </Button>
      {text ? (
        <p role="alert" className="text-12 text-danger">
          {text}
        </p>
      ) : null}
    </>
  );
}

/** What works without a password, as far as this browser and this installation have it. */
function OtherWays() {
  const t = useTranslations("signIn");
  const trpc = useTRPC();
  const isPossible = useWebAuthn();
  const { data: methods } = useQuery(trpc.auth.methods.queryOptions());
  if (!isPossible && !methods?.telegram) return null;
  return (
    <>
      <p className="flex items-center gap-2 text-12 text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {t("or")}
      </p>
      {isPossible ? <PasskeyButton /> : null}
      {methods?.telegram ? (
        <a
          href={`/auth/telegram/start?next=${encodeURIComponent(nextPath())}`}
          className={`${buttonClass({ size: "lg" })} w-full`}
        >
          <Icon of={Send} />
          {t("telegram")}
        </a>
      ) : null}
    </>
  );
}

/** E-mail and password, then a code where one is asked for; or another way altogether. */
export function SignInForm() {
  const t = useTranslations("signIn");
  const trpc = useTRPC();
  const signIn = useMutation(trpc.auth.signIn.mutationOptions({ onSuccess: openStartPage }));
  const proof = useProof(signIn, signIn.variables?.code !== undefined);
  const form = useSchemaForm(signInInput, {
    defaultValues: { email: "", password: "" },
    mode: "onTouched",
    reValidateMode: "onChange",
  });
  const { errors } = form.formState;
  const passwordText = errors.password && t(form.getValues("password") ? "passwordTooLong" : "passwordRequired");
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
            <EmailField
              {...form.register("email", { onChange: () => signIn.reset() })}
              invalid={errors.email && form.getValues("email")}
              autoComplete="username webauthn"
              autoFocus
            />
            <PasswordField
              {...form.register("password", { onChange: () => signIn.reset() })}
              label={t("password")}
              error={passwordText ?? proof.text}
              aside={
                <Link href="/forgot" prefetch={false} className="text-12 text-accent-text hover:underline">
                  {t("forgot")}
                </Link>
              }
            />
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
