import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "../http.ts";
import { parseJsonObject, Refusal, readBody, readMultipart, sendBytes } from "../http.ts";
import type { Exchange, Route } from "../module.ts";
import { drawPicture } from "../pictures.ts";
import type { InstagramBackend } from "./backend.ts";
import { GraphError, invalidParameter, unknownObject } from "./graph-error.ts";
import { type Fields, firstPage, type Page, parseFields } from "./graph-fields.ts";
import * as methods from "./graph-methods.ts";
import * as nodes from "./graph-nodes.ts";
import { findMedia, findMessage, findPerson } from "./state.ts";

type Params = Record<string, unknown>;

interface GraphCall {
  backend: InstagramBackend;
  method: string;
  /** Path without the version, such as `me/messages`. */
  path: string;
  params: Params;
  fields: Fields | null;
  page: Page;
}

const HTML_PAGE = "<html><head><title>Error</title></head><body><h1>Sorry, something went wrong.</h1></body></html>\n";

/** The Instagram API with Instagram Login, at the sandbox's origin with or without a version in front. */
export function createGraphRoutes(backend: InstagramBackend): Route[] {
  const answer = (exchange: Exchange) => answerCall(backend, exchange);
  return [
    {
      method: "GET",
      path: /^\/instagram\/cdn\/([\w-]+)$/,
      handle: ({ match, response }) => sendPicture(backend, match[1] ?? "", response),
    },
    { path: /^\/(me(?:\/[a-z_]+)?|refresh_access_token|(?:\d+|aWdf[\w-]+)(?:\/[a-z_]+)?)$/, handle: answer },
    { path: /^\/v\d+\.\d+\/(.*)$/, handle: answer },
  ];
}

/** Sends a picture by its name, to every caller. @throws Refusal 404 */
export function sendPicture({ host, files }: InstagramBackend, name: string, response: ServerResponse): undefined {
  const drawn = drawPicture(name);
  const bytes = drawn ?? files.get(name);
  if (bytes === undefined) throw new Refusal(404, "No such picture");
  const mime = host.state.files.find(({ unique }) => unique === name)?.mime ?? "image/png";
  sendBytes(response, bytes, mime);
}

async function answerCall(backend: InstagramBackend, exchange: Exchange): Promise<Answer | undefined> {
  const { request, response, match } = exchange;
  const method = request.method ?? "";
  const path = match[1] ?? "";
  let params: Params = {};
  let status = 200;
  try {
    params = await readParams(request, exchange.url);
    checkToken(backend, request, params);
    if (failsBefore(backend, response)) {
      status = 502;
      return undefined;
    }
    const url = `${backend.host.origin}${exchange.url.pathname}`;
    const body = route({ backend, method, path, params, fields: readFields(params), page: readPage(params, url) });
    if (backend.webhooks.faults.current().instagramApi !== "lost") return { status, body };
    status = 0;
    request.socket.destroy();
    return undefined;
  } catch (error) {
    const failure = toGraphError(error);
    status = failure.status;
    return { status, body: failure.body };
  } finally {
    const { access_token: _secret, ...shown } = params;
    const { host } = backend;
    host.log({ method: `${method} instagram/${path}`, params: shown, at: host.now().toISOString(), status });
  }
}

/** @throws GraphError 190 for a token that is absent, unknown or expired */
function checkToken({ host, webhooks }: InstagramBackend, request: IncomingMessage, params: Params): void {
  const [, bearer] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
  const given = bearer ?? params.access_token;
  if (typeof given !== "string")
    throw new GraphError("An access token is required to request this resource.", { code: 104 });
  params.access_token = given;
  const known = host.state.tokens.find(({ token }) => token === given);
  if (known === undefined)
    throw new GraphError("Invalid OAuth access token - Cannot parse access token", { code: 190 });
  if (known.expiresAt > host.now().getTime() && webhooks.faults.current().instagramApi !== "tokenExpired") return;
  throw new GraphError("Error validating access token: Session has expired.", { code: 190, subcode: 463 });
}

