"use client";

import type { Photo } from "@pult/api/support/schema.ts";
import { RotateCw, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { IconButton } from "../../../ui/icon-button.tsx";
import { registerUnsent } from "../../../ui/new-version.ts";
import { Refused, useRefusalText } from "../../thread/chosen-photos.tsx";
import { choosePhotos, type PhotoRefusal } from "../../thread/limits.ts";
import { newId, SendError } from "../../thread/send-queue.ts";
import { uploadPhoto } from "../../thread/upload.ts";

export type Upload = {
  key: string;
  file: File;
  /** Object URL of the file, for the small picture. */
  previewUrl: string;
  share: number;
  photo: Photo | null;
  failure: UploadFailure | null;
};

const FAILURES = ["offline", "signedOut", "rateLimited", "tooLarge"] as const;
export type UploadFailure = (typeof FAILURES)[number] | "type" | "server";

/** The key of its text. */
function uploadFailure(error: unknown): UploadFailure {
  const kind = error instanceof SendError ? error.failure.kind : "server";
  return kind === "invalid" ? "type" : (FAILURES.find((known) => known === kind) ?? "server");
}

/** Photos chosen for a message: uploaded at once, each with its progress, cancelled when removed or left. */
export function useUploads() {
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const [refused, setRefused] = useState<readonly PhotoRefusal[]>([]);
  const controllers = useRef(new Map<string, AbortController>());
  const count = useRef(0);
  count.current = uploads.length;

  const change = (key: string, fields: Partial<Upload>) =>
    setUploads((current) => current.map((upload) => (upload.key === key ? { ...upload, ...fields } : upload)));

  const start = async ({ key, file }: Pick<Upload, "key" | "file">) => {
    const controller = new AbortController();
    controllers.current.set(key, controller);
    change(key, { share: 0, failure: null });
    try {
      const photo = await uploadPhoto(file, {
        name: file.name,
        signal: controller.signal,
        onProgress: (share) => change(key, { share }),
      });
      change(key, { photo, share: 1 });
    } catch (error) {
      if (!controller.signal.aborted) change(key, { failure: uploadFailure(error) });
    }
  };

  const add = (files: readonly File[]) => {
    const checked = choosePhotos(files, count.current);
    setRefused(checked.refused);
    const added = checked.accepted.map((file) => ({
      key: newId(),
      file,
      previewUrl: URL.createObjectURL(file),
      share: 0,
      photo: null,
      failure: null,
    }));
    setUploads((current) => [...current, ...added]);
    for (const upload of added) void start(upload);
  };

  const remove = (key: string) => {
    controllers.current.get(key)?.abort();
    controllers.current.delete(key);
    setRefused([]);
    setUploads((current) => {
      const removed = current.find((upload) => upload.key === key);
      if (removed) URL.revokeObjectURL(removed.previewUrl);
      return current.filter((upload) => upload.key !== key);
    });
  };

  const clear = () => {
    for (const { key } of uploads) remove(key);
    setRefused([]);
  };

  useEffect(() => registerUnsent(() => count.current > 0), []);
  useEffect(() => {
    const running = controllers.current;
    return () => {
      for (const controller of running.values()) controller.abort();
    };
  }, []);
  return { uploads, refused, add, remove, clear, retry: start };
}

type Uploads = ReturnType<typeof useUploads>;
type OneUpload = Uploads["uploads"][number];

function Progress({ upload }: { upload: OneUpload }) {
  const t = useTranslations("composer");
  const refusalText = useRefusalText();
  const { file, share, photo, failure } = upload;
  if (failure) {
    const isRefused = failure === "tooLarge" || failure === "type";
    const text = isRefused ? refusalText({ reason: failure, name: file.name }) : t(`uploadError.${failure}`);
    return <span className="block text-danger">{text}</span>;
  }
  if (photo) return <span className="sr-only">{t("attached", { name: file.name })}</span>;
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

function Attachment({ upload, uploads }: { upload: OneUpload; uploads: Uploads }) {
  const t = useTranslations();
  const { key, file, previewUrl, photo, failure } = upload;
  const name = file.name;
  return (
    <li className="grid w-[232px] max-w-full grid-cols-[32px_minmax(0,1fr)_auto] items-center gap-x-2 rounded-2 border border-line bg-surface-2 py-[5px] pr-1 pl-[5px] text-12">
      {/* biome-ignore lint/performance/noImgElement: a file of this computer */}
      <img src={previewUrl} alt="" className="size-8 rounded-1 bg-surface-4 object-cover" />
      <span className="min-w-0">
        <span className="block truncate" title={name}>
          {name}
        </span>
        <Progress upload={upload} />
      </span>
      <span className="flex">
        {failure ? (
          <IconButton
            icon={RotateCw}
            size="sm"
            label={t("composer.retryUpload", { name })}
            onClick={() => uploads.retry(upload)}
          />
        ) : null}
        <IconButton
          icon={X}
          size="sm"
          label={t(photo || failure ? "photo.remove" : "composer.cancelUpload", { name })}
          onClick={() => uploads.remove(key)}
        />
      </span>
    </li>
  );
}

/** Chosen photos with their progress, and in words which were not taken. */
export function Attachments({ uploads }: { uploads: Uploads }) {
  return (
    <>
      {uploads.uploads.length > 0 ? (
        <ul className="scroll-pane flex max-h-32 flex-wrap gap-2 px-3 pb-2">
          {uploads.uploads.map((upload) => (
            <Attachment key={upload.key} upload={upload} uploads={uploads} />
          ))}
        </ul>
      ) : null}
      <Refused refused={uploads.refused} className="px-3 pb-2 text-12 text-danger" />
    </>
  );
}
