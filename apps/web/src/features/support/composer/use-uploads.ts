"use client";

import type { Photo } from "@pult/api/support/schema.ts";
import { useEffect, useRef, useState } from "react";
import { registerUnsent } from "../../../ui/new-version.ts";
import { choosePhotos, type PhotoRefusal } from "../../thread/files.ts";
import { newId } from "../../thread/new-id.ts";
import { SendError } from "../../thread/send-queue.ts";
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
