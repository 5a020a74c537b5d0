import type { IncomingMessage } from "node:http";
import { DomainError, malformed } from "@pult/api/errors.ts";
import { mediaError } from "@pult/api/media/errors.ts";
import { openGuarded } from "./guarded-request.ts";
import { PrivateAddressError } from "./private-addresses.ts";

const MAX_BYTES = 10 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
const MAX_URL_LENGTH = 2048;

export interface PhotoUrlOptions {
  /** Allowed hosts, lower case, with the port when it is not 443. */
  hosts: readonly string[];
  /** Sandbox and tests only: this origin may be plain http and private. Its host must still be in `hosts`. */
  exemptOrigin?: string | null;
  /** Default 10,000. */
  timeoutMs?: number;
}

/**
 * The bytes behind a `photo_url` that a client sent, at most 10 MB. Nothing is requested until the first read.
 * @throws DomainError `VALIDATION` when the address is not allowed or does not answer 200 in time, `PAYLOAD_TOO_LARGE` past 10 MB
 */
export async function* fetchPhotoUrl(url: string, options: PhotoUrlOptions): AsyncGenerator<Uint8Array> {
  const response = await openPhoto(parsePhotoUrl(url, options), options);
  try {
    yield* readBounded(response);
  } finally {
    response.destroy();
  }
}

function parsePhotoUrl(url: string, options: PhotoUrlOptions): URL {
  const parsed = url.length <= MAX_URL_LENGTH ? URL.parse(url) : null;
  if (parsed === null) throw malformed("photo_url is not an address");
  if (parsed.protocol !== "https:" && parsed.origin !== options.exemptOrigin) {
    throw malformed("photo_url must begin with https://");
  }
  if (!options.hosts.includes(parsed.host)) {
    throw malformed("photo_url points to a host that is not allowed here");
  }
  return parsed;
}

async function openPhoto(url: URL, options: PhotoUrlOptions): Promise<IncomingMessage> {
  const response = await openGuarded({
    url,
    method: "GET",
    headers: { accept: "image/*" },
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    exemptOrigin: options.exemptOrigin ?? null,
  }).catch((error: unknown) => {
    throw error instanceof PrivateAddressError
      ? malformed("photo_url does not lead to a public address")
      : unreachable(error);
  });
  const status = response.statusCode ?? 0;
  if (status !== 200) {
    response.destroy();
    throw malformed(`photo_url answered ${status}`);
  }
  if (Number(response.headers["content-length"] ?? 0) > MAX_BYTES) {
    response.destroy();
    throw tooLarge();
  }
  return response;
}

async function* readBounded(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_BYTES) throw tooLarge();
      yield chunk;
    }
  } catch (error) {
    throw error instanceof DomainError ? error : unreachable(error);
  }
}

function tooLarge(): DomainError {
  return mediaError("tooLarge", { what: "photo", megabytes: 10 });
}

function unreachable(cause: unknown): DomainError {
  return malformed("photo_url could not be loaded", cause);
}
