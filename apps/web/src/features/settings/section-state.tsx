"use client";

import { RotateCw, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { toFailure } from "../../trpc/failure.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { AfterPatience, Skeleton } from "../../ui/skeleton.tsx";
import { useFailureText } from "../shell/use-failure-text.ts";

const ROWS = ["w-40", "w-56", "w-32", "w-48", "w-36"];

type SectionStateProps = { error: unknown; onRetry: () => void };

/** In the place of what has not loaded: bars after a moment, or why it did not. */
export function SectionState({ error, onRetry }: SectionStateProps) {
  const t = useTranslations();
  const failureText = useFailureText();
  if (error) {
    return (
      <EmptyState icon={TriangleAlert} title={t("settings.failed")} hint={failureText(toFailure(error))} role="alert">
        <Button onClick={onRetry}>
          <Icon of={RotateCw} />
          {t("common.tryAgain")}
        </Button>
      </EmptyState>
    );
  }
  return (
    <AfterPatience label={t("common.loading")}>
      {ROWS.map((width) => (
        <span key={width} className="flex h-14 items-center gap-4 border-line border-b px-4 md:h-10">
          <Skeleton className={`h-3 ${width}`} />
          <Skeleton className="ml-auto h-3 w-16" />
        </span>
      ))}
    </AfterPatience>
  );
}
