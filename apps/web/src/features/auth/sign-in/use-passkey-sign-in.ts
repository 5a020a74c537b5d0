"use client";

import { useTranslations } from "next-intl";
import { useCallback, useEffect, useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { cancelCeremony, ceremonyFailure, hasPasskeyAutofill, showPasskey } from "../web-authn.ts";
import { goIn } from "./go-in.ts";

/** A challenge is good for five minutes; what waits among the browser's suggestions is renewed before. */
const RENEW_MS = 4 * 60_000;

/** By button, and for as long as the page is there, among what the browser fills in. */
export function usePasskeySignIn() {
  const t = useTranslations("signIn");
  const client = useTRPCClient();
  const failureText = useFailureText();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const attempt = useCallback(
    async (inAutofill: boolean) => {
      const { challenge, options } = await client.auth.passkeys.signInOptions.mutate({});
      const response = await showPasskey(options, inAutofill);
      await client.auth.passkeys.signIn.mutate({ challenge, response });
      goIn();
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
  const text = () => {
    if (!error) return null;
    const why = ceremonyFailure(error);
    if (why) return t(`ceremony.${why === "known" ? "cancelled" : why}`);
    const failure = toFailure(error);
    return failure.kind === "signedOut" ? t("passkeyUnknown") : failureText(failure);
  };
  return { signIn, isBusy, text: text() };
}
