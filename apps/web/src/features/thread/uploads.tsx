import { File as FileIcon, RotateCw, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { registerUnsent } from "../../ui/new-version.ts";
import { type ChosenPhoto, useRefusalText } from "./chosen-photos.tsx";
import { SendError } from "./send-queue.ts";
import type { UploadOptions } from "./upload.ts";

const FAILURES = ["offline", "signedOut", "rateLimited", "tooLarge"] as const;
type UploadFailure = (typeof FAILURES)[number] | "type" | "server";

/** The key of its text. */
function failureOf(error: unknown): UploadFailure {
  const kind = error instanceof SendError ? error.failure.kind : "server";
  return kind === "invalid" ? "type" : (FAILURES.find((known) => known === kind) ?? "server");
}

type UploadState<Stored> = {
  /** 0 to 1. */
  share: number;
  /** Once the server has it. */
  stored: Stored | null;
  failure: UploadFailure | null;
};

type Upload<Stored> = ChosenPhoto & UploadState<Stored> & { retry: () => void };

const BEGUN = { share: 0, stored: null, failure: null };

/** Uploads chosen files at once, and gives up those that are no longer chosen. */
export function useUploads<Stored>(
  photos: readonly ChosenPhoto[],
  upload: (file: Blob, options: UploadOptions) => Promise<Stored>,
): Upload<Stored>[] {
  const [states, setStates] = useState<Readonly<Record<string, UploadState<Stored>>>>({});
  const running = useRef(new Map<string, AbortController>());

  const start = async ({ key, file }: ChosenPhoto) => {
    const controller = new AbortController();
    running.current.set(key, controller);
    const change = (fields: Partial<UploadState<Stored>>) =>
      setStates((current) => ({ ...current, [key]: { ...BEGUN, ...current[key], ...fields } }));
    change(BEGUN);
    try {
      const stored = await upload(file, {
        name: file.name,
        signal: controller.signal,
        onProgress: (share) => change({ share }),
      });
      change({ stored, share: 1 });
    } catch (error) {
      if (!controller.signal.aborted) change({ failure: failureOf(error) });
    }
  };
  const begin = useEffectEvent(start);

  useEffect(() => {
    for (const photo of photos) if (!running.current.has(photo.key)) void begin(photo);
    for (const [key, controller] of running.current) {
      if (photos.some((photo) => photo.key === key)) continue;
      controller.abort();
      running.current.delete(key);
    }
  }, [photos]);
  useEffect(() => {
    const all = running.current;
    const forget = registerUnsent(() => all.size > 0);
    return () => {
      forget();
      for (const controller of all.values()) controller.abort();
      all.clear();
    };
  }, []);
  return photos.map((photo) => ({ ...photo, ...(states[photo.key] ?? BEGUN), retry: () => void start(photo) }));
}

function Progress({ file, share, stored, failure }: Upload<unknown>) {
  const t = useTranslations("composer");
  const refusalText = useRefusalText();
  if (failure) {
    const isRefused = failure === "tooLarge" || failure === "type";
    const text = isRefused ? refusalText({ reason: failure, name: file.name }) : t(`uploadError.${failure}`);
    return <span className="block text-danger">{text}</span>;
  }
  if (stored) return <span className="sr-only">{t("attached", { name: file.name })}</span>;
  return (
    <span className="flex h-4 items-center gap-1.5">
      <progress aria-label={file.name} value={share} max={1} className="sr-only" />
      <span aria-hidden className="h-1 flex-1 overflow-hidden rounded-full bg-surface-4">
        <span className="block h-full origin-left bg-accent" style={{ transform: `scaleX(${share})` }} />
      </span>
      <span aria-hidden className="num w-8 text-right text-11 text-muted">
        {Math.round(share * 100)} %
      </span>
    </span>
  );
}

export function UploadCard({ upload, onRemove }: { upload: Upload<unknown>; onRemove: () => void }) {
  const t = useTranslations();
  const { file, previewUrl, stored, failure } = upload;
  const { name } = file;
  return (
    <div className="grid w-[232px] max-w-full grid-cols-[32px_minmax(0,1fr)_auto] items-center gap-x-2 rounded-2 border border-line bg-surface-2 py-[5px] pr-1 pl-[5px] text-12">
      {file.type.startsWith("image/") ? (
        // biome-ignore lint/performance/noImgElement: a file of this computer
        <img src={previewUrl} alt="" className="size-8 rounded-1 bg-surface-4 object-cover" />
      ) : (
        <span className="grid size-8 place-items-center rounded-1 bg-surface-4 text-muted">
          <Icon of={FileIcon} />
        </span>
      )}
      <span className="min-w-0">
        <span className="block truncate" title={name}>
          {name}
        </span>
        <Progress {...upload} />
      </span>
      <span className="flex">
        {failure ? (
          <IconButton icon={RotateCw} size="sm" label={t("composer.retryUpload", { name })} onClick={upload.retry} />
        ) : null}
        <IconButton
          icon={X}
          size="sm"
          label={t(stored || failure ? "photo.remove" : "composer.cancelUpload", { name })}
          onClick={onRemove}
        />
      </span>
    </div>
  );
}
