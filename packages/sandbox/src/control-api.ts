import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { readControlRequest } from "./control-request.ts";
import { Refusal, sendJson, toFailure } from "./http.ts";
import type { Control } from "./module.ts";
import type { Runtime } from "./runtime.ts";

/** Serves the control API of a sandbox; `path` is what follows its root. Never throws. */
export type ServeControl = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void>;

export function createControlApi(runtime: Runtime): ServeControl {
  const controls = collectControls(runtime);
  return async (request, response, path) => {
    try {
      assertSameOrigin(request);
      const name = `${request.method} ${path.replace(/^\/+|\/+$/g, "").split("?")[0]}`;
      const control = controls.get(name) ?? controls.get(name.replace(/[\w-]+$/, "*"));
      if (control === undefined) throw new Refusal(404, "No such control");
      const body = await control(await readControlRequest(request, name), response);
      if (response.headersSent) return;
      sendJson(response, { status: 200, body: body ?? {}, headers: { "cache-control": "no-store" } });
    } catch (error) {
      sendJson(response, toFailure(error));
    }
  };
}

function collectControls(runtime: Runtime): Map<string, Control> {
  const modules = runtime.running.flatMap(({ module, started }) =>
    Object.entries(started.controls ?? {}).map(([name, control]): [string, Control] => [
      name.replace(" ", ` ${module.name}/`),
      control,
    ]),
  );
  return new Map<string, Control>([
    ["GET world", () => runtime.world],
    [
      "GET events",
      (_request, response) => {
        if (!runtime.events.add(response)) throw new Refusal(503, "Too many event streams are open");
      },
    ],
    [
      "POST app/token",
      async (request) => {
        const { mintAppToken } = runtime.options;
        if (mintAppToken === undefined) throw new Refusal(404, "No app backend is configured");
        const { userId } = request.read(z.object({ userId: z.string() }));
        return { token: await mintAppToken(userId) };
      },
    ],
    ["POST faults", ({ body }) => runtime.setFaults(body)],
    [
      "POST reset",
      () => {
        runtime.reset();
        return runtime.world;
      },
    ],
    ...modules,
  ]);
}

/** Keeps other sites' pages in the same browser from controlling the sandbox. */
function assertSameOrigin({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host) throw new Refusal(403, "Foreign origin");
}
