import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { guardedLookup, isPublicAddress, PrivateAddressError } from "./private-addresses.ts";

export interface GuardedRequest {
  url: URL;
  method: "GET" | "POST";
  headers: Record<string, string | number>;
  body?: Uint8Array;
  /** For everything: connecting, the answer's head, and its body. */
  timeoutMs: number;
  /** Sandbox and tests only: this origin may be plain http and private. */
  exemptOrigin?: string | null;
  /** Default: the system's resolver, guarded. */
  lookup?: LookupFunction;
}

/**
 * One request to an address that a stranger named: https, public addresses only (checked on what is connected to), no redirects,
 * no shared connections.
 * @returns the answer's head; destroy it or read it to the end
 * @throws PrivateAddressError for another scheme, credentials in the URL, or an address that is not public; a network error otherwise
 */
export async function openGuarded(request: GuardedRequest): Promise<IncomingMessage> {
  const { url } = request;
  const exempt = request.exemptOrigin != null && url.origin === request.exemptOrigin;
  if (!exempt) assertAllowed(url);
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = send(url, {
      method: request.method,
      headers: request.headers,
      agent: false,
      signal: AbortSignal.timeout(request.timeoutMs),
      ...(exempt ? {} : { lookup: request.lookup ?? guardedLookup }),
    });
    outgoing.once("response", resolve);
    // Stays for the life of the request: an abort after the head would otherwise be an unhandled event.
    outgoing.on("error", reject);
    outgoing.end(request.body);
  });
}

/** The first `maxBytes` of the answer as text, for error messages; the rest is not read. */
export async function readStart(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= maxBytes) break;
  }
  response.destroy();
  return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
}

/** @throws PrivateAddressError for what is no https address, has credentials, or names a private address literally */
export function assertAllowed(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const literal = isIP(host) !== 0;
  if (url.protocol !== "https:" || url.username !== "" || url.password !== "" || (literal && !isPublicAddress(host))) {
    throw new PrivateAddressError();
  }
}
