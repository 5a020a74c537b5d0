import { lookup } from "node:dns";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { WebhookAnswer, WebhookRequest, WebhookSender } from "@pult/api/workflows/webhooks/sender.ts";
import ipaddr from "ipaddr.js";
import { assertAllowed, openGuarded, readStart } from "./guarded-request.ts";
import { createGuardedLookup, PrivateAddressError, type ResolveAll } from "./private-addresses.ts";

export interface WebhookSenderOptions {
  /** Origins that may be plain http and private. */
  allowedOrigins?: readonly string[];
  /** The sandbox and tests only: so may loopback addresses. */
  allowsLoopback?: boolean;
  /** For everything: connecting, the answer's head, and what is read of its body. Default 10,000. */
  timeoutMs?: number;
  /** Default: the system's. */
  resolve?: ResolveAll;
}

/** What is kept of an answer that is no success. */
const MAX_START_BYTES = 300;

/** Calls receivers of webhooks: https and public addresses alone, checked on what is connected to, no redirects. */
export function createWebhookSender(options: WebhookSenderOptions = {}): WebhookSender {
  const { allowedOrigins = [], allowsLoopback = false, timeoutMs = 10_000 } = options;
  const resolve = createGuardedLookup(options.resolve ?? lookup);
  const isExempt = (url: URL) => allowedOrigins.includes(url.origin) || (allowsLoopback && isLoopback(url));

  async function open({ url: text, headers, body }: WebhookRequest): Promise<IncomingMessage> {
    const url = new URL(text);
    const bytes = new TextEncoder().encode(body);
    return openGuarded({
      ...{ url, method: "POST", body: bytes, timeoutMs, lookup: resolve },
      headers: { ...headers, "content-length": bytes.length },
      exemptOrigin: isExempt(url) ? url.origin : null,
    });
  }

  return {
    async check(text) {
      const url = URL.parse(text);
      if (!url) return "private";
      if (isExempt(url)) return "allowed";
      try {
        assertAllowed(url);
      } catch {
        return "private";
      }
      if (isIP(bareHost(url)) !== 0) return "allowed";
      return new Promise((done) => {
        resolve(url.hostname, {}, (error) => {
          if (!error) done("allowed");
          else done(error instanceof PrivateAddressError ? "private" : "unresolved");
        });
      });
    },
    async post(request): Promise<WebhookAnswer> {
      const begun = performance.now();
      const took = () => Math.round(performance.now() - begun);
      try {
        const response = await open(request);
        const status = response.statusCode ?? 0;
        const isSuccess = status >= 200 && status < 300;
        // A success says all by its status. An answer that stops half-way is an answer.
        const start = isSuccess ? "" : await readStart(response, MAX_START_BYTES).catch(() => "");
        response.destroy();
        return { kind: "answered", status, ms: took(), start };
      } catch (error) {
        if (error instanceof PrivateAddressError) return { kind: "private", ms: took() };
        const isLate = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
        return { kind: isLate ? "noAnswer" : "unreachable", ms: took() };
      }
    },
  };
}

const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

function isLoopback(url: URL): boolean {
  const host = bareHost(url);
  if (host === "localhost") return true;
  return isIP(host) !== 0 && ipaddr.process(host).range() === "loopback";
}
