import type { IncomingMessage } from "node:http";
import { httpOrigin } from "../address.ts";

/** Which browser origins may open sockets and call with credentials. */
export interface Origins {
  /** `absent`: not a browser, or a plain navigation; cookies of such a caller count only where nothing can be changed. */
  check(request: IncomingMessage): "own" | "absent" | "foreign";
}

export function createOrigins(options: {
  publicUrl?: string | undefined;
  allowed: readonly string[];
  port: () => number;
  host: string;
}): Origins {
  const { publicUrl, allowed, port, host } = options;
  const fixed = new Set([...allowed, ...(publicUrl ? [publicUrl] : [])]);
  const isListening = (origin: string) =>
    !publicUrl && [host, "localhost", "127.0.0.1", "::1"].some((name) => origin === httpOrigin(name, port()));
  return {
    check({ headers }) {
      const { origin } = headers;
      if (origin === undefined) return "absent";
      return fixed.has(origin) || isListening(origin) ? "own" : "foreign";
    },
  };
}
