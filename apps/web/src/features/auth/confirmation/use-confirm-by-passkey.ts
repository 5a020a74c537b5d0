"use client";

import { useTranslations } from "next-intl";
import { useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { ceremonyFailure, showPasskey } from "../web-authn.ts";

/** The device shows that it is its owner. */
export function useConfirmByPasskey(onConfirmed: () => void) {
  const t = useTranslations("signIn");
  const client = useTRPCClient();
  const failureText = useFailureText();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      const { challenge, options } = await client.auth.passkeys.signInOptions.mutate({});
      const response = await showPasskey(options);
      await client.auth.passkeys.confirm.mutate({ challenge, response });
      onConfirmed();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  };
  const text = () => {
    if (!error) return null;
    const why = ceremonyFailure(error);
    return why ? t(`ceremony.${why === "known" ? "cancelled" : why}`) : failureText(toFailure(error));
  };
  return { confirm, isBusy, text: text() };
}
