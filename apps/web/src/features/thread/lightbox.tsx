import { ChevronLeft, ChevronRight, ExternalLink, type LucideIcon, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../../ui/icon.tsx";
import type { OpenedPhotos } from "./photo-grid.tsx";

/** On the photo's own dark ground in both themes. */
const controlClass =
  "grid size-11 place-items-center rounded-full bg-photo-control text-on-photo hover:bg-photo-ground focus-visible:outline-on-photo";

export type LightboxProps = OpenedPhotos & {
  /** Whether the picture can be opened in a page of its own. */
  hasOriginal?: boolean;
  /** Another way to close it, offered until the returned function is called: Telegram's back button. */
  onBack?: (close: () => void) => () => void;
  onClose: () => void;
};

/** Photos side by side, a screen each: a finger swipes by scrolling, a button or a key scrolls for it. */
function useStrip(count: number, start: number) {
  const strip = useRef<HTMLDivElement>(null);
  const [index, setIndex] = useState(start);
  const show = (at: number) => {
    strip.current?.scrollTo({ left: at * strip.current.clientWidth, behavior: "instant" });
  };
  const showFirst = useRef(() => show(start));
  useEffect(() => showFirst.current(), []);
  return {
    strip,
    index,
    /** Goes round. */
    step: (by: number) => show((index + by + count) % count),
    onScroll: () => {
      if (strip.current) setIndex(Math.round(strip.current.scrollLeft / strip.current.clientWidth));
    },
  };
}

function StepButton({ icon, label, at, onStep }: { icon: LucideIcon; label: string; at: string; onStep: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      onClick={onStep}
      className={`${controlClass} absolute top-1/2 -translate-y-1/2 ${at}`}
    >
      <Icon of={icon} size={24} />
    </button>
  );
}

/** The photos of one message, full size, in the browser's own modal: it keeps the focus inside. Escape and the ground close it. */
export function Lightbox({ photos, start, author, hasOriginal, onBack, onClose }: LightboxProps) {
  const t = useTranslations("photo");
  const dialog = useRef<HTMLDialogElement>(null);
  const count = photos.length;
  const close = () => dialog.current?.close();
  useEffect(() => {
    dialog.current?.showModal();
    return onBack?.(() => dialog.current?.close());
  }, [onBack]);
  const { strip, index, step, onScroll } = useStrip(count, start);
  const title = t("title", { index: index + 1, count });
  return (
    <dialog
      ref={dialog}
      // Said again for those who look for what lies over the page.
      // biome-ignore lint/a11y/noRedundantRoles: keys and updates of the page go by the attribute
      role="dialog"
      aria-label={title}
      onClose={onClose}
      onKeyDown={(event) => {
        if (count === 1) return;
        if (event.key === "ArrowLeft") step(-1);
        if (event.key === "ArrowRight") step(1);
      }}
      className="fixed inset-0 m-0 h-(--app-height,100dvh) max-h-none w-full max-w-none overflow-hidden bg-photo-ground p-0 backdrop:bg-transparent"
    >
      <div className="absolute top-(--app-inset-top,env(safe-area-inset-top,0px)) right-0 z-1 flex flex-row-reverse gap-2 p-2">
        <button type="button" aria-label={t("close")} className={controlClass} onClick={close}>
          <Icon of={X} size={20} />
        </button>
        {hasOriginal ? (
          <a
            href={photos[index]?.full}
            target="_blank"
            rel="noreferrer"
            aria-label={t("original")}
            className={controlClass}
          >
            <Icon of={ExternalLink} size={20} />
          </a>
        ) : null}
      </div>
      <p
        aria-live="polite"
        className="num absolute top-(--app-inset-top,env(safe-area-inset-top,0px)) left-0 z-1 m-4 rounded-full bg-photo-control px-3 py-1 text-13 text-on-photo"
      >
        {title}
      </p>
      <div
        ref={strip}
        onScroll={onScroll}
        className="flex h-full snap-x snap-mandatory overflow-x-auto [scrollbar-width:none]"
      >
        {photos.map((photo, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
          // biome-ignore lint/a11y/noStaticElementInteractions: the ground around a photo
          <div
            key={photo.key}
            onClick={(event) => event.target === event.currentTarget && close()}
            className="grid size-full shrink-0 snap-center place-items-center"
          >
            {/* biome-ignore lint/performance/noImgElement: served as stored, and only when looked at */}
            <img
              src={photo.full}
              alt={t("alt", { index: at + 1, count, name: author })}
              width={photo.width || undefined}
              height={photo.height || undefined}
              draggable={false}
              className="h-auto max-h-[calc(var(--app-height,100dvh)-96px)] w-auto max-w-[calc(100vw-32px)] object-contain md:max-w-[calc(100vw-176px)]"
            />
          </div>
        ))}
      </div>
      {count > 1 ? (
        <>
          <StepButton icon={ChevronLeft} label={t("previous")} at="left-2 md:left-6" onStep={() => step(-1)} />
          <StepButton icon={ChevronRight} label={t("next")} at="right-2 md:right-6" onStep={() => step(1)} />
        </>
      ) : null}
    </dialog>
  );
}
