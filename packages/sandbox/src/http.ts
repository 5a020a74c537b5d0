import type { IncomingMessage, ServerResponse } from "node:http";
import type { BusboyInstance } from "@fastify/busboy";
import { Busboy } from "@fastify/busboy";

/** Largest request body, bytes: what the Bot API takes in one upload. */
const BODY_LIMIT_BYTES = 50 * 1024 * 1024;

/** A request that the sandbox itself refuses (control API, typed actions), as opposed to Telegram or Google. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export function toFailure(error: unknown): Answer {
  const status = error instanceof Refusal ? error.status : 500;
  return { status, body: { error: error instanceof Error ? error.message : String(error) } };
}

export function sendJson(response: ServerResponse, { status, body, headers }: Answer): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

export function sendBytes(response: ServerResponse, bytes: Uint8Array, contentType: string): void {
  response.writeHead(200, {
    "content-type": contentType,
    "content-length": String(bytes.byteLength),
    "x-content-type-options": "nosniff",
  });
  response.end(bytes);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object from JSON text; undefined when it is not one. */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a body over the limit to its end too, so that the sender lives to see the answer. @throws Refusal 413 */
export async function readBody(request: IncomingMessage, limitBytes = BODY_LIMIT_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes: Buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    size += bytes.length;
    if (size <= limitBytes) chunks.push(bytes);
    else chunks.length = 0;
  }
  if (size > limitBytes) throw new Refusal(413, "Request body is too large");
  return Buffer.concat(chunks);
}

export interface Upload {
  field: string;
  name: string;
  mime: string;
  bytes: Buffer;
}

export interface Form {
  fields: Record<string, string>;
  uploads: Upload[];
}

/** @throws Refusal 400 for a broken body, 413 for one over the limit */
export function readMultipart(request: IncomingMessage): Promise<Form> {
  const contentType = request.headers["content-type"];
  if (contentType === undefined) return Promise.reject(new Refusal(400, "No content type"));
  return new Promise<Form>((resolve, reject) => {
    const form: Form = { fields: {}, uploads: [] };
    let size = 0;
    const fail = (error: unknown) => {
      request.unpipe(parser);
      request.resume();
      reject(new Refusal(400, `Broken multipart body: ${String(error)}`));
    };
    const parser = openParser(contentType, fail);
    if (parser === undefined) return;
    parser.on("field", (name, value) => {
      form.fields[name] = value;
    });
    parser.on("file", (field, stream, name, _encoding, mime) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => {
        if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
      });
      stream.on("end", () => form.uploads.push({ field, name: name ?? "file", mime, bytes: Buffer.concat(chunks) }));
      stream.on("error", fail);
    });
    parser.on("finish", () => {
      if (size > BODY_LIMIT_BYTES) reject(new Refusal(413, "Request body is too large"));
      else resolve(form);
    });
    parser.on("error", fail);
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
    });
    request.on("error", fail);
    request.on("aborted", () => fail("the request was aborted"));
    request.pipe(parser);
  });
}

function openParser(contentType: string, fail: (error: unknown) => void): BusboyInstance | undefined {
  try {
    return new Busboy({ headers: { "content-type": contentType }, limits: { fieldSize: 1024 * 1024 } });
  } catch (error) {
    fail(error);
    return undefined;
  }
}
