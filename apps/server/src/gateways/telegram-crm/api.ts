import { createRoute } from "@hono/zod-openapi";
import { passwordInput, requestCodeInput, signInInput } from "@pult/api/chats/inputs.ts";
import { z } from "zod";
import * as wire from "./wire.ts";

export const json = <Shape extends z.ZodType>(schema: Shape, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const body = <Shape extends z.ZodType>(schema: Shape) => ({
  required: true,
  content: { "application/json": { schema } },
});
export const REFUSALS = {
  400: json(wire.failure, "`VALIDATION_ERROR`, or Telegram's word on a value; `details` by field"),
  401: json(
    wire.failure,
    "`UNAUTHORIZED`: no token, or a wrong one; `AUTH_EXPIRED`: the account has to be linked again",
  ),
  403: json(wire.failure, "`FORBIDDEN`: a scope is missing, the account is shared for reading, or Telegram refuses"),
  404: json(wire.failure, "`NOT_FOUND`: not there, or not the caller's"),
  429: json(wire.failure, "`RATE_LIMITED`: a limit of Pult's or Telegram's; `details.waitSeconds`, `Retry-After`"),
  502: json(wire.failure, "`TELEGRAM_API_ERROR`: Telegram did not do it, or did not answer within 30 s"),
};
const CONFLICT = { 409: json(wire.failure, "`CONFLICT`: out of order, or a client id used for other content") };
export const tags = ["telegram"];
const GONE = { 204: { description: "Done" } };

export const init = createRoute({
  tags,
  method: "post",
  path: "/api/telegram/auth/init",
  summary: "Begin to link an account",
  request: { body: body(wire.initBody) },
  responses: { 201: json(wire.initAnswer, "Begun"), ...REFUSALS },
});

export const requestCode = createRoute({
  tags,
  method: "post",
  path: "/api/telegram/auth/request-code",
  summary: "Have Telegram send a code",
  request: { body: body(requestCodeInput) },
  responses: { 200: json(wire.codeAnswer, "Sent"), ...REFUSALS, ...CONFLICT },
});

export const signIn = createRoute({
  tags,
  method: "post",
  path: "/api/telegram/auth/sign-in",
  summary: "Sign in with the code",
  request: { body: body(signInInput) },
  responses: { 200: json(wire.signInAnswer, "Signed in, or a password is asked for"), ...REFUSALS, ...CONFLICT },
});

export const password = createRoute({
  tags,
  method: "post",
  path: "/api/telegram/auth/password",
  summary: "Sign in with the password, where there is one",
  request: { body: body(passwordInput) },
  responses: { 200: json(wire.passwordAnswer, "Signed in"), ...REFUSALS, ...CONFLICT },
});

export const listSessions = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/sessions",
  summary: "List linked accounts, own and shared, oldest first",
  request: { query: wire.pageQuery },
  responses: { 200: json(wire.sessionsAnswer, "A page"), ...REFUSALS },
});

export const getSession = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/sessions/{id}",
  summary: "Read an account's state",
  request: { params: wire.sessionParams },
  responses: { 200: json(wire.sessionAnswer, "The account"), ...REFUSALS },
});

export const deleteSession = createRoute({
  tags,
  method: "delete",
  path: "/api/telegram/sessions/{id}",
  summary: "Unlink an account; with `purge=1` erase what is stored of it",
  request: { params: wire.sessionParams, query: wire.unlinkQuery },
  responses: { ...GONE, ...REFUSALS },
});

export const listChats = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/chats",
  summary: "List chats: pinned first, then the newest message first",
  request: { query: wire.searchedPageQuery },
  responses: { 200: json(wire.chatsAnswer, "A page"), ...REFUSALS },
});

export const getChat = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/chats/{id}",
  summary: "Read a chat",
  request: { params: wire.chatParams, query: wire.accountQuery },
  responses: { 200: json(wire.chatAnswer, "The chat"), ...REFUSALS },
});

export const listMessages = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/chats/{id}/messages",
  summary: "Read a chat's messages, newest first",
  request: { params: wire.chatParams, query: wire.messagesQuery },
  responses: { 200: json(wire.messagesAnswer, "A page"), ...REFUSALS },
});

export const sendMessage = createRoute({
  tags,
  method: "post",
  path: "/api/telegram/chats/{id}/messages",
  summary: "Send a message; with a `clientId` a repeat never sends twice",
  request: {
    params: wire.chatParams,
    query: wire.accountQuery,
    headers: z.object({
      "idempotency-key": z.string().max(255).optional().describe("Same as `clientId`"),
    }),
    body: body(wire.messageBody),
  },
  responses: {
    200: json(wire.sentAnswer, "Sent before, by the same `clientId`"),
    201: json(wire.sentAnswer, "Telegram has it"),
    ...REFUSALS,
    ...CONFLICT,
  },
});

export const listAssociations = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/chats/{id}/associations",
  summary: "List the records that a chat is tied to, oldest first",
  request: { params: wire.chatParams, query: wire.accountPageQuery },
  responses: { 200: json(wire.associationsAnswer, "A page"), ...REFUSALS },
});

export const addAssociation = createRoute({
  tags,
  method: "post",
  path: "/api/telegram/chats/{id}/associations",
  summary: "Tie a chat to a record",
  request: { params: wire.chatParams, query: wire.accountQuery, body: body(wire.associationBody) },
  responses: {
    200: json(wire.associationAnswer, "Tied before"),
    201: json(wire.associationAnswer, "Tied"),
    ...REFUSALS,
  },
});

export const removeAssociation = createRoute({
  tags,
  method: "delete",
  path: "/api/telegram/chats/{id}/associations",
  summary: "Untie a chat from a record, which the query or a JSON body names",
  request: { params: wire.chatParams, query: wire.disassociateQuery },
  responses: { ...GONE, ...REFUSALS },
});

export const removeAssociationById = createRoute({
  tags,
  method: "delete",
  path: "/api/telegram/chats/{id}/associations/{associationId}",
  summary: "Untie a chat from a record, by the tie's id",
  request: { params: wire.associationParams, query: wire.accountQuery },
  responses: { ...GONE, ...REFUSALS },
});

export const listContacts = createRoute({
  tags,
  method: "get",
  path: "/api/telegram/contacts",
  summary: "List the account's contacts, by name",
  request: { query: wire.searchedPageQuery },
  responses: { 200: json(wire.contactsAnswer, "A page"), ...REFUSALS },
});
