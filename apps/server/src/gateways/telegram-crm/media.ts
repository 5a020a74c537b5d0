import { chatsError } from "@pult/api/chats/errors.ts";
import { describeFile, openFile } from "@pult/api/chats/files/open.ts";
import { checkSize, keepFile, MAX_FILE_BYTES, type ReceivedFile, receiveFile } from "@pult/api/chats/files/upload.ts";
import type { Media } from "@pult/api/chats/schema.ts";
import type { Context, Deps } from "@pult/api/context.ts";
import { malformed, requestError } from "@pult/api/errors.ts";
import type { Call } from "../../gateway.ts";
import { sendJson } from "../../http/answers.ts";
import { contextOf } from "../../http/identify.ts";
import { readMultipart } from "../../http/multipart.ts";
import { sendFile } from "../../http/uploads.ts";
import { noteCall } from "./call-log.ts";
import type * as api from "./media-api.ts";
import { uploadForm } from "./media-api.ts";
import type { Handler } from "./rest.ts";

/** Kinds that a browser may show in place. */
const INLINE = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "audio/ogg", "audio/mpeg"]);
const MIME_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
/** What a form holds beside the file. */
const FORM_BYTES = 1024 * 1024;
const UNSATISFIABLE = { error: { code: "VALIDATION_ERROR", message: "Range: beyond the file" } };

/** Files of the Telegram CRM protocol. @see PROTOCOL.md */
export function createTelegramMedia({ deps }: { deps: Deps }) {
  const contextFor = (call: Call): Context => {
    noteCall(call);
    return contextOf(deps, call);
  };

  const upload: Handler<typeof api.upload> = async (call) => {
    sendJson(call.response, 201, { data: await receiveUpload(contextFor(call), call) });
    return undefined;
  };

  const serve = async (call: Call, { id, thumbnail }: { id: string; thumbnail: boolean }): Promise<undefined> => {
    const opened = await openFile(contextFor(call), { id, thumbnail, isSigned: isSigned(call.url) });
    const { file, fileName } = opened;
    const contentType = MIME_TYPE.test(opened.contentType) ? opened.contentType : "application/octet-stream";
    await sendFile(call, file, {
      unsatisfiable: UNSATISFIABLE,
      headers: {
        "Content-Type": contentType,
        "Content-Disposition": disposition(INLINE.has(contentType) ? "inline" : "attachment", fileName),
        "Cache-Control": "private, max-age=43200, immutable",
        // Another origin's page shows it by a signed link.
        "Cross-Origin-Resource-Policy": "cross-origin",
      },
    });
    return undefined;
  };

  const download: Handler<typeof api.download> = (call, { params }) => serve(call, { ...params, thumbnail: false });
  const thumbnail: Handler<typeof api.thumbnail> = (call, { params }) => serve(call, { ...params, thumbnail: true });

  const describe: Handler<typeof api.describe> = async (call, { params }) => ({
    data: await describeFile(contextFor(call), params.id),
  });

  const isSigned = (url: URL): boolean => deps.mediaLinks.isSigned(url.pathname, url.searchParams);

  return { upload, download, thumbnail, describe, isSigned };
}

/**
 * Makes an upload of a form's file.
 * @throws DomainError `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA` for what is no form, `VALIDATION` without one file
 */
export async function receiveUpload(ctx: Context, call: Call): Promise<Media> {
  const { file, fileName, type } = await readForm(ctx, call);
  const declaredType = uploadForm.shape.type.safeParse(type).data ?? (type === undefined ? null : "document");
  return keepFile(ctx, file, { fileName, declaredType });
}

interface Form {
  file: ReceivedFile;
  fileName: string | null;
  type: string | undefined;
}

/** Reads a form with one file, which is stored as it comes. @throws DomainError */
async function readForm(ctx: Context, { request }: Call): Promise<Form> {
  if (!/^multipart\/form-data\b/i.test(request.headers["content-type"] ?? ""))
    throw requestError("unsupportedContentType", {}, { message: "Send multipart/form-data" });
  checkSize(Number(request.headers["content-length"] ?? 0) - FORM_BYTES);
  const received: { file: ReceivedFile; fileName: string | null }[] = [];
  try {
    const fields = await readMultipart(request, {
      maxFiles: 1,
      maxFileBytes: MAX_FILE_BYTES,
      async onFile(name, content, fileName) {
        if (name !== "file") throw malformed(`${name.slice(0, 50)}: the file is expected as \`file\``);
        received.push({ file: await receiveFile(ctx, content), fileName });
      },
    });
    const [one] = received;
    if (!one) throw chatsError("fileRequired");
    return { ...one, type: fields.get("type") };
  } catch (error) {
    for (const { file } of received) await ctx.media.remove(file.key);
    throw error;
  }
}

/** @see RFC 6266 */
function disposition(kind: "inline" | "attachment", fileName: string | null): string {
  if (fileName === null) return kind;
  const plain = fileName.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
