import type { Photo } from "@pult/api/support/schema.ts";

export type UploadFailure = "offline" | "server" | "signedOut" | "rateLimited" | "tooLarge" | "type";

export class UploadError extends Error {
  readonly failure: UploadFailure;

  constructor(failure: UploadFailure) {
    super(`The photo was not uploaded: ${failure}`);
    this.name = "UploadError";
    this.failure = failure;
  }
}

const FAILURES: Record<number, UploadFailure> = { 401: "signedOut", 413: "tooLarge", 415: "type", 429: "rateLimited" };

type UploadOptions = {
  /** 0 to 1. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
  /** Bearer token where there is no cookie. */
  token?: string | null;
};

/**
 * Sends one photo. XMLHttpRequest, because `fetch` does not tell how much of a body has gone.
 * @throws UploadError; the signal's reason when it was aborted
 */
export function uploadPhoto(file: File, { onProgress, signal, token }: UploadOptions): Promise<Photo> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/media");
    request.responseType = "json";
    if (token) request.setRequestHeader("authorization", `Bearer ${token}`);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      if (request.status === 201) resolve(request.response as Photo);
      else reject(new UploadError(FAILURES[request.status] ?? "server"));
    };
    request.onerror = () => reject(new UploadError("offline"));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    form.append("photo", file);
    request.send(form);
  });
}
