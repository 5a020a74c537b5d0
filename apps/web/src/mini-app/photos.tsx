"use client";

import { Clock, ImageOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";

export type ShownPhoto = {
  key: string;
  /** Small, for the bubble. */
  src: string;
  /** Whole, for the lightbox. */
  full: string;
  /** Pixels; 0 while not known. */
  width: number;
  height: number;
  /** 0 to 1 while it is on its way. */
  progress: number | null;
  waiting: boolean;
};

const MIN_RATIO = 0.8;
const MAX_RATIO = 1.9;

function ratioOf({ width, height }: ShownPhoto): number {
  if (!width || !height) return 4 / 3;
  return Math.min(MAX_RATIO, Math.max(MIN_RATIO, width / height));
}

type PhotoTileProps = { photo: ShownPhoto; label: string; ratio: number; wide: boolean; onOpen: () => void };

/** The box has its size before the picture is there, so that nothing below moves. */
function PhotoTile({ photo, label, ratio, wide, onOpen }: PhotoTileProps) {
  const t = useTranslations("miniApp");
  const [isBroken, setBroken] = useState(false);
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onOpen}
      className={cx("relative block min-h-11 w-full overflow-hidden rounded-1 bg-surface-4", wide && "col-span-2")}
      style={{ aspectRatio: ratio }}
    >
      {isBroken ? (
        <span className="absolute inset-0 grid place-items-center text-muted">
          <Icon of={ImageOff} size={24} />
        </span>
      ) : (
        // biome-ignore lint/performance/noImgElement: served by our own server in the size it is shown in
        <img
          src={photo.src}
          alt=""
          decoding="async"
          onError={() => setBroken(true)}
          className="absolute inset-0 size-full object-cover"
        />
      )}
      {photo.waiting || photo.progress !== null ? (
        <span className="num absolute bottom-1.5 left-1.5 inline-flex items-center gap-1 rounded-full bg-[rgb(10_14_18/0.72)] px-1.5 text-11 text-[#fff]">
          {photo.waiting ? t("photoWaits") : t("percent", { share: photo.progress ?? 0 })}
          {photo.waiting ? <Icon of={Clock} size={12} /> : null}
        </span>
      ) : null}
    </button>
  );
}

type CustomerPhotosProps = { photos: readonly ShownPhoto[]; onOpen: (index: number) => void };

/** One as it is, more in pairs; an odd one out goes first and wide. */
export function CustomerPhotos({ photos, onOpen }: CustomerPhotosProps) {
  const t = useTranslations("miniApp");
  const isAlone = photos.length === 1;
  const isOdd = photos.length % 2 === 1;
  return (
    <div className={cx("grid gap-0.5", isAlone ? "grid-cols-1" : "grid-cols-2")}>
      {photos.map((photo, index) => (
        <PhotoTile
          key={photo.key}
          photo={photo}
          label={t("openPhoto", { index: index + 1, count: photos.length })}
          ratio={isAlone ? ratioOf(photo) : isOdd && index === 0 ? 2 : 4 / 3}
          wide={!isAlone && isOdd && index === 0}
          onOpen={() => onOpen(index)}
        />
      ))}
    </div>
  );
}
