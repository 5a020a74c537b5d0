import type { IncomingMessage } from "node:http";

import { Busboy, type BusboyFileStream } from "@fastify/busboy";
import { malformed, requestError, tooLarge } from "@pult/api/errors.ts";

export interface MultipartRules {
  maxFiles: number;
  /** Of one file. */
  maxFileBytes: number;
  /** Called for each file as it arrives; the next waits for it. `fileName` has no folders; null where the part has none. */
  onFile(name: string, content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<void>;
}

const MAX_FIELDS = 50;
const MAX_FIELD_BYTES = 256 * 1024;

/**
 * Reads a form while it streams in; files are never held in memory.
 * @returns the fields, the last of equal names
 * @throws DomainError `VALIDATION`, `PAYLOAD_TOO_LARGE`, and whatever `onFile` throws
 */
export async function readMultipart(request: IncomingMessage, rules: MultipartRules): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  const parser = openParser(request, rules);
  let files: Promise<void> = Promise.resolve();
  let failure: unknown = null;
  const open = new Set<BusboyFileStream>();

  const finished = new Promise<void>((resolve, reject) => {
    const fail = (error: unknown) => {
      failure ??= error;
      // A reader of a file that never ends must not wait for its end.
      for (const stream of open) stream.destroy();
      reject(failure);
    };
    parser.on("field", (name: string, value: string, nameCut: boolean, valueCut: boolean) => {
      if (nameCut || valueCut) fail(tooLarge(`The field ${name.slice(0, 50)} is too long`));
      else fields.set(name, value);
    });
    parser.on("file", (name: string, stream: BusboyFileStream, fileName: string | undefined) => {
      stream.on("error", () => {});
      open.add(stream);
      stream.once("end", () => open.delete(stream));
      stream.once("limit", () =>
        fail(tooLarge(`${name.slice(0, 50)} is larger than ${rules.maxFileBytes / 1024 ** 2} MB`)),
      );
      files = files.then(() => (failure ? undefined : rules.onFile(name, stream, fileName || null)));
      files.catch((error) => {
        stream.resume();
        fail(error);
      });
    });
    parser.once("filesLimit", () => fail(malformed(`At most ${rules.maxFiles} files`)));
    parser.once("fieldsLimit", () => fail(malformed(`At most ${MAX_FIELDS} fields`)));
    parser.once("partsLimit", () => fail(malformed("Too many parts")));
    parser.once("finish", () => files.then(resolve, fail));
    parser.once("error", () => fail(malformed("The form is malformed")));
    request.once("close", () => {
      if (!request.complete) fail(requestError("interrupted", {}, { message: "The form ended early" }));
    });
  });

  request.pipe(parser);
  try {
    await finished;
  } catch (error) {
    request.unpipe(parser);
    parser.destroy();
    await files.catch(() => {});
    throw error;
  }
  return fields;
}

function openParser(request: IncomingMessage, rules: MultipartRules) {
  try {
    return new Busboy({
      headers: { ...request.headers, "content-type": request.headers["content-type"] ?? "" },
      limits: {
        files: rules.maxFiles,
        fileSize: rules.maxFileBytes,
        fields: MAX_FIELDS,
        fieldSize: MAX_FIELD_BYTES,
        parts: MAX_FIELDS + rules.maxFiles,
      },
    });
  } catch {
    throw malformed("The form has no boundary");
  }
}
