import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Deps } from "@pult/api/context.ts";
import type { ByteRange, OpenedFile } from "@pult/api/media/store.ts";
import { sendJson } from "./answers.ts";
import { setDataHeaders } from "./security-headers.ts";

/** `GET /uploads/:file`: a stored file, or a range of it; the caller holds a link to it. */
export async function serveUpload(
  { media }: Pick<Deps, "media">,
  { request, response, key }: { request: IncomingMessage; response: ServerResponse; key: string },
): Promise<void> {
  const file = await media.open(key);
  if (!file) {
    sendJson(response, 404, { success: false, error: "Not found" });
    return;
  }
  const { contentType } = file;
  await sendFile({ request, response }, file, {
    unsatisfiable: { success: false, error: "Range not satisfiable" },
    headers: {
      "Content-Type": contentType,
      "Content-Disposition": `${SHOWN.test(contentType) ? "inline" : "attachment"}; filename="${key}"`,
      "Cache-Control": "private, max-age=43200, immutable",
      "Cross-Origin-Resource-Policy": "same-site",
    },
  });
}

/** Sends a file, or the range of it that is asked for; `unsatisfiable` is the body of a 416. */
export async function sendFile(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  file: OpenedFile,
  { headers, unsatisfiable }: { headers: OutgoingHttpHeaders; unsatisfiable: object },
): Promise<void> {
  const { sizeBytes } = file;
  // Links carry no validator, so a range that depends on one is never known to fit.
  const isWhole = request.method !== "GET" || request.headers["if-range"] !== undefined;
  const range = isWhole ? null : parseRange(request.headers.range, sizeBytes);
  if (range === "unsatisfiable") {
    response.setHeader("Content-Range", `bytes */${sizeBytes}`);
    sendJson(response, 416, unsatisfiable);
    return;
  }
  setDataHeaders(response);
  response.writeHead(range ? 206 : 200, {
    ...headers,
    "Content-Length": range ? range.end - range.start + 1 : sizeBytes,
    "Accept-Ranges": "bytes",
    ...(range && { "Content-Range": `bytes ${range.start}-${range.end}/${sizeBytes}` }),
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await pipeline(Readable.from(file.read(range ?? undefined)), response).catch((error: unknown) => {
    // A client that looks at something else by now is no failure.
    if (!request.destroyed) throw error;
  });
}

/** Browsers play these; anything else is downloaded. */
const SHOWN = /^(image|video|audio)\//;

/**
 * One range of bytes of a file.
 * @returns null for none, and for a form that a server may ignore: another unit, several ranges, or a malformed one
 * @see RFC 9110, section 14
 */
function parseRange(header: string | undefined, sizeBytes: number): ByteRange | null | "unsatisfiable" {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "");
  const [first, last] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (first === "" && last === "") return null;
  if (first === "") {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? "unsatisfiable" : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= sizeBytes) return "unsatisfiable";
  return { start, end: Math.min(last === "" ? sizeBytes : Number(last), sizeBytes - 1) };
}
