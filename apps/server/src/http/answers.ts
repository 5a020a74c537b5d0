import type { IncomingMessage, ServerResponse } from "node:http";
import { setDataHeaders } from "./security-headers.ts";

const LINGER_MS = 30_000;
const LINGER_BYTES = 128 * 1024 * 1024;

/** A body of `application/jsonl`, whose lines say how each call went: it is sent with 200, the only status whose lines clients read. */
export class JsonLines {
  readonly lines: readonly unknown[];

  constructor(lines: readonly unknown[]) {
    this.lines = lines;
  }
}

/**
 * Answers, also a request whose body is still arriving: the connection then ends, but the rest is read and discarded for a while first,
 * because a connection that is cut while the client writes loses the answer.
 */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const isWriting = isStillWriting(response.req);
  if (isWriting) response.setHeader("Connection", "close");
  const isLines = body instanceof JsonLines;
  const text = isLines ? body.lines.map((line) => `${JSON.stringify(line)}\n`).join("") : JSON.stringify(body);
  setDataHeaders(response);
  response.writeHead(isLines ? 200 : status, {
    "Content-Type": isLines ? "application/jsonl" : "application/json; charset=utf-8",
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
