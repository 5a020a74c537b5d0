"use client";

import { useState } from "react";
import { choosePhotos, type PhotoRefusal } from "./customer-files.ts";
import { newClientId } from "./customer-id.ts";
import type { ChosenPhoto } from "./customer-outbox.ts";

type Chosen = ChosenPhoto & { key: string; previewUrl: string };

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

/** Photos chosen for the next message. */
export function useChosenPhotos() {
  const [photos, setPhotos] = useState<readonly Chosen[]>([]);
  const [refused, setRefused] = useState<readonly PhotoRefusal[]>([]);
  const [reading, setReading] = useState(0);

  const add = async (files: File[]) => {
    const choice = choosePhotos(files, photos.length);
    setRefused(choice.refused);
    setReading((count) => count + 1);
    const added = await Promise.all(
      choice.accepted.map(async (file) => ({
        key: newClientId(),
        file,
        name: file.name,
        previewUrl: URL.createObjectURL(file),
        ...(await sizeOf(file)),
      })),
    );
    setReading((count) => count - 1);
    setPhotos((current) => [...current, ...added]);
  };
  const forget = (gone: readonly Chosen[]) => {
    for (const photo of gone) URL.revokeObjectURL(photo.previewUrl);
  };
  return {
    photos,
    refused,
    isReading: reading > 0,
    add,
    remove(key: string) {
      forget(photos.filter((photo) => photo.key === key));
      setPhotos(photos.filter((photo) => photo.key !== key));
      setRefused([]);
    },
    /** Gives them away for sending. */
    take(): ChosenPhoto[] {
      forget(photos);
      setPhotos([]);
      setRefused([]);
      return photos.map(({ file, name, width, height }) => ({ file, name, width, height }));
    },
  };
}
