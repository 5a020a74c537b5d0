import type { IncomingMessage } from "node:http";
import {
  type Instagram,
  InstagramError,
  type InstagramMessage,
  type ListedComment,
  type ListedMessage,
} from "@pult/api/instagram/instagram.ts";
import { why } from "@pult/api/outbox/why.ts";
import { z } from "zod";
import { openGuarded } from "./guarded-request.ts";
import { INSTAGRAM, readRefusal, toInstagramError } from "./instagram-errors.ts";
import { parseJson } from "./parse-json.ts";
import { PrivateAddressError } from "./private-addresses.ts";

export const INSTAGRAM_API_ROOT = "https://graph.instagram.com/v23.0";
const TIMEOUT_MS = 15_000;
const MESSAGE_FIELDS = "id,created_time,from,to,message";
const COMMENT_FIELDS = "id,text,timestamp,from,username";

export interface InstagramOptions {
  /** Default: Meta's, of the version that this adapter was written for. */
  apiRoot?: string;
  /** Sandbox and tests only: attachments may come from this origin although it is plain http and private. */
  exemptOrigin?: string | null;
  /** For each request. Default 15,000. */
  timeoutMs?: number;
}

interface GraphCall {
  path: string;
  method?: "GET" | "POST";
  query?: Record<string, string>;
  body?: unknown;
}

/** The Instagram API with Instagram Login over `fetch`. @see https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login */
export function createInstagram(options: InstagramOptions = {}): Instagram {
  const { apiRoot = INSTAGRAM_API_ROOT, exemptOrigin = null, timeoutMs = TIMEOUT_MS } = options;
  const root = apiRoot.replace(/\/+$/, "");

  async function ask<Answer>(url: string, request: RequestInit & { name: string }, schema: z.ZodType<Answer>) {
    const { name, ...init } = request;
    const answer = await fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(timeoutMs) })
      .then(async (response) => ({ response, text: await response.text() }))
      .catch((error: unknown) => {
        throw toInstagramError(error, name);
      });
    const { response, text } = answer;
    if (!response.ok)
      throw readRefusal({ status: response.status, headers: response.headers, text, method: name }, Date.now());
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new InstagramError("down", `${name}: ${why("unreadable", INSTAGRAM).reason}`, { mayHaveArrived: true });
  }

  function call<Answer>(token: string, graph: GraphCall, schema: z.ZodType<Answer>): Promise<Answer> {
    const { path, method = "GET", query = {}, body } = graph;
    const search = new URLSearchParams(query).toString();
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers["content-type"] = "application/json";
    const name = `${method} ${path}`;
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    return ask(`${root}${path}${search ? `?${search}` : ""}`, { name, method, headers, ...json }, schema);
  }

  return {
    async getMe(token) {
      const me = await call(token, { path: "/me", query: { fields: "user_id,username" } }, meSchema);
      return { id: me.user_id, username: me.username ?? "" };
    },
    async refreshToken(token) {
      // Meta serves it without a version, and takes the token from the address alone.
      const query = new URLSearchParams({ grant_type: "ig_refresh_token", access_token: token });
      const url = `${new URL(root).origin}/refresh_access_token?${query}`;
      const answer = await ask(url, { name: "GET /refresh_access_token" }, tokenSchema);
      return { token: answer.access_token, expiresInSeconds: answer.expires_in };
    },
    async sendMessage(token, message) {
      const answer = await call(token, { path: "/me/messages", method: "POST", body: bodyOf(message) }, sentSchema);
      return { messageId: answer.message_id };
    },
    async replyToComment(token, { commentId, text }) {
      const path = `/${encodeURIComponent(commentId)}/replies`;
      const { id } = await call(token, { path, method: "POST", body: { message: text } }, idSchema);
      return { commentId: id };
    },
    async getProfile(token, id) {
      const graph = { path: `/${encodeURIComponent(id)}`, query: { fields: "name,username" } };
      const { name, username } = await call(token, graph, profileSchema);
      return { name: name || null, username: username || null };
    },
    async listConversations(token, after) {
      const fields = `id,updated_time,messages{${MESSAGE_FIELDS}}`;
      const query = { platform: "instagram", fields, ...(after === undefined ? {} : { after }) };
      const page = await call(token, { path: "/me/conversations", query }, pageOf(conversationSchema));
      return pageFrom(page, ({ id, updated_time: updatedAt, messages }) => [
        { id, updatedAt, newest: pageFrom(messages, toMessage) },
      ]);
    },
    async listMessages(token, conversationId, after) {
      const path = `/${encodeURIComponent(conversationId)}/messages`;
      return pageFrom(
        await call(token, { path, query: { fields: MESSAGE_FIELDS, after } }, pageOf(z.unknown())),
        toMessage,
      );
    },
    async listMedia(token, after) {
      const fields = `id,comments{${COMMENT_FIELDS}}`;
      const query = { fields, ...(after === undefined ? {} : { after }) };
      const page = await call(token, { path: "/me/media", query }, pageOf(mediaSchema));
      return pageFrom(page, ({ id, comments }) => [{ id, newest: pageFrom(comments, (one) => toComment(id, one)) }]);
    },
    async listComments(token, mediaId, after) {
      const path = `/${encodeURIComponent(mediaId)}/comments`;
      return pageFrom(
        await call(token, { path, query: { fields: COMMENT_FIELDS, after } }, pageOf(z.unknown())),
        (one) => toComment(mediaId, one),
      );
    },
    async getSubscribedFields(token) {
      const { data } = await call(token, { path: "/me/subscribed_apps" }, subscriptionsSchema);
      return [...new Set(data.flatMap(({ subscribed_fields: fields }) => fields))];
    },
    async subscribe(token, fields) {
      const query = { subscribed_fields: fields.join() };
      await call(token, { path: "/me/subscribed_apps", method: "POST", query }, z.object({ success: z.literal(true) }));
    },
    download: (url, { maxBytes }) => download(url, { maxBytes, timeoutMs, exemptOrigin }),
  };
}