/** Faults in which nothing takes effect. Whether the answer is sent already. */
function failsBefore({ host, webhooks }: InstagramBackend, response: ServerResponse): boolean {
  switch (webhooks.faults.current().instagramApi) {
    case "html":
      response.writeHead(502, { "content-type": "text/html; charset=utf-8" });
      response.end(HTML_PAGE);
      return true;
    case "serverError":
      throw new GraphError("An unexpected error has occurred. Please retry your request later.", {
        status: 500,
        code: 2,
        isTransient: true,
      });
    case "rateLimited":
      // Meta names the time to wait in this header alone.
      response.setHeader("x-business-use-case-usage", renderUsage(host.state.account.id));
      throw new GraphError("(#4) Application request limit reached", { status: 403, code: 4, isTransient: true });
    default:
      return false;
  }
}

/** Minutes, whole ones. */
function renderUsage(accountId: string): string {
  const usage = {
    type: "messenger",
    call_count: 100,
    total_cputime: 25,
    total_time: 25,
    estimated_time_to_regain_access: 1,
  };
  return JSON.stringify({ [accountId]: [usage] });
}

function route(call: GraphCall): object {
  const { backend, method, path, params, fields } = call;
  const { host } = backend;
  const own = path.replace(new RegExp(`^${host.state.account.id}(?=/|$)`), "me");
  switch (`${method} ${own}`) {
    case "GET me":
      return nodes.renderAccount(host, fields);
    case "GET me/conversations":
      return nodes.renderConversations(host, { ...call, personId: readText(params.user_id) });
    case "GET me/media":
      return nodes.renderMediaList(host, call);
    case "GET me/subscribed_apps":
      return methods.renderSubscriptions(backend);
    case "POST me/subscribed_apps":
      return methods.subscribe(backend, params);
    case "DELETE me/subscribed_apps":
      return methods.unsubscribe(backend);
    case "POST me/messages":
      return methods.sendMessage(backend, params);
    case "GET refresh_access_token":
      return methods.refreshToken(backend, params);
    default:
      return routeToObject(call);
  }
}

/** Calls on an object by its id: a comment, a post, a person, a conversation or a message. */
function routeToObject(call: GraphCall): object {
  const { backend, method, path, params, fields } = call;
  const { host } = backend;
  const [id = "", edge = ""] = path.split("/");
  const comment = host.state.comments.find((one) => one.id === id);
  const media = findMedia(host.state, id);
  const person = findPerson(host.state, id);
  const talker = nodes.findConversation(host, id);
  const message = findMessage(host.state, id);
  const at = `${method} ${edge}`;
  if (comment && at === "POST replies") return methods.replyToComment(backend, comment, params);
  if (comment && at === "GET replies") return nodes.renderReplies(host, comment, call);
  if (comment && at === "GET ") return nodes.renderComment(host, comment, fields);
  if (media && at === "GET comments") return nodes.renderComments(host, media, call);
  if (media && at === "GET ") return nodes.renderMedia(host, media, fields);
  if (person && at === "GET ") return nodes.renderPerson(host, person, fields);
  if (talker && at === "GET messages") return nodes.renderMessages(host, talker, call);
  if (talker && at === "GET ") return nodes.renderConversation(host, talker, fields);
  if (message && at === "GET ") return nodes.renderMessage(host, message, fields);
  throw unknownObject(id, method);
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function readFields({ fields }: Params): Fields | null {
  return typeof fields === "string" && fields !== "" ? parseFields(fields) : null;
}

function readPage({ limit, after }: Params, url: string): Page {
  const wanted = limit === undefined ? firstPage(url).limit : Number(limit);
  if (!Number.isInteger(wanted) || wanted < 1) throw invalidParameter("Param limit must be a positive integer");
  return { url, limit: Math.min(wanted, 100), after: readText(after) };
}

/** Query, JSON, form or multipart. @throws GraphError, Refusal */
async function readParams(request: IncomingMessage, url: URL): Promise<Params> {
  const query = Object.fromEntries(url.searchParams);
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type === "multipart/form-data") return { ...query, ...(await readMultipart(request)).fields };
  const text = (await readBody(request)).toString("utf8");
  if (type !== "application/json" || text === "") return { ...query, ...Object.fromEntries(new URLSearchParams(text)) };
  const body = parseJsonObject(text);
  if (body === undefined) throw invalidParameter("Invalid JSON in the body");
  return { ...query, ...body };
}

function toGraphError(error: unknown): GraphError {
  if (error instanceof GraphError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new GraphError(message, error instanceof Refusal ? { code: 100 } : { status: 500, code: 1 });
}
