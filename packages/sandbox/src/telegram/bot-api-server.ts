import type { IncomingMessage, ServerResponse } from "node:http";
import { parseJsonObject, Refusal, readBody, readMultipart, sendBytes, sendJson } from "../http.ts";
import type { Exchange } from "../module.ts";
import type { BotMethod, TelegramBackend } from "./backend.ts";
import { BotApiError, badRequest } from "./bot-api-error.ts";
import { botMethods } from "./bot-methods.ts";
import { copyMethods } from "./copy-methods.ts";
import { messageMethods } from "./message-methods.ts";
import { Params } from "./params.ts";
import { sendMethods } from "./send-methods.ts";
import { topicMethods } from "./topics.ts";

const METHODS = new Map<string, { name: string; method: BotMethod }>(
  Object.entries({ ...sendMethods, ...copyMethods, ...topicMethods, ...messageMethods, ...botMethods }).map(
    ([name, method]) => [name.toLowerCase(), { name, method }],
  ),
);

const NOT_FOUND = new BotApiError(404, "Not Found");
const BAD_GATEWAY_PAGE =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n";

/** The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
export class BotApiServer {
  readonly #backend: TelegramBackend;
  #serverErrors = 0;

  constructor(backend: TelegramBackend) {
    this.#backend = backend;
  }

  readonly handle = async ({ request, response, url }: Exchange): Promise<undefined> => {
    if (this.#backend.faults.current().telegramDown) {
      this.#log(url.pathname.split("/").at(-1) ?? "", {}, 0);
      request.socket.destroy();
      return;
    }
    if (url.pathname.startsWith("/file/")) {
      this.#sendFile(response, url.pathname);
    } else {
      await this.#call(request, response, url);
    }
  };

  async #call(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { host } = this.#backend;
    const [, token, wanted = ""] = /^\/bot([^/]*)\/([^/]*)$/.exec(decodeURI(url.pathname)) ?? [];
    const known = METHODS.get(wanted.toLowerCase());
    const closed = new AbortController();
    response.on("close", () => closed.abort());
    let params = new Params({});
    let status = 200;
    try {
      params = await readParams(request, url);
      if (token !== host.state.bot.token) throw new BotApiError(401, "Unauthorized");
      this.#checkFaults(wanted);
      if (known === undefined) throw NOT_FOUND;
      const result = await known.method({ backend: this.#backend, params, signal: closed.signal });
      await host.delay();
      sendJson(response, { status, body: { ok: true, result } });
    } catch (error) {
      const failure = toBotApiError(error);
      status = failure.status;
      await host.delay();
      this.#sendFailure(response, failure);
    } finally {
      this.#log(known?.name ?? wanted, params.toLog(), status);
    }
  }

  #checkFaults(method: string): void {
    const { faults } = this.#backend;
    if (faults.takesServerError()) throw new BotApiError(502, "Bad Gateway");
    const retryAfter = /^send/i.test(method) ? faults.floodSecondsLeft() : null;
    if (retryAfter === null) return;
    throw new BotApiError(429, `Too Many Requests: retry after ${retryAfter}`, { retry_after: retryAfter });
  }

  /** Every second 502 is the proxy's page instead of JSON: clients meet both. */
  #sendFailure(response: ServerResponse, { status, message, parameters }: BotApiError): void {
    if (status === 502 && this.#serverErrors++ % 2 === 1) {
      response.writeHead(502, { "content-type": "text/html" });
      response.end(BAD_GATEWAY_PAGE);
      return;
    }
    const body = { ok: false, error_code: status, description: message, parameters };
    const retryAfter = parameters?.retry_after;
    sendJson(response, { status, body, headers: retryAfter ? { "retry-after": String(retryAfter) } : {} });
  }

  #sendFile(response: ServerResponse, path: string): void {
    const { host, files } = this.#backend;
    const [, token, filePath] = /^\/file\/bot([^/]*)\/(.+)$/.exec(decodeURI(path)) ?? [];
    const file = host.state.files.find((candidate) => candidate.path === filePath);
    const bytes = file === undefined ? undefined : files.get(file.unique);
    if (token !== host.state.bot.token) {
      this.#sendFailure(response, new BotApiError(401, "Unauthorized"));
    } else if (bytes === undefined) {
      this.#sendFailure(response, NOT_FOUND);
    } else {
      sendBytes(response, bytes, "application/octet-stream");
    }
  }

  #log(method: string, params: Record<string, unknown>, status: number): void {
    const { host } = this.#backend;
    host.log({ method, params, at: host.now().toISOString(), status });
  }
}

function toBotApiError(error: unknown): BotApiError {
  if (error instanceof BotApiError) return error;
  if (error instanceof Refusal && error.status === 413) return new BotApiError(413, "Request Entity Too Large");
  if (error instanceof Refusal) return badRequest(error.message);
  return new BotApiError(500, `Internal Server Error: ${String(error)}`);
}

async function readParams(request: IncomingMessage, url: URL): Promise<Params> {
  const query = Object.fromEntries(url.searchParams);
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type === "multipart/form-data") {
    const { fields, uploads } = await readMultipart(request);
    return new Params({ ...query, ...fields }, uploads);
  }
  const text = (await readBody(request)).toString("utf8");
  if (type === "application/json" && text !== "") {
    const body = parseJsonObject(text);
    if (body === undefined) throw badRequest("can't parse JSON object");
    return new Params({ ...query, ...body });
  }
  return new Params({ ...query, ...Object.fromEntries(new URLSearchParams(text)) });
}
