"use client";

import type { Photo } from "@pult/api/support/schema.ts";
import { ImageOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { photoSpans, singleSize } from "./photo-layout.ts";

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
