"use client";

import { CheckCheck, Clock3, Inbox, type LucideIcon, SearchX, UserCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import type { InboxView } from "./inbox-view.ts";
import { useInboxCounts } from "./use-inbox-counts.ts";

const ICONS: Record<InboxView, LucideIcon> = {
  mine: Inbox,
  unassigned: UserCheck,
  all: Inbox,
  snoozed: Clock3,
  resolved: CheckCheck,
};

type InboxEmptyProps = {
  view: InboxView;
  search: string;
  onView: (view: InboxView) => void;
  onClearSearch: () => void;
};

/** Each view says what its emptiness means and where there is something to do. */
export function InboxEmpty({ view, search, onView, onClearSearch }: InboxEmptyProps) {
  const t = useTranslations("inbox");
  const counts = useInboxCounts();
  if (search) {
    return (
      <EmptyState
        icon={SearchX}
        title={t("empty.search", { query: search })}
        hint={t("empty.searchHint", { view: t(`view.${view}`) })}
        role="status"
      >
        {view === "all" ? null : <Button onClick={() => onView("all")}>{t("empty.searchAll")}</Button>}
        <Button onClick={onClearSearch}>{t("clearSearch")}</Button>
      </EmptyState>
    );
  }
  const free = counts?.unassigned ?? 0;
  return (
    <EmptyState
      icon={ICONS[view]}
      title={t(`empty.${view}`)}
      hint={view === "mine" ? t("empty.mineHint", { count: free }) : t(`empty.${view}Hint`)}
    >
      {view === "mine" && free > 0 ? (
        <Button variant="primary" onClick={() => onView("unassigned")}>
          {t("empty.showUnassigned")}
        </Button>
      ) : null}
      {(view === "mine" || view === "unassigned") && (counts?.all ?? 0) > 0 ? (
        <Button onClick={() => onView("all")}>{t("empty.showAll")}</Button>
      ) : null}
    </EmptyState>
  );
}
