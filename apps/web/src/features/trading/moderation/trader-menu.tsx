import { CircleAlert, Ellipsis, MicOff, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { cx } from "../../../ui/cx.ts";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import type { ReadRoom } from "../room/use-room-store.ts";
import { useTradingText } from "../use-trading-text.ts";
import { type Moderated, useModeration } from "./use-moderation.ts";

const ReasonDialog = lazyModule(() => import("./reason-dialog.tsx")).part((module) => module.ReasonDialog);

const MUTE_MINUTES = [10, 60, 1_440] as const;

type TraderMenuProps = Pick<ReadRoom, "port" | "room"> & { trader: Moderated };

/** What a moderator can do about a trader; beside their name. */
export function TraderMenu({ port, room, trader }: TraderMenuProps) {
  const t = useTranslations("roomsDesk.moderation");
  const { trader: nameOf } = useTradingText();
  const moderation = useModeration({ port, room });
  const [asked, setAsked] = useState<"warn" | "remove" | null>(null);
  const name = nameOf(trader);
  return (
    <>
      <Menu
        trigger={
          <IconButton
            icon={Ellipsis}
            size="sm"
            label={t("menu", { name })}
            className={cx(
              "-my-1 shrink-0 pointer-fine:opacity-0 focus-visible:opacity-100 data-popup-open:opacity-100",
              "pointer-fine:group-focus-within/line:opacity-100 pointer-fine:group-hover/line:opacity-100",
            )}
          />
        }
      >
        {MUTE_MINUTES.map((minutes) => (
          <MenuItem key={minutes} icon={MicOff} onSelect={() => void moderation.mute(trader, minutes)}>
            {t("muteFor", { minutes: String(minutes) })}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem icon={CircleAlert} onSelect={() => setAsked("warn")}>
          {t("warn")}
        </MenuItem>
        <MenuItem icon={UserX} danger onSelect={() => setAsked("remove")}>
          {t("remove")}
        </MenuItem>
      </Menu>
      {asked ? (
        <ReasonDialog
          kind={asked}
          name={name}
          onClose={() => setAsked(null)}
          onConfirm={(reason) => {
            setAsked(null);
            if (asked === "warn" && reason !== null) void moderation.warn(trader, reason);
            if (asked === "remove") void moderation.remove(trader, reason);
          }}
        />
      ) : null}
    </>
  );
}
