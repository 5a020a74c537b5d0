import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import type { Upload } from "./http.ts";
import { describe, parseJsonObject, Refusal, readBody, readMultipart } from "./http.ts";

const JSON_LIMIT_BYTES = 1024 * 1024;

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

  /** The body, checked. @throws Refusal 400 */
  read<T>(schema: z.ZodType<T>): T {
    const { data, error } = schema.safeParse(this.body);
    if (error !== undefined) throw new Refusal(400, describe(error));
    return data;
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
