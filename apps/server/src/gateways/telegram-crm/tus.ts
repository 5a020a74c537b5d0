import { appendToResumable, createResumable, findResumable, removeResumable } from "@pult/api/chats/files/resumable.ts";
import { MAX_FILE_BYTES } from "@pult/api/chats/files/upload.ts";
import type { Context, Deps } from "@pult/api/context.ts";
import { type DomainError, requestError } from "@pult/api/errors.ts";
import type { Call } from "../../gateway.ts";
import { sendJson } from "../../http/answers.ts";
import { contextOf } from "../../http/identify.ts";
import { noteCall } from "./call-log.ts";

const VERSION = "1.0.0";
const PATH = "/api/telegram/media/uploads";

type Params = { params: { id: string } };

/** Resumable uploads: tus 1.0.0 with creation and termination. @see https://tus.io/protocols/resumable-upload */
export function createTus({ deps }: { deps: Deps }) {
  const contextFor = (call: Call): Context => {
    noteCall(call);
    return contextOf(deps, call);
  };

  const options = ({ response }: Call): undefined =>
    end(response, 204, {
      "Tus-Version": VERSION,
      "Tus-Extension": "creation,termination",
      "Tus-Max-Size": MAX_FILE_BYTES,
    });

  const create = versioned(async (call) => {
    const { headers } = call.request;
    const sizeBytes = readNumber(call, "Upload-Length");
    const { filename = null } = readMetadata(String(headers["upload-metadata"] ?? ""));
    const { id } = await createResumable(contextFor(call), { sizeBytes, fileName: filename });
    return end(call.response, 201, { Location: `${PATH}/${id}`, "Content-Length": 0 });
  });

  const find = versioned<Params>(async (call, { params }) => {
    const { offset, sizeBytes } = await findResumable(contextFor(call), params.id);
    return end(call.response, 200, { "Upload-Offset": offset, "Upload-Length": sizeBytes });
  });

  const append = versioned<Params>(async (call, { params }) => {
    const { request, response } = call;
    if (request.headers["content-type"] !== "application/offset+octet-stream")
      throw requestError("unsupportedContentType", {}, { message: "Send application/offset+octet-stream" });
    // Leaving it early must not destroy the request: the refusal goes out on the same connection.
    const source = request.iterator({ destroyOnReturn: false });
    const at = readNumber(call, "Upload-Offset");
    const { offset } = await appendToResumable(contextFor(call), { ...params, offset: at, source }).catch((error) => {
      throw request.destroyed && !request.complete ? requestError("interrupted", {}, { cause: error }) : error;
    });
    return end(response, 204, { "Upload-Offset": offset });
  });

  const remove = versioned<Params>(async (call, { params }) => {
    await removeResumable(contextFor(call), params.id);
    return end(call.response, 204, {});
  });

  return { options, create, find, append, remove };
}

/** Refuses requests of another version of tus. */
const versioned =
  <Input = unknown>(handler: (call: Call, input: Input) => Promise<undefined>) =>
  async (call: Call, input: Input): Promise<undefined> => {
    const { request, response } = call;
    response.setHeader("Tus-Resumable", VERSION);
    if (request.headers["tus-resumable"] === VERSION) return handler(call, input);
    response.setHeader("Tus-Version", VERSION);
    const message = `Tus-Resumable: expected ${VERSION}`;
    sendJson(response, 412, { error: { code: "VALIDATION_ERROR", message } });
    return undefined;
  };

function end(response: Call["response"], status: number, headers: Record<string, string | number>): undefined {
  response.writeHead(status, headers);
  response.end();
}

/** @throws DomainError `VALIDATION` */
function readNumber({ request }: Call, name: string): number {
  const given = request.headers[name.toLowerCase()];
  if (typeof given === "string" && /^\d{1,15}$/.test(given)) return Number(given);
  throw invalidHeader(name, "a whole number");
}

function invalidHeader(name: string, expected: string): DomainError {
  const message = `${name}: expected ${expected}`;
  return requestError("malformed", {}, { message, details: { [name]: message } });
}

/** Keys with values in Base64. */
const readMetadata = (header: string): Record<string, string | undefined> =>
  Object.fromEntries(
    header.split(",").map((pair) => {
      const [key = "", value = ""] = pair.trim().split(" ");
      return [key, Buffer.from(value, "base64").toString("utf8")];
    }),
  );
