"use client";

import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useEffectEvent } from "react";
import { choosePhotos, type PhotoRefusal } from "../features/thread/files.ts";
import { MAX_PHOTOS } from "../features/thread/limits.ts";
import { newId } from "../features/thread/new-id.ts";
import { Icon } from "../ui/icon.tsx";
import type { ChosenPhoto } from "./outbox.ts";

export type Chosen = ChosenPhoto & { key: string; previewUrl: string };

/** Pixels as shown, turned the way the camera was held; 0 where the browser cannot read the format (HEIC). */
async function sizeOf(file: Blob): Promise<{ width: number; height: number }> {
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return { width: 0, height: 0 };
  }
}

export type Read = { photos: Chosen[]; refused: PhotoRefusal[] };

/** Reads chosen files; names those that cannot be sent. */
async function read(files: readonly File[], already: number): Promise<Read> {
  const { accepted, refused } = choosePhotos(files, already);
  const photos = await Promise.all(
    accepted.map(
      async (file): Promise<Chosen> => ({
        key: newId(),
        file,
        name: file.name,
        previewUrl: URL.createObjectURL(file),
        ...(await sizeOf(file)),
      }),
    ),
  );
  return { photos, refused };
}

type ChosenPhotosProps = {
  photos: readonly Chosen[];
  refused: readonly PhotoRefusal[];
  /** Files that have not been read yet. */
  pending: readonly File[];
  onRead: (read: Read) => void;
  onRemove: (key: string) => void;
};

function usePending({ pending, photos, onRead }: ChosenPhotosProps) {
  const take = useEffectEvent(onRead);
  const already = photos.length;
  useEffect(() => {
    if (pending.length === 0) return;
    let isGone = false;
    void read(pending, already).then((result) => isGone || take(result));
    return () => {
      isGone = true;
    };
  }, [pending, already]);
}

/** What goes with the next message, and why something does not. */
export function ChosenPhotos(props: ChosenPhotosProps) {
  const t = useTranslations("miniApp");
  const { photos, refused, onRemove } = props;
  usePending(props);
  return (
    <>
      {photos.length > 0 ? (
        <ul aria-label={t("chosen")} className="flex gap-2 overflow-x-auto px-3 pt-2 pb-1 [scrollbar-width:none]">
          {photos.map((photo) => (
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
                onClick={() => onRemove(photo.key)}
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
        {refused.map(({ reason, name }) => (
          <p key={`${reason} ${name}`} className="px-4 pt-2">
            {t(`photoRefused.${reason}`, { name, max: MAX_PHOTOS })}
          </p>
        ))}
      </div>
    </>
  );
}
