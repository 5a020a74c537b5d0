import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useFailureText } from "../../shell/use-failure-text.ts";

/** Whole seconds left until the server lets another try through. */
function useCountdown(seconds: number | null): number {
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

type Attempt = { error: unknown; submittedAt: number };

/**
 * What a failed attempt to sign in means for the form: whether a second step is needed, the error text, and for how long nothing
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
