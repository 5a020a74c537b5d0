import { ShieldAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";

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
