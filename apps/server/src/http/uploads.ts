import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Actor, Deps } from "@pult/api/context.ts";
import { DomainError } from "@pult/api/errors.ts";
import { uploadPhoto } from "@pult/api/support/media-service.ts";
import { MAX_PHOTO_BYTES, type Photo } from "@pult/api/support/schema.ts";
import { sendJson } from "./answers.ts";
import { readMultipart } from "./multipart.ts";
import { setDataHeaders } from "./security-headers.ts";

/** `GET /uploads/:file`: a photo, to whoever holds a link to it, which the door has looked at. */
export async function serveUpload(
  { media }: Pick<Deps, "media">,
  { request, response, key }: { request: IncomingMessage; response: ServerResponse; key: string },
): Promise<void> {
  if (!/^[A-Za-z0-9_-]+\.[a-z]{3,4}$/.test(key)) {
    sendJson(response, 404, { success: false, error: "Not found" });
    return;
  }
  const file = await media.open(key);
  if (!file) {
    sendJson(response, 404, { success: false, error: "Not found" });
    return;
  }
  setDataHeaders(response);
  response.writeHead(200, {
    "Content-Type": file.contentType,
    "Content-Length": file.sizeBytes,
    "Content-Disposition": `inline; filename="${key}"`,
    "Cache-Control": "private, max-age=43200, immutable",
    "Cross-Origin-Resource-Policy": "same-site",
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await pipeline(Readable.from(file.stream), response).catch((error: unknown) => {
    // Whoever looks at something else by now is no failure.
    if (!request.destroyed) throw error;
  });
}

/** `POST /api/media`: one photo in the field `photo`. @throws DomainError `VALIDATION` without one, and as `uploadPhoto` */
export async function receiveUpload(
  deps: Deps,
  { request, response, actor, ip }: { request: IncomingMessage; response: ServerResponse; actor: Actor; ip: string },
): Promise<void> {
  const stored: Photo[] = [];
  await readMultipart(request, {
    maxFiles: 1,
    maxFileBytes: MAX_PHOTO_BYTES,
    async onFile(_name, content) {
      stored.push(await uploadPhoto({ ...deps, actor, ip, userAgent: "" }, content));
    },
  });
  const [photo] = stored;
  if (!photo) throw new DomainError("VALIDATION", "photo: a file is required");
  sendJson(response, 201, photo);
}
