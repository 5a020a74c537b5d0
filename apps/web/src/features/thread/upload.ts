import type { Photo } from "@pult/api/media/schema.ts";
import { type Failure, refusalOf } from "../../trpc/failure.ts";
import { SendError } from "./send-queue.ts";

const KINDS: Record<number, Failure["kind"]> = {
  0: "offline",
  400: "invalid",
  401: "signedOut",
  403: "forbidden",
  413: "tooLarge",
  415: "invalid",
  429: "rateLimited",
};

/** What an answer other than 201 means. */
export function uploadFailure(status: number, body: string, retryAfter: string | null): Failure {
  const seconds = Number(retryAfter);
  return {
    kind: KINDS[status] ?? "server",
    ...errorOf(body),
    retryAfterSeconds: retryAfter !== null && Number.isFinite(seconds) ? seconds : null,
  };
}

function errorOf(body: string): Pick<Failure, "key" | "params"> {
  try {
    return refusalOf(JSON.parse(body) ?? {});
  } catch {
    return refusalOf({});
  }
}

export type UploadOptions = {
  name: string;
  /** 0 to 1. */
  onProgress: (share: number) => void;
  /** Bearer token where there is no cookie. */
  token?: string | null;
  signal?: AbortSignal;
};

/** Where a file goes: an address, and its field of the form. */
type Target = { path: string; field: string };

/**
 * Sends one file. `fetch` says nothing of an upload's progress, `XMLHttpRequest` does.
 * @throws SendError; the signal's reason when it was aborted
 */
export function uploadFile<Stored>(
  file: Blob,
  { path, field, name, onProgress, token, signal }: Target & UploadOptions,
): Promise<Stored> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = () => {
      const retryAfter = request.getResponseHeader("retry-after");
      reject(new SendError(uploadFailure(request.status, request.responseText, retryAfter)));
    };
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => (request.status === 201 ? resolve(JSON.parse(request.responseText)) : fail());
    request.onerror = fail;
    request.ontimeout = fail;
    request.onabort = () => reject(signal?.reason);
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.open("POST", path);
    if (token) request.setRequestHeader("authorization", `Bearer ${token}`);
    const form = new FormData();
    form.append(field, file, name);
    request.send(form);
  });
}

/** A photo of the product's own. @throws as `uploadFile` */
export const uploadPhoto = (file: Blob, options: UploadOptions): Promise<Photo> =>
  uploadFile(file, { path: "/api/media", field: "photo", ...options });
