"use client";

import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type RefObject, useEffect, useRef, useState } from "react";
import { Icon } from "../ui/icon.tsx";
import type { ShownPhoto } from "./photos.tsx";
import type { TelegramClient } from "./telegram/client.ts";

const toolClass =
  "pointer-events-auto grid size-11 place-items-center rounded-full bg-[rgb(10_14_18/0.6)] text-[#fff] focus-visible:outline-[#fff] aria-disabled:opacity-50";

type CustomerLightboxProps = {
  photos: readonly ShownPhoto[];
  first: number;
  telegram: TelegramClient;
  onClose: () => void;
};

/** Photos side by side, a screen each: a finger swipes them by scrolling, a button or a key scrolls for it. */
function useStrip(strip: RefObject<HTMLDivElement | null>, count: number, first: number) {
  const [index, setIndex] = useState(first);
  useEffect(() => {
    strip.current?.scrollTo({ left: first * strip.current.clientWidth, behavior: "instant" });
  }, [strip, first]);
  const go = (to: number) => {
    const wanted = Math.min(count - 1, Math.max(0, to));
    strip.current?.scrollTo({ left: wanted * strip.current.clientWidth });
  };
  const onScroll = () => {
    if (strip.current) setIndex(Math.round(strip.current.scrollLeft / strip.current.clientWidth));
  };
  return { index, go, onScroll };
}

/** The browser's own modal: it keeps the focus inside, and Escape and Telegram's back button close it. */
export function CustomerLightbox({ photos, first, telegram, onClose }: CustomerLightboxProps) {
  const t = useTranslations("miniApp");
  const dialog = useRef<HTMLDialogElement>(null);
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    return telegram.onBack(() => dialog.current?.close());
  }, [telegram]);
  const { index, go, onScroll } = useStrip(strip, photos.length, first);
  const title = t("photoTitle", { index: index + 1, count: photos.length });
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={onClose}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") go(index - 1);
        if (event.key === "ArrowRight") go(index + 1);
      }}
      className="fixed inset-0 m-0 h-(--app-height,100dvh) max-h-none w-full max-w-none bg-[rgb(8_10_12)] p-0 text-[#fff]"
    >
      <div
        ref={strip}
        onScroll={onScroll}
        className="flex h-full snap-x snap-mandatory overflow-x-auto [scrollbar-width:none]"
      >
        {photos.map((photo, at) => (
          // biome-ignore lint/performance/noImgElement: the original, as it was sent
          <img
            key={photo.key}
            src={photo.full}
            alt={t("photoAlt", { index: at + 1, count: photos.length })}
            className="h-full w-full shrink-0 snap-center object-contain"
          />
        ))}
      </div>
      <div className="pointer-events-none absolute inset-x-0 top-(--app-inset-top,env(safe-area-inset-top,0px)) flex items-center justify-between p-2">
        <span aria-hidden className="num rounded-full bg-[rgb(10_14_18/0.6)] px-3 py-1 text-13">
          {title}
        </span>
        <button type="button" aria-label={t("close")} className={toolClass} onClick={() => dialog.current?.close()}>
          <Icon of={X} size={20} />
        </button>
      </div>
      {photos.length > 1 ? <Steps index={index} count={photos.length} go={go} /> : null}
    </dialog>
  );
}

function Steps({ index, count, go }: { index: number; count: number; go: (to: number) => void }) {
  const t = useTranslations("miniApp");
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-4 flex justify-center gap-4">
      <button
        type="button"
        aria-label={t("previousPhoto")}
        aria-disabled={index === 0}
        className={toolClass}
        onClick={() => go(index - 1)}
      >
        <Icon of={ChevronLeft} size={20} />
      </button>
      <button
        type="button"
        aria-label={t("nextPhoto")}
        aria-disabled={index === count - 1}
        className={toolClass}
        onClick={() => go(index + 1)}
      >
        <Icon of={ChevronRight} size={20} />
      </button>
    </div>
  );
}
