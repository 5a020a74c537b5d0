"use client";

import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useCountdown } from "./use-countdown.ts";

type Attempt = { error: unknown; submittedAt: number };

/**
 * What a failed try to come in means for the form: whether a second step is wanted now, what is wrong in words, and for how long nothing
 * more can be tried.
 * @param codeSent whether the try had a code: asked for again, it was wrong
 */
export function useProof({ error, submittedAt }: Attempt, codeSent: boolean) {
  const t = useTranslations("signIn");
  const failureText = useFailureText();
  const failure = error ? toFailure(error) : null;
  const isWanted = failure?.key === "auth.secondFactorMissing" || failure?.key === "auth.secondFactorWrong";
  const [needsCode, setNeedsCode] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each try anew
  useEffect(() => {
    if (isWanted) setNeedsCode(true);
  }, [isWanted, submittedAt]);
  const secondsLeft = useCountdown(failure?.kind === "rateLimited" ? (failure.retryAfterSeconds ?? 0) : null);
  const text = (): string | undefined => {
    if (!failure) return undefined;
    if (isWanted) return codeSent ? t("wrongCode") : undefined;
    if (failure.kind === "rateLimited") return t("tooMany", { seconds: secondsLeft });
    return failureText(failure);
  };
  return { needsCode, setNeedsCode, failure, text: text(), isBlocked: secondsLeft > 0 };
}
