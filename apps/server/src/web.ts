import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import type { PageRules } from "./http/security-headers.ts";
import { setPageHeaders } from "./http/security-headers.ts";

export interface Web {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
  close(): Promise<void>;
}

/** The Next.js pages, in this process and on this port. */
export async function openWeb(options: {
  server: Server;
  directory: string;
  host: string;
  port: number;
  rules: PageRules;
}): Promise<Web> {
  const { server, directory, host, port, rules } = options;
  // Next is CommonJS: its function is the module itself, which its types call `default`.
  const { default: module } = await import("next");
  const createNext = module as unknown as typeof module.default;
  const next = createNext({ dev: rules.dev, dir: directory, hostname: host, port, httpServer: server, quiet: true });
  await next.prepare();
  const handle = next.getRequestHandler();
  return {
    async serve(request, response) {
      setPageHeaders(request, response, rules);
      await handle(request, response);
    },
    close: () => next.close(),
  };
}

/** `apps/web`, from the sources and from the bundle in `dist/bin` alike. */
export function webDirectory(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.includes("/dist/bin/") ? "../../../web" : "../../web", here));
}
