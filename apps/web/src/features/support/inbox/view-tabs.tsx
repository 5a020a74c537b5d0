import { CheckCheck, Clock3, type LucideIcon } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { tip } from "../../../ui/icon-button.tsx";
import { useInboxCounts } from "../desk-provider.tsx";
import { type InboxView, VIEWS } from "./inbox-view.ts";

/** Snoozed and resolved need no word in the row; the working views do. */
const ICONS: Partial<Record<InboxView, LucideIcon>> = { snoozed: Clock3, resolved: CheckCheck };

const tabClass =
  "-mb-px inline-flex h-full shrink-0 items-center border-transparent border-b-2 font-medium text-muted -outline-offset-2 hover:text-fg aria-[current]:border-accent aria-[current]:text-fg";

type TabProps = { name: InboxView; isCurrent: boolean; count: string | null; onChoose: () => void };

function ViewTab({ name, isCurrent, count, onChoose }: TabProps) {
  const t = useTranslations("inbox");
  const label = t(`view.${name}`);
  const icon = ICONS[name];
  const named = icon && {
    ...tip(label),
    "aria-label": count === null ? label : t("viewCount", { view: label, count }),
  };
  return (
    <button
      type="button"
      {...named}
      aria-current={isCurrent ? "page" : undefined}
      onClick={onChoose}
      className={cx(tabClass, icon ? "min-w-8 justify-center gap-1" : "gap-1.5")}
    >
      {icon ? <Icon of={icon} /> : label}
      {count === null ? null : <span className="num text-11 text-muted">{count}</span>}
    </button>
  );
}

export function ViewTabs({ view, onChange }: { view: InboxView; onChange: (view: InboxView) => void }) {
  const t = useTranslations("inbox");
  const format = useFormatter();
  const counts = useInboxCounts();
  const tab = (name: InboxView) => (
    <ViewTab
      key={name}
      name={name}
      isCurrent={name === view}
      count={counts && format.number(counts[name], { notation: "compact" })}
      onChoose={() => onChange(name)}
    />
  );
  return (
    <nav
      aria-label={t("views")}
      className="flex h-11 shrink-0 items-center gap-3.5 overflow-x-auto overflow-y-clip border-line border-b px-4 [scrollbar-width:none] md:h-9"
    >
      {VIEWS.filter((name) => !ICONS[name]).map(tab)}
      <span className="ml-auto flex h-full gap-2">{VIEWS.filter((name) => ICONS[name]).map(tab)}</span>
    </nav>
  );
}
