import { type ReactNode, useCallback, useState } from "react";
import { lazyModule } from "../../ui/lazy.tsx";
import type { LightboxProps } from "./lightbox.tsx";
import type { OpenedPhotos } from "./photo-grid.tsx";

const Lightbox = lazyModule(() => import("./lightbox.tsx")).part((module) => module.Lightbox);

/** Shows photos at full size over the page; what that takes is fetched with the first photo that is opened. */
export function useLightbox(options: Pick<LightboxProps, "hasOriginal" | "onBack"> = {}): {
  lightbox: ReactNode;
  openPhotos: (opened: OpenedPhotos) => void;
} {
  const [opened, setOpened] = useState<OpenedPhotos | null>(null);
  const close = useCallback(() => setOpened(null), []);
  return {
    lightbox: opened ? <Lightbox {...opened} {...options} onClose={close} /> : null,
    openPhotos: setOpened,
  };
}
