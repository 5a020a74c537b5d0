import { CircleAlert, SearchX, WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useFailureText } from "../../features/shell/use-failure-text.ts";
import type { Failure } from "../../trpc/failure.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { AfterDelay, Skeleton } from "../../ui/skeleton.tsx";

const BAR = "bg-surface-4";

/** In the shape of a room: name and price, the chart, what can be done. */
export function RoomLoading() {
  const t = useTranslations("rooms");
  return (
    <AfterDelay label={t("loading")}>
      <div className="border-line border-b bg-surface-2 px-4 py-3">
        <Skeleton className={`h-4 w-40 ${BAR}`} />
        <Skeleton className={`mt-2 h-5 w-28 ${BAR}`} />
      </div>
      <div className="bg-surface p-4">
        <Skeleton className={`h-52 w-full ${BAR}`} />
      </div>
      <div className="p-3">
        <Skeleton className={`h-24 w-full rounded-4 ${BAR}`} />
      </div>
    </AfterDelay>
  );
}

type RoomFailedProps = { failure: Failure; onRetry: () => void; onClose: () => void };

export function RoomFailed({ failure, onRetry, onClose }: RoomFailedProps) {
  const t = useTranslations("rooms");
  const tApp = useTranslations("miniApp");
  const failureText = useFailureText();
  const isGone = failure.kind === "notFound";
  return (
    <EmptyState
      role="alert"
      icon={isGone ? SearchX : failure.kind === "offline" ? WifiOff : CircleAlert}
      title={t(isGone ? "notFound" : "failed")}
      hint={isGone ? t("notFoundHint") : failureText(failure)}
    >
      {isGone ? null : (
        <Button size="touch" onClick={onRetry}>
          {tApp("tryAgain")}
        </Button>
      )}
      <Button size="touch" onClick={onClose}>
        {t("all")}
      </Button>
    </EmptyState>
  );
}
