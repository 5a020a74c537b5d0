import { createRoute } from "@hono/zod-openapi";
import { media } from "@pult/api/chats/schema.ts";
import { z } from "zod";
import { json, REFUSALS, tags } from "./api.ts";
import { failure } from "./wire.ts";

const mediaParams = z.object({ id: z.string().min(1).max(128) });
const signature = z.object({
  e: z.string().optional().describe("When the link ends"),
  s: z.string().optional().describe("Its signature: without a token, the address as an answer gave it"),
});
export const mediaAnswer = z.object({ data: media });

export const uploadForm = z.object({
  file: z.any().describe("One file, not empty, at most 2,097,152,000 bytes").meta({ type: "string", format: "binary" }),
  type: z
    .enum(["photo", "video", "animation", "audio", "voice", "document"])
    .optional()
    .describe("How Telegram shows it; what does not fit the content becomes `document`"),
});

const bytes = { content: { "application/octet-stream": { schema: z.string().meta({ format: "binary" }) } } };
const FILE_RESPONSES = {
  200: { description: "The file, with its stored type", ...bytes },
  206: { description: "The range of it that `Range` names", ...bytes },
  416: json(failure, "The range is beyond the file"),
  ...REFUSALS,
};

export const upload = createRoute({
  tags,
  method: "post",
  path: "/api/telegram/media",
  summary: "Upload a file to be sent within 24 hours",
  request: { body: { required: true, content: { "multipart/form-data": { schema: uploadForm } } } },
  responses: {
    201: json(mediaAnswer, "Stored"),
    413: json(failure, "`PAYLOAD_TOO_LARGE`"),
    415: json(failure, "`UNSUPPORTED_MEDIA`: no multipart form"),
    ...REFUSALS,
  },
});

export const download = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/media/{id}",
  summary: "Read a file: an upload, that of a message, or a chat's photo",
  request: { params: mediaParams, query: signature },
  responses: FILE_RESPONSES,
});

export const thumbnail = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/media/{id}/thumbnail",
  summary: "Read a file's thumbnail",
  request: { params: mediaParams, query: signature },
  responses: FILE_RESPONSES,
});

export const describe = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/media/{id}/info",
  summary: "Read what is known of a file, without its bytes",
  request: { params: mediaParams },
  responses: { 200: json(mediaAnswer, "The file"), ...REFUSALS },
});

const uploadParams = z.object({ id: z.string().min(1).max(128) });
const tusVersion = { "tus-resumable": z.literal("1.0.0") };
const TUS_REFUSALS = { ...REFUSALS, 412: json(failure, "Another version of tus") };
const TOO_LARGE = { 413: json(failure, "`PAYLOAD_TOO_LARGE`") };

export const createUpload = createRoute({
  tags,
  method: "post",
  path: "/api/telegram/media/uploads",
  summary: "Begin a resumable upload (tus 1.0.0)",
  request: {
    headers: z.object({
      ...tusVersion,
      "upload-length": z.string().describe("Bytes"),
      "upload-metadata": z.string().optional().describe("`filename` and its value in Base64"),
    }),
  },
  responses: {
    201: { description: "Begun; the last part of `Location` is the file's id, which is usable once it is complete" },
    ...TUS_REFUSALS,
    ...TOO_LARGE,
  },
});

export const findUpload = createRoute({
  tags,
  method: "head",
  path: "/api/telegram/media/uploads/{id}",
  summary: "Read how far a resumable upload is",
  request: { params: uploadParams, headers: z.object(tusVersion) },
  responses: { 200: { description: "`Upload-Offset` of `Upload-Length` bytes are here" }, ...TUS_REFUSALS },
});

export const appendToUpload = createRoute({
  tags,
  method: "patch",
  path: "/api/telegram/media/uploads/{id}",
  summary: "Send more of a resumable upload",
  request: {
    params: uploadParams,
    headers: z.object({ ...tusVersion, "upload-offset": z.string().describe("Where it goes on") }),
    body: { required: true, content: { "application/offset+octet-stream": bytes.content["application/octet-stream"] } },
  },
  responses: {
    204: { description: "Stored, up to `Upload-Offset`" },
    409: json(failure, "`CONFLICT`: the upload is at another offset"),
    415: json(failure, "`UNSUPPORTED_MEDIA`"),
    ...TUS_REFUSALS,
    ...TOO_LARGE,
  },
});

export const removeUpload = createRoute({
  tags,
  method: "delete",
  path: "/api/telegram/media/uploads/{id}",
  summary: "Remove a resumable upload",
  request: { params: uploadParams, headers: z.object(tusVersion) },
  responses: { 204: { description: "Removed" }, ...TUS_REFUSALS },
});
