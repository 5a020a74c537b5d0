import type { IncomingMessage } from "node:http";
import type { BusboyInstance } from "@fastify/busboy";
import { Busboy } from "@fastify/busboy";
import { BODY_LIMIT_BYTES } from "./http-kit.ts";
import { Refusal } from "./refusal.ts";

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
