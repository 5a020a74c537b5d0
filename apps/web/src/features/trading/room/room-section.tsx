import type { RoomState } from "@pult/api/trading/schema.ts";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { cx } from "../../../ui/cx.ts";
import { type Pane, useRoomAddress } from "./room-address.ts";

const OPEN_PANES = ["chart", "trades", "holders", "chat"] as const;
/** The ticket's place is the finale's once the room has ended. */
const ENDED_PANES = ["chart", "trade", "trades", "holders", "chat"] as const;

/** Narrow screens: which part of the room is shown. */
export function PaneTabs({ room }: { room: RoomState }) {
  const t = useTranslations("rooms.pane");
  const format = useFormatter();
  const { pane, setAddress } = useRoomAddress();
  const isOpen = room.status === "open";
  if (pane === "trade" && isOpen) return null;
  return (
    <nav
      aria-label={t("label")}
      className="flex h-11 shrink-0 gap-4 overflow-x-auto border-line border-b px-4 md:hidden"
    >
      {(isOpen ? OPEN_PANES : ENDED_PANES).map((one) => (
        <button
          key={one}
          type="button"
          aria-current={one === pane ? "page" : undefined}
          onClick={() => void setAddress({ pane: one })}
          className="shrink-0 border-transparent border-b-2 font-medium text-fg-2 aria-[current]:border-accent aria-[current]:text-fg"
        >
          {t(one)}
          {one === "chat" ? <span className="num ml-1.5 text-11 text-muted">{format.number(room.members)}</span> : null}
        </button>
      ))}
    </nav>
  );
}

type SectionProps = {
  title: string;
  aside?: ReactNode;
  /** On which narrow page it stands. */
  on: readonly Pane[];
  className?: string;
  children: ReactNode;
};

/** A part of the room under its heading. */
export function RoomSection({ title, aside, on, className, children }: SectionProps) {
  const { pane } = useRoomAddress();
  return (
    <section
      aria-label={title}
      className={cx("flex min-h-0 min-w-0 flex-col", !on.includes(pane) && "max-md:hidden", className)}
    >
      <div className="flex min-h-11 shrink-0 items-center justify-between gap-2 px-4">
        <h2 className="font-semibold">{title}</h2>
        <span className="num text-12 text-muted">{aside}</span>
      </div>
      {children}
    </section>
  );
}
