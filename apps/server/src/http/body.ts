import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { malformed, requestError, tooLarge } from "@pult/api/errors.ts";

const DECODERS = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** `gzip`, or empty for a body that was not compressed. */
export const encodingOf = ({ headers }: Pick<IncomingMessage, "headers">): string => {
  const encoding = (headers["content-encoding"] ?? "").trim().toLowerCase();
  return encoding === "identity" ? "" : encoding;
};

/** The `charset` that a content type declares; null without one. */
export const charsetOf = (contentType: string | undefined): string | null =>
  /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? "")?.[1]?.toLowerCase() ?? null;

/**
 * Reads a body of at most `limit` bytes, as sent and with its `Content-Encoding` undone.
 * @throws DomainError `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA` for another encoding, `VALIDATION` for a body that breaks off or is damaged
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = encodingOf(request);
  const decoder = decoderOf(encoding);
  const sent = await readBytes(request, limit);
  if (!decoder) return sent;
  try {
    return await decoder(sent, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") throw tooLargeFor(limit);
    throw malformed(`The body is not valid ${encoding}`);
  }
}

/** Null for a body that was not compressed. @throws DomainError `UNSUPPORTED_MEDIA` */
function decoderOf(encoding: string) {
  if (encoding === "") return null;
  if (Object.hasOwn(DECODERS, encoding)) return DECODERS[encoding as keyof typeof DECODERS];
  throw unsupported(`Content-Encoding: ${encoding.slice(0, 50)} is not understood; send gzip, deflate, br or none`);
}

/** Reads a body as text, in the charset that it declares. @throws DomainError as `readBody` and `decodeText` */
export async function readText(request: IncomingMessage, limit: number): Promise<string> {
  return decodeText(await readBody(request, limit), charsetOf(request.headers["content-type"]));
}

/** @throws DomainError as `readText`, `VALIDATION` for what is no JSON */
export const readJson = async (request: IncomingMessage, limit: number): Promise<unknown> =>
  parseJson(await readText(request, limit));

/**
 * Reads `application/x-www-form-urlencoded`, whose escapes are bytes in the charset that the body declares.
 * @returns the fields, the last of equal names
 * @throws DomainError as `readText`
 */
export async function readForm(request: IncomingMessage, limit: number): Promise<Map<string, string>> {
  const charset = charsetOf(request.headers["content-type"]);
  const sent = (await readBody(request, limit)).toString("latin1");
  const pairs = sent.split("&").filter((pair) => pair !== "");
  const read = (escaped: string) => decodeText(Buffer.from(unescapeBytes(escaped), "latin1"), charset);
  return new Map(
    pairs.map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [read(name), read(value.join("="))];
    }),
  );
}

const unescapeBytes = (escaped: string): string =>
  escaped
    .replaceAll("+", " ")
    .replace(/%([\da-f]{2})/gi, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));

/** @throws DomainError `VALIDATION` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const message = "The body is not valid JSON";
    throw requestError("malformed", {}, { message, details: { body: message } });
  }
}

/**
 * Text without its byte order mark, which outweighs the charset.
 * @param charset a label of the Encoding Standard; null for UTF-8
 * @throws DomainError `UNSUPPORTED_MEDIA` for an unknown charset, `VALIDATION` for bytes that are no text in it
 * @see https://encoding.spec.whatwg.org/#names-and-labels
 */
export function decodeText(bytes: Uint8Array, charset: string | null): string {
  const label = markOf(bytes) ?? charset ?? "utf-8";
  const decoder = openDecoder(label);
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed(`The text is not valid ${decoder.encoding}`);
  }
}

function openDecoder(label: string) {
  try {
    return new TextDecoder(label, { fatal: true });
  } catch {
    throw unsupported(`The charset ${label.slice(0, 50)} is not understood; send UTF-8`);
  }
}

function markOf([first, second, third]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return null;
}

export const unsupported = (message: string) => requestError("unsupportedContentType", {}, { message });

const tooLargeFor = (limit: number) => tooLarge(`The body is larger than ${limit} bytes`);

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Leaving the loop must not destroy the request: the refusal goes out on the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > limit) throw tooLargeFor(limit);
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.destroyed && !request.complete) throw requestError("interrupted", {}, { cause: error });
    throw error;
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
