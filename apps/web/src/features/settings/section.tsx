import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "../../ui/icon.tsx";
import { iconButtonClass } from "../../ui/icon-button.tsx";
import { PaneHeader } from "../../ui/pane-header.tsx";
import { AfterDelay, Skeleton } from "../../ui/skeleton.tsx";
import { FailedState } from "../shell/failed-state.tsx";
import { useErrorText } from "../shell/use-failure-text.ts";

type SettingsHeaderProps = { title: string; count?: number; children?: ReactNode };

/** The head of a section, with the way back to the list of sections where that is a page. */
export function SettingsHeader(props: SettingsHeaderProps) {
  const t = useTranslations("settings");
  const back = (
    <Link href="/settings" prefetch={false} aria-label={t("back")} className={`${iconButtonClass()} md:hidden`}>
      <Icon of={ArrowLeft} className="size-5" />
    </Link>
  );
  return <PaneHeader {...props} leading={back} />;
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
