import { Activity, ChartCandlestick, type LucideIcon, MessagesSquare, User } from "lucide-react";
import { useTranslations } from "next-intl";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import { Badge } from "../ui/marks.tsx";
import type { Destination } from "./telegram/launch.ts";

export type Tab = Destination["tab"];

const TABS: readonly (readonly [Tab, LucideIcon])[] = [
  ["support", MessagesSquare],
  ["live", Activity],
  ["rooms", ChartCandlestick],
  ["me", User],
];
const NAMES = {
  support: "miniApp.support",
  live: "miniApp.live.title",
  rooms: "rooms.title",
  me: "miniApp.me.title",
} as const;

type TabBarProps = { tab: Tab; unread: number; onChoose: (tab: Tab) => void };

/** Makes room for the keyboard while something is written with fingers. */
export function TabBar({ tab, unread, onChoose }: TabBarProps) {
  const t = useTranslations();
  return (
    <nav
      aria-label={t("miniApp.tabs")}
      className="grid shrink-0 auto-cols-fr grid-flow-col border-line border-t bg-surface-2 pointer-coarse:group-has-[textarea:focus]:hidden"
    >
      {TABS.map(([one, icon]) => (
        <button
          key={one}
          type="button"
          aria-current={one === tab ? "page" : undefined}
          onClick={() => onChoose(one)}
          className={cx(
            "flex min-h-[52px] flex-col items-center justify-center gap-0.5 font-medium text-11/[14px] outline-offset-[-4px]",
            one === tab ? "text-accent-text" : "text-muted",
          )}
        >
          <span className="relative">
            <Icon of={icon} size={22} />
            {one === "support" && unread > 0 ? (
              <>
                <Badge count={unread} className="absolute -top-[5px] left-3.5" />
                <span className="sr-only">{t("miniApp.unread", { count: unread })}</span>
              </>
            ) : null}
          </span>
          {t(NAMES[one])}
        </button>
      ))}
    </nav>
  );
}
