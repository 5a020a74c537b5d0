"use client";

import { ChevronLeft, ChevronRight, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import type { TelegramClient } from "../../telegram/client.ts";
import { Icon } from "../../ui/icon.tsx";
import type { ShownPhoto } from "./customer-photos.tsx";

const toolClass =
  "grid size-11 place-items-center rounded-full bg-[rgb(10_14_18/0.6)] text-[#fff] focus-visible:outline-[#fff]";

type CustomerLightboxProps = {
  photos: readonly ShownPhoto[];
  first: number;
  telegram: TelegramClient;
  onClose: () => void;
};

/** The browser's own modal: it keeps the focus inside, and Escape and Telegram's back button close it. Photos are swiped by scrolling. */
export function CustomerLightbox({ photos, first, telegram, onClose }: CustomerLightboxProps) {
  const t = useTranslations("miniApp");
  const dialog = useRef<HTMLDialogElement>(null);
  const strip = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState(first);

  useEffect(() => {
    dialog.current?.showModal();
    strip.current?.scrollTo({ left: first * strip.current.clientWidth, behavior: "instant" });
    return telegram.onBack(() => dialog.current?.close());
  }, [first, telegram]);

  const go = (to: number) => {
    const wanted = Math.min(photos.length - 1, Math.max(0, to));
    strip.current?.scrollTo({ left: wanted * strip.current.clientWidth });
  };
  return (
    <dialog
      ref={dialog}
      aria-label={t("photoTitle", { index: index + 1, count: photos.length })}
      onClose={onClose}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") go(index - 1);
        if (event.key === "ArrowRight") go(index + 1);
      }}
      className="fixed inset-0 m-0 h-(--app-height,100dvh) max-h-none w-full max-w-none bg-[rgb(8_10_12)] p-0 text-[#fff]"
    >
      <div
        ref={strip}
        onScroll={({ currentTarget }) => setIndex(Math.round(currentTarget.scrollLeft / currentTarget.clientWidth))}
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
        <span className="num rounded-full bg-[rgb(10_14_18/0.6)] px-3 py-1 text-13" aria-hidden>
          {t("photoTitle", { index: index + 1, count: photos.length })}
        </span>
        <button
          type="button"
          aria-label={t("close")}
          className={`pointer-events-auto ${toolClass}`}
          onClick={() => dialog.current?.close()}
        >
          <Icon of={X} size={20} />
        </button>
      </div>
      {photos.length > 1 ? (
        <div className="pointer-events-none absolute inset-x-0 bottom-4 flex justify-center gap-4">
          <button
            type="button"
            aria-label={t("previousPhoto")}
            aria-disabled={index === 0}
            className={`pointer-events-auto aria-disabled:opacity-50 ${toolClass}`}
            onClick={() => go(index - 1)}
          >
            <Icon of={ChevronLeft} size={20} />
          </button>
          <button
            type="button"
            aria-label={t("nextPhoto")}
            aria-disabled={index === photos.length - 1}
            className={`pointer-events-auto aria-disabled:opacity-50 ${toolClass}`}
            onClick={() => go(index + 1)}
          >
            <Icon of={ChevronRight} size={20} />
          </button>
        </div>
      ) : null}
    </dialog>
  );
}
