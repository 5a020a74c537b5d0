import type { IncomingMessage, ServerResponse } from "node:http";
import { requestError, tooLarge } from "@pult/api/errors.ts";
import { setDataHeaders } from "./security-headers.ts";

const LINGER_MS = 30_000;
const LINGER_BYTES = 128 * 1024 * 1024;

/**
 * Answers, also a request whose body is still arriving: the connection then ends, but the rest is read and discarded for a while first,
 * because a connection that is cut while the client writes loses the answer.
 */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const isWriting = isStillWriting(response.req);
  if (isWriting) response.setHeader("Connection", "close");
  const text = JSON.stringify(body);
  setDataHeaders(response);
  response.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": String(response.getHeader("Cache-Control") ?? "no-store"),
  });
  if (!isWriting) {
    response.end(text);
    return;
  }
  // Complete for the client by its length; ending it would cut the connection.
  response.write(text);
  endAfterBody(response.req, response);
}

function isStillWriting({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
}

function endAfterBody(request: IncomingMessage, response: ServerResponse): void {
  let left = LINGER_BYTES;
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  const finish = () => {
    clearTimeout(timer);
    response.end();
  };
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.once("end", finish);
  request.once("close", finish);
  request.resume();
}

/** Reads a body of at most `limit` bytes. @throws DomainError `PAYLOAD_TOO_LARGE`, `VALIDATION` for one that breaks off */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Leaving the loop must not destroy the request: the refusal goes out on the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > limit) throw tooLarge(`The body is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.destroyed && !request.complete) throw requestError("interrupted", {}, { cause: error });
    throw error;
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** @throws DomainError `VALIDATION` */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    const message = "The body is not valid JSON";
    throw requestError("malformed", {}, { message, details: { body: message } });
  }
}