function bodyOf({ to, content, tag }: InstagramMessage): unknown {
  const message =
    "text" in content ? { text: content.text } : { attachment: { type: "image", payload: { url: content.imageUrl } } };
  const recipient = "id" in to ? { id: to.id } : { comment_id: to.commentId };
  return { recipient, message, ...(tag ? { messaging_type: "MESSAGE_TAG", tag } : {}) };
}

const idText = z.union([z.string(), z.number().transform(String)]);
const idSchema = z.object({ id: idText });
const meSchema = z.object({ user_id: idText, username: z.string().optional() });
const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });
const sentSchema = z.object({ message_id: z.string().min(1) });
const profileSchema = z.object({ name: z.string().nullish(), username: z.string().nullish() });
const subscriptionsSchema = z.object({
  data: z.array(z.looseObject({ subscribed_fields: z.array(z.string()).default([]) })),
});
const side = z.looseObject({ id: idText, username: z.string().nullish() });
const listOf = <Item extends z.ZodType>(item: Item) => z.looseObject({ data: z.array(item) });
const messageSchema = z.looseObject({
  id: z.string(),
  created_time: z.string(),
  from: side,
  to: listOf(side).optional(),
  message: z.string().default(""),
});
const commentSchema = z.looseObject({
  id: idText,
  text: z.string().default(""),
  timestamp: z.string(),
  from: z.looseObject({ id: idText.optional(), username: z.string().nullish() }).optional(),
  username: z.string().nullish(),
});
const pageOf = <Item extends z.ZodType>(item: Item) =>
  listOf(item).extend({
    paging: z
      .looseObject({ next: z.string().optional(), cursors: z.looseObject({ after: z.string().optional() }).optional() })
      .optional(),
  });
/** What Meta gives no details of, as of old messages, is left out: it must not hide the rest. */
const newest = pageOf(z.unknown()).default({ data: [] });
const conversationSchema = z.looseObject({ id: z.string(), updated_time: z.string(), messages: newest });
const mediaSchema = z.looseObject({ id: idText, comments: newest });

function pageFrom<Row, Item>(
  {
    data,
    paging,
  }: {
    data: Row[];
    paging?: { next?: string | undefined; cursors?: { after?: string | undefined } | undefined } | undefined;
  },
  read: (row: Row) => Item[],
) {
  return { items: data.flatMap(read), after: paging?.next ? (paging.cursors?.after ?? null) : null };
}

const sideOf = ({ id, username }: z.infer<typeof side>) => ({ id, username: username || null });

function toMessage(row: unknown): ListedMessage[] {
  const parsed = messageSchema.safeParse(row);
  if (!parsed.success) return [];
  const { id, created_time: createdAt, from, to, message } = parsed.data;
  const [first] = to?.data ?? [];
  return [{ id, createdAt, from: sideOf(from), to: first ? sideOf(first) : null, text: message }];
}

function toComment(mediaId: string, row: unknown): ListedComment[] {
  const parsed = commentSchema.safeParse(row);
  if (!parsed.success) return [];
  const { id, text, timestamp, from, username } = parsed.data;
  const author = { id: from?.id ?? null, username: from?.username || username || null };
  return [{ id, mediaId, createdAt: timestamp, from: author, text }];
}

async function download(
  url: string,
  { maxBytes, timeoutMs, exemptOrigin }: { maxBytes: number; timeoutMs: number; exemptOrigin: string | null },
): Promise<AsyncIterable<Uint8Array>> {
  const parsed = url.length <= 4_096 ? URL.parse(url) : null;
  if (!parsed) throw new InstagramError("refused", "The attachment has no address");
  const headers = { accept: "image/*" };
  const response = await openGuarded({ url: parsed, method: "GET", headers, timeoutMs, exemptOrigin }).catch(
    (error) => {
      if (error instanceof PrivateAddressError)
        throw new InstagramError("refused", "The attachment is at no public address");
      throw toInstagramError(error, "download");
    },
  );
  const status = response.statusCode ?? 0;
  const isTooLarge = Number(response.headers["content-length"] ?? 0) > maxBytes;
  if (status === 200 && !isTooLarge) return readBounded(response, maxBytes);
  response.destroy();
  if (isTooLarge) throw tooLarge();
  throw new InstagramError(status >= 500 ? "down" : "gone", `The attachment answered ${status}`);
}

async function* readBounded(response: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge();
      yield chunk;
    }
  } catch (error) {
    throw toInstagramError(error, "download");
  } finally {
    response.destroy();
  }
}

const tooLarge = () => new InstagramError("refused", "The attachment is too large");
