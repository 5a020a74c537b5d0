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
  file: z
    .any()
    .describe("One file, not empty, at most 2,097,152,000 bytes")
    .openapi({ type: "string", format: "binary" }),
  type: z
    .enum(["photo", "video", "animation", "audio", "voice", "document"])
    .optional()
    .describe("How Telegram shows it; what does not fit the content becomes `document`"),
});

const bytes = { content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } } };
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
