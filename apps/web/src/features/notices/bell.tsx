import { Bell as BellIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import { useStore } from "zustand";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { iconButtonClass, tip } from "../../ui/icon-button.tsx";
import { lazyModule } from "../../ui/lazy.tsx";
import { Badge } from "../../ui/marks.tsx";
import { useKeyText } from "../shell/commands.tsx";
import { isBellOpen, openBell, useUnread } from "./bell-state.ts";

export const BELL_KEYS = "shift+n";

const panel = lazyModule(() => import("./bell-panel.tsx"));
const Panel = panel.part((module) => module.BellPanel);

/** Opens the list of what happened, with how much of it is unread. */
export function Bell() {
  const t = useTranslations("notices");
  const keyText = useKeyText();
  const isOpen = useStore(isBellOpen);
  const unread = useUnread();
  const label = unread > 0 ? t("bellUnread", { count: unread }) : t("title");
  return (
    <button
      type="button"
      data-bell
      aria-label={label}
      aria-haspopup="dialog"
      aria-expanded={isOpen}
      {...tip(t("title"), keyText(BELL_KEYS))}
      onClick={() => openBell(!isOpen)}
      onPointerEnter={() => void panel.load().catch(() => {})}
      className={cx(iconButtonClass(), "relative aria-expanded:bg-surface-4 aria-expanded:text-fg")}
    >
      <Icon of={BellIcon} className="max-md:size-5" />
      {unread > 0 ? (
        <Badge
          count={unread}
          className="pointer-events-none absolute top-0.5 left-1/2 h-4 min-w-4 px-1 text-10/4 md:-top-1"
        />
      ) : null}
    </button>
  );
}

/** The list, while it is open. One for all bells of the page. */
export function OpenPanel() {
  return useStore(isBellOpen) ? <Panel onClose={() => openBell(false)} /> : null;
}
