import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  devicesAnswer,
  failure,
  historyAnswer,
  historyQuery,
  registerDeviceBody,
  registeredAnswer,
  sendMessageBody,
  sentAnswer,
  userParams,
} from "./wire.ts";

const json = <Shape extends z.ZodType>(schema: Shape, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const REFUSALS = {
  400: json(failure, "A field is missing or malformed; `error` begins with its name"),
  401: json(failure, "No token, a wrong one, or one of another user"),
  429: json(failure, "A limit was reached; `Retry-After` says for how many seconds"),
};
const tags = ["support"];

export const sendMessage = createRoute({
  tags,
  method: "post",
  path: "/send_message",
  summary: "Send a message as a customer",
  request: {
    headers: z.object({
      "idempotency-key": z.string().max(255).optional().describe("Same as `client_id`"),
    }),
    body: {
      required: true,
      content: {
        "application/json": { schema: sendMessageBody },
        "application/x-www-form-urlencoded": { schema: sendMessageBody },
        "multipart/form-data": {
          schema: sendMessageBody.extend({
            photo: z
              .array(z.string().meta({ format: "binary" }))
              .max(10)
              .optional()
              .describe("At most 10 MB each"),
            file: z
              .array(z.string().meta({ format: "binary" }))
              .max(10)
              .optional()
              .describe("Of any kind, at most 50 MB each; 10 together with photos"),
          }),
        },
      },
    },
  },
  responses: {
    200: json(sentAnswer, "Stored"),
    ...REFUSALS,
    409: json(failure, "The same `client_id` with other content"),
    413: json(failure, "A photo over 10 MB, or JSON over 256 KB"),
    415: json(failure, "No JPEG, PNG, WebP, GIF or HEIC, or a body of another type"),
  },
});

export const registerDevice = createRoute({
  tags,
  method: "post",
  path: "/register_device",
  summary: "Register a device for push notifications",
  request: { body: { required: true, content: { "application/json": { schema: registerDeviceBody } } } },
  responses: { 200: json(registeredAnswer, "Registered"), ...REFUSALS },
});

export const messageHistory = createRoute({
  tags,
  method: "get",
  path: "/message_history/{user_id}",
  summary: "Read a customer's newest messages, oldest first",
  request: { params: userParams, query: historyQuery },
  responses: { 200: json(historyAnswer, "The messages"), ...REFUSALS },
});

export const checkDevice = createRoute({
  tags,
  method: "get",
  path: "/check_device/{user_id}",
  summary: "Count a customer's registered devices",
  request: { params: userParams },
  responses: { 200: json(devicesAnswer, "The count"), ...REFUSALS },
});

export const upload = createRoute({
  tags,
  method: "get",
  path: "/uploads/{file}",
  summary: "Read a photo; with LEGACY_AUTH=required only by a link as answers carry it",
  request: { query: z.object({ e: z.string().optional(), s: z.string().optional() }).describe("The link's signature") },
  responses: {
    200: { description: "The photo", content: { "image/*": { schema: z.string().meta({ format: "binary" }) } } },
    401: json(failure, "The link is not signed, or has expired"),
    404: json(failure, "No such photo"),
  },
});
