import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "../../ui/icon.tsx";
import { iconButtonClass } from "../../ui/icon-button.tsx";
import { Badge } from "../../ui/marks.tsx";
import { AfterDelay, Skeleton } from "../../ui/skeleton.tsx";
import { FailedState } from "../shell/failed-state.tsx";
import { useErrorText } from "../shell/use-failure-text.ts";

type SettingsHeaderProps = { title: string; count?: number; children?: ReactNode };

/** 48 px, 52 when narrow, with the way back to the list of sections where that is a page. */
export function SettingsHeader({ title, count, children }: SettingsHeaderProps) {
  const t = useTranslations("settings");
  return (
    <header className="flex h-[52px] shrink-0 items-center gap-2 border-line border-b px-4 max-md:pr-2 max-md:pl-2 md:h-12">
      <Link href="/settings" prefetch={false} aria-label={t("back")} className={`${iconButtonClass()} md:hidden`}>
        <Icon of={ArrowLeft} className="size-5" />
      </Link>
      <h1 className="min-w-0 truncate font-semibold text-16 md:text-14">{title}</h1>
      {count === undefined ? null : <Badge quiet count={count} />}
      <span className="ml-auto flex items-center gap-2">{children}</span>
    </header>
  );
}

const ROWS = ["w-40", "w-56", "w-32", "w-48", "w-36"];

type SectionStateProps = { error: unknown; onRetry: () => void };

/** In the place of what has not loaded: bars after a moment, or why it did not. */
export function SectionState({ error, onRetry }: SectionStateProps) {
  const t = useTranslations();
  const errorText = useErrorText();
  if (error) return <FailedState title={t("settings.failed")} hint={errorText(error)} onRetry={onRetry} />;
  return (
    <AfterDelay label={t("common.loading")}>
      {ROWS.map((width) => (
        <span key={width} className="flex h-14 items-center gap-4 border-line border-b px-4 md:h-10">
          <Skeleton className={`h-3 ${width}`} />
          <Skeleton className="ml-auto h-3 w-16" />
        </span>
      ))}
    </AfterDelay>
  );
}
