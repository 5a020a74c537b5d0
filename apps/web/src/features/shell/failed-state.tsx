import { RotateCw, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";

type FailedStateProps = { title: string; hint: string | undefined; onRetry: () => void };

/** In the place of what could not be read. */
export function FailedState({ title, hint, onRetry }: FailedStateProps) {
  const t = useTranslations("common");
  return (
    <EmptyState icon={TriangleAlert} title={title} hint={hint} role="alert">
      <Button onClick={onRetry}>
        <Icon of={RotateCw} />
        {t("tryAgain")}
      </Button>
    </EmptyState>
  );
}
