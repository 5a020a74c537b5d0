"use client";

import { CircleAlert, MessageCircle, ShieldAlert, WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import type { Failure } from "../../trpc/failure.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { useFailureText } from "../shell/use-failure-text.ts";

export function ChatEmpty() {
  const t = useTranslations("miniApp");
  return <EmptyState icon={MessageCircle} title={t("empty")} hint={t("emptyHint")} />;
}

export function ChatFailed({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  const t = useTranslations("miniApp");
  const failureText = useFailureText();
  return (
    <EmptyState
      role="alert"
      icon={failure.kind === "offline" ? WifiOff : CircleAlert}
      title={t("failed")}
      hint={failureText(failure)}
    >
      <Button size="touch" onClick={onRetry}>
        {t("tryAgain")}
      </Button>
    </EmptyState>
  );
}

type ChatRefusedProps = { refusal: "refused" | "expired"; onClose: () => void; onRetry: () => void };

/** Telegram's word for who this is was not accepted. */
export function ChatRefused({ refusal, onClose, onRetry }: ChatRefusedProps) {
  const t = useTranslations("miniApp");
  return (
    <EmptyState role="alert" icon={ShieldAlert} title={t(`${refusal}.title`)} hint={t(`${refusal}.hint`)}>
      <Button size="touch" variant="primary" onClick={onClose}>
        {t("close")}
      </Button>
      <Button size="touch" onClick={onRetry}>
        {t("tryAgain")}
      </Button>
    </EmptyState>
  );
}
