import type { RoomStatus } from "@pult/api/trading/schema.ts";
import { useTranslations } from "next-intl";
import { Chip } from "../../../ui/chip.tsx";
import { cx } from "../../../ui/cx.ts";

/** How much of the curve is sold, as a bar beside its figure. */
export function ProgressBar({ bps, className }: { bps: number; className?: string }) {
  return (
    <span aria-hidden className={cx("block h-1 overflow-hidden rounded-full bg-surface-4", className)}>
      <span className="block h-full rounded-full bg-accent" style={{ width: `${bps / 100}%` }} />
    </span>
  );
}

const STATUS_TONE = { open: "success", completed: "accent", closed: "neutral" } as const;

export function StatusChip({ status }: { status: RoomStatus }) {
  const t = useTranslations("rooms.status");
  return <Chip tone={STATUS_TONE[status]}>{t(status)}</Chip>;
}
