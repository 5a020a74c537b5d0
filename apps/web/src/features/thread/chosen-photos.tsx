import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useEffectEvent } from "react";
import { Icon } from "../../ui/icon.tsx";
import { chooseFiles, MAX_PHOTOS, PHOTOS, type PhotoRefusal } from "./limits.ts";
import { newId } from "./send-queue.ts";

/** Pixels are 0 where the browser cannot read the format (HEIC). */
export type ChosenPhoto = { key: string; file: File; previewUrl: string; width: number; height: number };

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

export type ReadPhotos = { photos: ChosenPhoto[]; refused: PhotoRefusal[] };

/** Reads chosen files; names those that cannot be sent. */
async function read(files: readonly File[], already: number, rule: typeof PHOTOS): Promise<ReadPhotos> {
  const { accepted, refused } = chooseFiles(files, already, rule);
  const photos = await Promise.all(
    accepted.map(
      async (file): Promise<ChosenPhoto> => ({
        key: newId(),
        file,
        previewUrl: URL.createObjectURL(file),
        ...(await sizeOf(file)),
      }),
    ),
  );
  return { photos, refused };
}

export type Card = (photo: ChosenPhoto, onRemove: () => void) => ReactNode;

export type ChosenPhotosProps = {
  photos: readonly ChosenPhoto[];
  refused: readonly PhotoRefusal[];
  /** Files that have not been read yet. */
  pending: readonly File[];
  /** Which files are taken. */
  rule: typeof PHOTOS;
  onRead: (read: ReadPhotos) => void;
  onRemove: (photo: ChosenPhoto) => void;
  /** A card in the place of its thumbnail, with what is known of the photo besides. */
  card?: Card | undefined;
};

function usePending({ pending, photos, rule, onRead }: ChosenPhotosProps) {
  const take = useEffectEvent(onRead);
  const already = photos.length;
  useEffect(() => {
    if (pending.length === 0) return;
    let isGone = false;
    void read(pending, already, rule).then((result) => isGone || take(result));
    return () => {
      isGone = true;
    };
  }, [pending, already, rule]);
}

function Thumbnail({ photo, onRemove }: { photo: ChosenPhoto; onRemove: () => void }) {
  const t = useTranslations("photo");
  const { file, previewUrl } = photo;
  return (
    <>
      {/* biome-ignore lint/performance/noImgElement: a file of this device */}
      <img src={previewUrl} alt={file.name} className="size-[72px] rounded-3 bg-surface-4 object-cover" />
      <button
        type="button"
        aria-label={t("remove", { name: file.name })}
        onClick={onRemove}
        className="absolute -top-2 -right-2 grid size-11 place-items-center"
      >
        <span className="grid size-6 place-items-center rounded-full bg-photo-control text-on-photo">
          <Icon of={X} size={14} />
        </span>
      </button>
    </>
  );
}

/** What goes with the next message, and why something does not. */
export function ChosenPhotos(props: ChosenPhotosProps) {
  const t = useTranslations("photo");
  const refusalText = useRefusalText(props.rule);
  const { photos, refused, onRemove, card } = props;
  usePending(props);
  return (
    <>
      {photos.length > 0 ? (
        <ul
          aria-label={t("chosen")}
          className={
            card
              ? "scroll-pane flex max-h-32 flex-wrap gap-2 px-3 pb-2"
              : "flex gap-2 overflow-x-auto px-3 pt-2 pb-1 [scrollbar-width:none]"
          }
        >
          {photos.map((photo) => (
            <li key={photo.key} className="relative max-w-full shrink-0">
              {card ? card(photo, () => onRemove(photo)) : <Thumbnail photo={photo} onRemove={() => onRemove(photo)} />}
            </li>
          ))}
        </ul>
      ) : null}
      <div role="alert" className="px-3 text-13 text-danger">
        {refused.map((refusal) => (
          <p key={`${refusal.reason} ${refusal.name}`} className="py-1">
            {refusalText(refusal)}
          </p>
        ))}
      </div>
    </>
  );
}

export function useRefusalText({ maxBytes } = PHOTOS) {
  const t = useTranslations("photo.refused");
  const megabytes = Math.floor(maxBytes / 1024 / 1024);
  return ({ reason, name }: PhotoRefusal) => t(reason, { name, max: reason === "tooLarge" ? megabytes : MAX_PHOTOS });
}
