"use client";

import { useQuery } from "@tanstack/react-query";
import { KeyRound, Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useWebAuthn } from "../use-web-authn.ts";
import { nextPath } from "./go-in.ts";
import { usePasskeySignIn } from "./use-passkey-sign-in.ts";

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
export function OtherWays() {
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
