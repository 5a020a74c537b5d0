import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";

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

/** What a schema refuses, in one line. */
export function describe({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
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
export async function readMultipart(request: IncomingMessage): Promise<Form> {
  const body = new Uint8Array(await readBody(request));
  const sent = new Response(body, { headers: { "content-type": request.headers["content-type"] ?? "" } });
  const parts = await sent.formData().catch((error: unknown) => {
    throw new Refusal(400, `Broken multipart body: ${String(error)}`);
  });
  const form: Form = { fields: {}, uploads: [] };
  for (const [field, value] of parts) {
    if (typeof value === "string") {
      form.fields[field] = value;
    } else {
      const bytes = Buffer.from(await value.arrayBuffer());
      form.uploads.push({ field, name: value.name, mime: value.type, bytes });
    }
  }
  return form;
}
