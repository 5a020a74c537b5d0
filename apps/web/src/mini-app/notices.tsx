import { CircleAlert, MessageCircle, ShieldAlert, WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useFailureText } from "../features/shell/use-failure-text.ts";
import type { Failure } from "../trpc/failure.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { AfterDelay, Skeleton } from "../ui/skeleton.tsx";

const BARS = ["w-52 h-12", "ml-auto w-44 h-8", "w-60 h-14", "ml-auto w-56 h-12", "w-40 h-8"];

export function ChatLoading() {
  const t = useTranslations("miniApp");
  return (
    <AfterDelay label={t("loading")}>
      <div className="flex flex-col gap-3 p-3">
        {BARS.map((bar) => (
          <Skeleton key={bar} className={`rounded-4 bg-surface-4 ${bar}`} />
        ))}
      </div>
    </AfterDelay>
  );
}

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
