"use client";

import { useTranslations } from "next-intl";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/cx.ts";
import type { GroupMark } from "./group-lines.ts";

/** The note's tint belongs to what stays inside the team. */
export function GroupMarkChip({ mark }: { mark: GroupMark }) {
  const t = useTranslations("sandbox");
  return <Chip className={cx(mark === "internal" && "bg-note! text-note-text!")}>{t(`mark.${mark}`)}</Chip>;
}
