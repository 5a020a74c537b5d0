import type { IncomingMessage } from "node:http";
import type { Upload } from "./http.ts";
import { parseJsonObject, Refusal, readBody, readMultipart } from "./http.ts";

const JSON_LIMIT_BYTES = 1024 * 1024;

/** A control request's body, read with checks. Every reader throws `Refusal` 400 for a member of the wrong type. */
export class ControlRequest {
  /** Last segment of the path. */
  readonly last: string;
  readonly body: Record<string, unknown>;
  readonly #uploads: Upload[];

  constructor(path: string, body: Record<string, unknown>, uploads: Upload[] = []) {
    this.last = path.split("/").at(-1) ?? "";
    this.body = body;
    this.#uploads = uploads;
  }

  uploads(field: string): Upload[] {
    return this.#uploads.filter((upload) => upload.field === field);
  }

  string(name: string, fallback?: string): string {
    const value = this.body[name] ?? fallback;
    if (typeof value === "number") return String(value);
    if (typeof value !== "string") throw new Refusal(400, `${name} must be a string`);
    return value;
  }

  integer(name: string): number {
    const value = this.optionalInteger(name);
    if (value === undefined) throw new Refusal(400, `${name} must be an integer`);
    return value;
  }

  optionalInteger(name: string): number | undefined {
    const value = this.body[name];
    if (value === undefined || value === null) return undefined;
    if (!Number.isSafeInteger(value)) throw new Refusal(400, `${name} must be an integer`);
    return Number(value);
  }

  boolean(name: string): boolean {
    const value = this.body[name];
    if (typeof value !== "boolean") throw new Refusal(400, `${name} must be a boolean`);
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback?: T): T {
    const value = this.body[name] ?? fallback;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw new Refusal(400, `${name} must be one of ${allowed.join(", ")}`);
    return found;
  }
}

/** JSON, or multipart with a field `json` beside the files. @throws Refusal 400, 413 */
export async function readControlRequest(request: IncomingMessage, path: string): Promise<ControlRequest> {
  if (request.method === "GET") return new ControlRequest(path, {});
  if (/^multipart\/form-data/i.test(request.headers["content-type"] ?? "")) {
    const { fields, uploads } = await readMultipart(request);
    return new ControlRequest(path, parseBody(fields.json ?? ""), uploads);
  }
  return new ControlRequest(path, parseBody((await readBody(request, JSON_LIMIT_BYTES)).toString("utf8")));
}

function parseBody(text: string): Record<string, unknown> {
  const body = text === "" ? {} : parseJsonObject(text);
  if (body === undefined) throw new Refusal(400, "The body must be a JSON object");
  return body;
}
