"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { Icon } from "../../ui/icon.tsx";
import type { useChosenPhotos } from "./customer-chosen.ts";
import { MAX_PHOTOS } from "./customer-files.ts";

/** What goes with the next message, and why something does not. */
export function ChosenPhotos({ chosen }: { chosen: ReturnType<typeof useChosenPhotos> }) {
  const t = useTranslations("miniApp");
  return (
    <>
      {chosen.photos.length > 0 ? (
        <ul aria-label={t("chosen")} className="flex gap-2 overflow-x-auto px-3 pt-2 pb-1 [scrollbar-width:none]">
          {chosen.photos.map((photo) => (
            <li key={photo.key} className="relative shrink-0">
              {/* biome-ignore lint/performance/noImgElement: a file of the customer's own device */}
              <img
                src={photo.previewUrl}
                alt={photo.name}
                className="size-[72px] rounded-3 bg-surface-4 object-cover"
              />
              <button
                type="button"
                aria-label={t("removePhoto", { name: photo.name })}
                onClick={() => chosen.remove(photo.key)}
                className="absolute -top-2 -right-2 grid size-11 place-items-center"
              >
                <span className="grid size-6 place-items-center rounded-full bg-[rgb(10_14_18/0.72)] text-[#fff]">
                  <Icon of={X} size={14} />
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <div role="alert" className="text-13 text-danger">
        {chosen.refused.map(({ reason, name }) => (
          <p key={`${reason} ${name}`} className="px-4 pt-2">
            {t(`photoRefused.${reason}`, { name, max: MAX_PHOTOS })}
          </p>
        ))}
      </div>
    </>
  );
}
