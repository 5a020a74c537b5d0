"use client";

import type { Photo } from "@pult/api/support/schema.ts";
import { ImageOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";

/** Photos per row, so that every row is full: an album of five is two above three. */
const ROWS: Record<number, readonly number[]> = {
  1: [1],
  2: [2],
  3: [3],
  4: [2, 2],
  5: [2, 3],
  6: [3, 3],
  7: [2, 2, 3],
  8: [2, 3, 3],
  9: [3, 3, 3],
  10: [2, 2, 3, 3],
};

/** Columns of six that each photo takes. */
export function photoSpans(count: number): number[] {
  const rows = ROWS[count] ?? Array.from({ length: Math.ceil(count / 3) }, () => 3);
  return rows.flatMap((perRow) => Array.from({ length: perRow }, () => 6 / perRow)).slice(0, count);
}

/** Size of a photo alone, kept in a box and never so flat or narrow that it cannot be pressed. */
export function singleSize({ width, height }: { width: number; height: number }): { width: number; height: number } {
  const scale = Math.min(316 / width, 320 / height, 1);
  return {
    width: Math.max(96, Math.round(width * scale)),
    height: Math.max(72, Math.round(height * scale)),
  };
}

const SPAN_CLASS: Record<number, string> = { 6: "col-span-6", 3: "col-span-3 h-[104px]", 2: "col-span-2 h-[86px]" };

type PhotoButtonProps = { photo: Photo; label: string; alt: string; onOpen: () => void };

/** Its size is known before it loads, so nothing moves when it does. */
function PhotoButton({ photo, label, alt, onOpen }: PhotoButtonProps) {
  const t = useTranslations("thread");
  const [isBroken, setBroken] = useState(false);
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onOpen}
      className="block size-full overflow-hidden rounded-1 bg-surface-4"
    >
      {isBroken ? (
        <span className="flex size-full min-h-16 flex-col items-center justify-center gap-1 p-1 text-11 text-muted">
          <Icon of={ImageOff} />
          {t("photoBroken")}
        </span>
      ) : (
        // biome-ignore lint/performance/noImgElement: thumbnails come ready-made and signed from our own server
        <img
          src={photo.thumbUrl}
          alt={alt}
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setBroken(true)}
          className="size-full object-cover"
        />
      )}
    </button>
  );
}

type PhotoGridProps = { photos: readonly Photo[]; author: string; onOpen: (index: number) => void };

/** 1 to 10 photos, 316 px wide; one alone keeps its shape. */
export function PhotoGrid({ photos, author, onOpen }: PhotoGridProps) {
  const t = useTranslations("thread");
  const count = photos.length;
  const spans = photoSpans(count);
  const [first] = photos;
  const alone = count === 1 && first ? singleSize(first) : null;
  return (
    <div
      className="grid max-w-full grid-cols-6 gap-0.5 overflow-hidden rounded-[9px]"
      style={{ width: alone?.width ?? 310 }}
    >
      {photos.map((photo, index) => (
        <div
          key={photo.id}
          className={cx(SPAN_CLASS[spans[index] ?? 2])}
          style={alone ? { aspectRatio: `${alone.width} / ${alone.height}` } : undefined}
        >
          <PhotoButton
            photo={photo}
            label={t("openPhoto", { index: index + 1, count })}
            alt={t("photoAlt", { index: index + 1, count, name: author })}
            onOpen={() => onOpen(index)}
          />
        </div>
      ))}
    </div>
  );
}
