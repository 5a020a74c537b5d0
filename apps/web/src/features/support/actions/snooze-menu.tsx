import { CalendarClock, Clock3 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { snoozeChoices } from "./snooze-times.ts";

const SnoozeDialog = lazyModule(() => import("./snooze-dialog.tsx")).part((module) => module.SnoozeDialog);

type SnoozeMenuProps = {
  onSnooze: (until: string) => void;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
};

export function SnoozeMenu({ onSnooze, open, onOpenChange }: SnoozeMenuProps) {
  const t = useTranslations("header");
  const time = useTimeText();
  const [isPicking, setPicking] = useState(false);
  return (
    <>
      <Menu
        open={open}
        onOpenChange={onOpenChange}
        trigger={
          <button type="button" aria-label={t("snooze")} title={`${t("snooze")} (S)`} className={iconButtonClass()}>
            <Icon of={Clock3} className="max-md:size-5" />
          </button>
        }
      >
        {snoozeChoices(new Date()).map(({ key, until }) => (
          <MenuItem
            key={key}
            icon={Clock3}
            detail={time.clock(until.toISOString())}
            onSelect={() => onSnooze(until.toISOString())}
          >
            {t(key)}
          </MenuItem>
        ))}
        <MenuItem icon={CalendarClock} onSelect={() => setPicking(true)}>
          {t("snoozePick")}
        </MenuItem>
      </Menu>
      {isPicking ? <SnoozeDialog onClose={() => setPicking(false)} onSnooze={onSnooze} /> : null}
    </>
  );
}
