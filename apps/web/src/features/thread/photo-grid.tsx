import type { Photo } from "@pult/api/media/schema.ts";
import { Clock, ImageOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";

/** A photo of a message, wherever its picture comes from. */
export type ShownPhoto = {
  key: string;
  /** Small, for the bubble. */
  src: string;
  /** Full size, for the lightbox. */
  full: string;
  /** Pixels; 0 while unknown. */
  width: number;
  height: number;
  /** How much has been uploaded, 0 to 1, or that it waits for the connection. Left out when nothing has to be said. */
  upload?: number | "waiting";
};

/** Photos of one message, and which of them was pressed. */
export type OpenedPhotos = { photos: readonly ShownPhoto[]; start: number; author: string };

/** @param src another picture of it, such as one that this page still has in memory */
export function storedPhoto({ id, url, thumbUrl, width, height }: Photo, src = thumbUrl): ShownPhoto {
  return { key: id, src, full: url, width, height };
}

/** A picture that comes in one size. */
export const photoAt = (url: string, { width, height } = { width: 0, height: 0 }): ShownPhoto => ({
  key: url,
  src: url,
  full: url,
  width,
  height,
});

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
  if (width === 0 || height === 0) return { width: 316, height: 237 };
  const scale = Math.min(316 / width, 320 / height, 1);
  return {
    width: Math.max(96, Math.round(width * scale)),
    height: Math.max(72, Math.round(height * scale)),
  };
}

const SPAN_CLASS: Record<number, string> = {
  6: "col-span-6",
  3: "col-span-3 aspect-[154/104]",
  2: "col-span-2 aspect-[102/86]",
};

function UploadMark({ upload }: { upload: number | "waiting" }) {
  const t = useTranslations("photo");
  return (
    <span className="num absolute bottom-1.5 left-1.5 inline-flex items-center gap-1 rounded-full bg-photo-control px-1.5 text-11 text-on-photo">
      {upload === "waiting" ? t("waits") : t("percent", { share: upload })}
      {upload === "waiting" ? <Icon of={Clock} size={12} /> : null}
    </span>
  );
}

/** Its box has its size before the picture is there, so that nothing moves when it comes. */
function PhotoButton({ photo, label, onOpen }: { photo: ShownPhoto; label: string; onOpen: () => void }) {
  const t = useTranslations("photo");
  const [isBroken, setBroken] = useState(false);
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onOpen}
      className="relative block size-full overflow-hidden rounded-1 bg-surface-4"
    >
      {isBroken ? (
        <span className="flex size-full flex-col items-center justify-center gap-1 p-1 text-11 text-muted">
          <Icon of={ImageOff} />
          {t("broken")}
        </span>
      ) : (
        // biome-ignore lint/performance/noImgElement: comes ready-made and signed from our own server, or from this page's memory
        <img
          src={photo.src}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={() => setBroken(true)}
          className="size-full object-cover"
        />
      )}
      {photo.upload === undefined ? null : <UploadMark upload={photo.upload} />}
    </button>
  );
}

type PhotoGridProps = { photos: readonly ShownPhoto[]; onOpen: (index: number) => void };

/** The photos of one message in full rows, as wide as `--photos`; one alone keeps its shape. */
export function PhotoGrid({ photos, onOpen }: PhotoGridProps) {
  const t = useTranslations("photo");
  const count = photos.length;
  const spans = photoSpans(count);
  const [first] = photos;
  const alone = count === 1 && first ? singleSize(first) : null;
  return (
    <div
      className={cx(
        "grid max-w-full grid-cols-6 gap-0.5 overflow-hidden rounded-[9px]",
        !alone && "w-(--photos,310px)",
      )}
      style={alone ? { width: `min(${alone.width}px, var(--photos, 316px))` } : undefined}
    >
      {photos.map((photo, index) => (
        <div
          key={photo.key}
          className={SPAN_CLASS[spans[index] ?? 2]}
          style={alone ? { aspectRatio: `${alone.width} / ${alone.height}` } : undefined}
        >
          <PhotoButton photo={photo} label={t("open", { index: index + 1, count })} onOpen={() => onOpen(index)} />
        </div>
      ))}
    </div>
  );
}
