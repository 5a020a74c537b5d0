import type { IncomingMessage } from "node:http";

const BODY_MS = 120_000;

/**
 * Ends a request whose body takes too long to come. Node's own limit makes no exceptions, and a backup that is given back may be long on
 * its way.
 * @param exempt the path that may take its time
 */
export function limitBodyTime(
  request: IncomingMessage,
  { exempt, ms = BODY_MS }: { exempt: string; ms?: number },
): void {
  const { headers, complete, url = "" } = request;
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (complete || !hasBody || url === exempt || url.startsWith(`${exempt}?`)) return;
  const timer = setTimeout(() => request.destroy(), ms);
  request.once("close", () => clearTimeout(timer));
}
