"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import type { Photo } from "@pult/api/support/schema.ts";
import { ChevronLeft, ChevronRight, ExternalLink, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type PointerEvent, useRef, useState } from "react";
import { Icon } from "../../../ui/icon.tsx";

const SWIPE_PX = 48;
/** On the photo's own dark ground in both themes. */
const controlClass =
  "grid size-11 place-items-center rounded-full bg-photo-control text-on-photo hover:bg-photo-ground focus-visible:outline-on-photo";

type LightboxProps = { photos: readonly Photo[]; start: number; author: string; onClose: () => void };

/** Photos of one message, full size: arrows and swipes go round, Escape and the ground close. */
export function Lightbox({ photos, start, author, onClose }: LightboxProps) {
  const t = useTranslations();
  const [index, setIndex] = useState(start);
  const pressedAt = useRef<number | null>(null);
  const count = photos.length;
  const photo = photos[index];
  const step = (by: number) => setIndex((current) => (current + by + count) % count);
  const release = (event: PointerEvent) => {
    const moved = pressedAt.current === null ? 0 : event.clientX - pressedAt.current;
    pressedAt.current = null;
    if (Math.abs(moved) >= SWIPE_PX && count > 1) step(moved > 0 ? -1 : 1);
  };
  if (!photo) return null;
  const title = t("lightbox.title", { index: index + 1, count });
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-photo-ground" />
        <Base.Popup
          className="fixed inset-0 z-40 flex touch-pan-y select-none items-center justify-center outline-none"
          onKeyDown={(event) => {
            if (event.key === "ArrowRight" && count > 1) step(1);
            if (event.key === "ArrowLeft" && count > 1) step(-1);
          }}
          onPointerDown={(event) => {
            pressedAt.current = event.clientX;
          }}
          onPointerUp={release}
          onClick={(event) => event.target === event.currentTarget && onClose()}
        >
          <Base.Title
            className="absolute top-4 left-4 rounded-full bg-photo-control px-3 py-1 text-13 text-on-photo"
            aria-live="polite"
          >
            {title}
          </Base.Title>
          {/* biome-ignore lint/performance/noImgElement: served as stored, and only when looked at */}
          <img
            key={photo.id}
            src={photo.url}
            alt={t("thread.photoAlt", { index: index + 1, count, name: author })}
            width={photo.width}
            height={photo.height}
            draggable={false}
            className="h-auto max-h-[calc(100dvh-96px)] w-auto max-w-[calc(100vw-32px)] object-contain md:max-w-[calc(100vw-176px)]"
          />
          <div className="absolute top-2 right-2 flex gap-2">
            <a
              href={photo.url}
              target="_blank"
              rel="noreferrer"
              aria-label={t("lightbox.openOriginal")}
              className={controlClass}
            >
              <Icon of={ExternalLink} size={20} />
            </a>
            <Base.Close aria-label={t("common.close")} className={controlClass}>
              <Icon of={X} size={20} />
            </Base.Close>
          </div>
          {count > 1 ? (
            <>
              <button
                type="button"
                aria-label={t("lightbox.previous")}
                onClick={() => step(-1)}
                className={`${controlClass} absolute left-2 md:left-6`}
              >
                <Icon of={ChevronLeft} size={24} />
              </button>
              <button
                type="button"
                aria-label={t("lightbox.next")}
                onClick={() => step(1)}
                className={`${controlClass} absolute right-2 md:right-6`}
              >
                <Icon of={ChevronRight} size={24} />
              </button>
            </>
          ) : null}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
