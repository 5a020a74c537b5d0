import { useState } from "react";
import { lazyModule } from "../../ui/lazy.tsx";
import type { Card, ChosenPhoto, ChosenPhotosProps, ReadPhotos } from "./chosen-photos.tsx";
import { PHOTOS } from "./limits.ts";

// Everything about photos that a conversation without a new one does not need.
const ChosenPhotos = lazyModule(() => import("./chosen-photos.tsx")).part((module) => module.ChosenPhotos);

/** @param rule which files are taken: photos, unless it says otherwise */
export function useChosenPhotos(rule = PHOTOS) {
  const [photos, setPhotos] = useState<readonly ChosenPhoto[]>([]);
  const [refused, setRefused] = useState<ReadPhotos["refused"]>([]);
  const [pending, setPending] = useState<readonly File[]>([]);
  const remove = (gone: readonly ChosenPhoto[]) => {
    for (const photo of gone) URL.revokeObjectURL(photo.previewUrl);
    setPhotos((current) => current.filter((photo) => !gone.includes(photo)));
    setRefused([]);
  };
  const list: ChosenPhotosProps = {
    photos,
    refused,
    pending,
    rule,
    onRead(read) {
      setPending([]);
      setRefused(read.refused);
      setPhotos((current) => [...current, ...read.photos]);
    },
    onRemove: (photo) => remove([photo]),
  };
  return {
    photos,
    isReading: pending.length > 0,
    add: (files: readonly File[]) => setPending((current) => [...current, ...files]),
    /** Once they have been given away for sending. */
    clear: () => remove(photos),
    /** Shows them; where it is not shown, files wait to be read. */
    list: (card?: Card) =>
      photos.length + refused.length + pending.length > 0 ? <ChosenPhotos {...list} card={card} /> : null,
  };
}
