import type { IncomingMessage } from "node:http";

const BODY_MS = 120_000;

/** Ends a request whose body takes too long. Node's own limit makes no exceptions, and the upload of a backup needs one. */
export function limitBodyTime(request: IncomingMessage, ms = BODY_MS): void {
  const { headers, complete } = request;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (complete || !hasBody) return;
  const timer = setTimeout(() => request.destroy(), ms);
  request.once("close", () => clearTimeout(timer));
}
