import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Telegram's own web clients may frame the Mini App; nothing else is ever framed. */
const TELEGRAM_FRAMES = "https://web.telegram.org https://*.telegram.org";

export interface PageRules {
  /** The sandbox frames the Mini App on the same origin. */
  sandbox: boolean;
  /** https: browsers are told to stay on it. */
  secure: boolean;
  /** Development needs eval for its reload. */
  dev: boolean;
  /** Where pages connect for the audio of rooms; they also ask it over HTTP why a connection failed. */
  audioUrl: string | undefined;
}

/** Headers of every answer. */
export function setBaseHeaders(response: ServerResponse, { secure }: Pick<PageRules, "secure">): void {
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Referrer-Policy", "strict-origin-when-cross-origin");
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Permissions-Policy", "geolocation=(), payment=(), usb=()");
  if (secure) response.setHeader("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

/** Content policy of what is no page: data that must never run, wherever it is opened. */
export function setDataHeaders(response: ServerResponse): void {
  response.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
}

/** Content policy of a page, with a nonce that Next reads from the request and puts on its own scripts. */
export function setPageHeaders(request: IncomingMessage, response: ServerResponse, rules: PageRules): void {
  const nonce = randomBytes(16).toString("base64");
  const path = URL.parse(request.url ?? "/", "http://local")?.pathname ?? "";
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${rules.dev ? " 'unsafe-eval'" : ""}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    ["connect-src 'self' ws: wss:", ...httpOriginOf(rules.audioUrl)].join(" "),
    "worker-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-src ${rules.sandbox ? "'self'" : "'none'"}`,
    `frame-ancestors ${frameAncestors(path, rules)}`,
  ].join("; ");
  request.headers["content-security-policy"] = policy;
  request.headers["x-nonce"] = nonce;
  response.setHeader("Content-Security-Policy", policy);
}

function httpOriginOf(socketUrl: string | undefined): string[] {
  const url = URL.parse(socketUrl?.replace(/^ws/, "http") ?? "");
  return url ? [url.origin] : [];
}

function frameAncestors(path: string, { sandbox }: PageRules): string {
  const isMiniApp = path === "/app" || path.startsWith("/app/");
  if (!isMiniApp) return "'none'";
  return sandbox ? `'self' ${TELEGRAM_FRAMES}` : TELEGRAM_FRAMES;
}
