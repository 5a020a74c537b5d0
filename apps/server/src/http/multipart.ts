import type { IncomingMessage } from "node:http";

import { Busboy, type BusboyFileStream } from "@fastify/busboy";
import { malformed, requestError, tooLarge } from "@pult/api/errors.ts";
import { decodeText, encodingOf, unsupported } from "./body.ts";

export interface MultipartRules {
  maxFiles: number;
  /** Of one file. */
  maxFileBytes: number;
  /** Called for each file as it arrives; the next waits for it. `fileName` has no folders; null where the part has none. */
  onFile(name: string, content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<void>;
}

const MAX_FIELDS = 50;
const MAX_FIELD_BYTES = 256 * 1024;
/** File inputs of a form that were left empty. */
const MAX_EMPTY_FILES = 20;

/** A field as it was sent. */
interface Field {
  bytes: Buffer;
  /** Empty where its part declares none. */
  charset: string;
}

/**
 * Reads a form while it streams in; files are never held in memory. Each part is read in the charset and transfer encoding that it declares;
 * a form's field `_charset_` speaks for those that declare none. File inputs that were left empty are none.
 * @returns the fields, the last of equal names
 * @throws DomainError `VALIDATION`, `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA`, and whatever `onFile` throws
 * @see RFC 7578, section 4.6
 */
export async function readMultipart(request: IncomingMessage, rules: MultipartRules): Promise<Map<string, string>> {
  const encoding = encodingOf(request);
  if (encoding !== "") throw unsupported(`Send forms without Content-Encoding: ${encoding.slice(0, 50)}`);
  const fields = new Map<string, Field>();
  const parser = openParser(request, rules);
  let files: Promise<void> = Promise.resolve();
  let filled = 0;
  let failure: unknown = null;
  const open = new Set<BusboyFileStream>();

  const finished = new Promise<void>((resolve, reject) => {
    const fail = (error: unknown) => {
      failure ??= error;
      // A reader of a file that never ends must not wait for its end.
      for (const stream of open) stream.destroy();
      reject(failure);
    };
    // The patch of the parser leaves a field's bytes as they are and adds its charset.
    parser.on("field", (name, value, _nameCut, valueCut, transfer, _type, charset = "") => {
      try {
        if (valueCut) throw tooLarge(`The field ${name.slice(0, 50)} is too long`);
        fields.set(name, { bytes: fieldBytes(Buffer.from(value, "latin1"), transfer), charset });
      } catch (error) {
        fail(error);
      }
    });
    const receive = async (stream: BusboyFileStream, part: { name: string; fileName: string; transfer: string }) => {
      if (failure) return;
      const content = await filledContent(fileBytes(stream, part.transfer), part.fileName);
      if (!content) return;
      if (++filled > rules.maxFiles) throw malformed(`At most ${rules.maxFiles} files`);
      await rules.onFile(part.name, content, part.fileName || null);
    };
    parser.on("file", (name: string, stream: BusboyFileStream, fileName: string | undefined, transfer: string) => {
      stream.on("error", () => {});
      open.add(stream);
      stream.once("end", () => open.delete(stream));
      stream.once("limit", () =>
        fail(tooLarge(`${name.slice(0, 50)} is larger than ${rules.maxFileBytes / 1024 ** 2} MB`)),
      );
      files = files.then(() => receive(stream, { name, fileName: fileName ?? "", transfer }));
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
    return readFields(fields);
  } catch (error) {
    request.unpipe(parser);
    parser.destroy();
    await files.catch(() => {});
    throw error;
  }
}

function readFields(fields: ReadonlyMap<string, Field>): Map<string, string> {
  const common = fields.get("_charset_")?.bytes.toString("latin1").trim() || null;
  return new Map([...fields].map(([name, { bytes, charset }]) => [name, decodeText(bytes, charset || common)]));
}

/** @throws DomainError `UNSUPPORTED_MEDIA` */
function isBase64(transfer: string): boolean {
  if (transfer === "base64") return true;
  if (["7bit", "8bit", "binary"].includes(transfer)) return false;
  throw unsupported(`Content-Transfer-Encoding: ${transfer.slice(0, 50)} is not understood; send binary or base64`);
}

const fieldBytes = (sent: Buffer, transfer: string): Buffer =>
  isBase64(transfer) ? Buffer.from(plainBase64(sent), "base64") : sent;

/** @throws DomainError `VALIDATION` */
function plainBase64(sent: Uint8Array): string {
  const text = Buffer.from(sent).toString("latin1").replace(/\s/g, "");
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return text;
  throw malformed("A part is not valid base64");
}

async function* fileBytes(stream: AsyncIterable<Buffer>, transfer: string): AsyncGenerator<Uint8Array> {
  if (!isBase64(transfer)) {
    yield* stream;
    return;
  }
  let rest = "";
  for await (const chunk of stream) {
    const text = rest + plainBase64(chunk);
    rest = text.slice(text.length - (text.length % 4));
    if (text.length > rest.length) yield Buffer.from(text.slice(0, text.length - rest.length), "base64");
  }
  if (rest !== "") yield Buffer.from(rest, "base64");
}

/** Null for what a browser sends of a file input that was left empty. */
async function filledContent(
  content: AsyncGenerator<Uint8Array>,
  fileName: string,
): Promise<AsyncIterable<Uint8Array> | null> {
  const first = await content.next();
  if (first.done && fileName === "") return null;
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* content;
  })();
}

function openParser(request: IncomingMessage, rules: MultipartRules) {
  try {
    return new Busboy({
      headers: { ...request.headers, "content-type": request.headers["content-type"] ?? "" },
      limits: {
        files: rules.maxFiles + MAX_EMPTY_FILES,
        fileSize: rules.maxFileBytes,
        fields: MAX_FIELDS,
        fieldSize: MAX_FIELD_BYTES,
        parts: MAX_FIELDS + rules.maxFiles + MAX_EMPTY_FILES,
      },
    });
  } catch {
    throw malformed("The form has no boundary");
  }
}
