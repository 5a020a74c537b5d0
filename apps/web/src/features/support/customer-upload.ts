import type { Photo } from "@pult/api/support/schema.ts";
import { type Failure, refusalOf } from "../../trpc/failure.ts";

/** Why a photo was not taken. */
export class UploadError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.key ?? failure.kind);
    this.failure = failure;
  }
}

const KINDS: Record<number, Failure["kind"]> = {
  0: "offline",
  400: "invalid",
  401: "signedOut",
  403: "forbidden",
  413: "tooLarge",
  415: "invalid",
  429: "rateLimited",
};

/** What an answer of `POST /api/media` other than 201 means. */
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

/** One photo to the server. `fetch` says nothing of an upload's progress, `XMLHttpRequest` does. @throws UploadError */
export function uploadPhoto(
  photo: { file: Blob; name: string },
  token: string | null,
  onProgress: (share: number) => void,
): Promise<Photo> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = () => {
      const retryAfter = request.getResponseHeader("retry-after");
      reject(new UploadError(uploadFailure(request.status, request.responseText, retryAfter)));
    };
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => (request.status === 201 ? resolve(JSON.parse(request.responseText)) : fail());
    request.onerror = fail;
    request.ontimeout = fail;
    request.open("POST", "/api/media");
    if (token) request.setRequestHeader("authorization", `Bearer ${token}`);
    const form = new FormData();
    form.append("photo", photo.file, photo.name);
    request.send(form);
  });
}
