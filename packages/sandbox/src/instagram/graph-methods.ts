import { isRecord, parseJsonObject } from "../http.ts";
import type { InstagramBackend } from "./backend.ts";
import { commentEvent, messageEvent } from "./events.ts";
import { GraphError, invalidParameter, unknownObject } from "./graph-error.ts";
import type { Comment, Message } from "./state.ts";
import { createToken, DAY_MS, FIELDS, findMedia, TOKEN_LIFE_MS } from "./state.ts";

const TEXT_LIMIT_BYTES = 1_000;
const WINDOW_MS = DAY_MS;
const HUMAN_AGENT_MS = 7 * DAY_MS;
const PRIVATE_REPLY_MS = 7 * DAY_MS;

/** A `POST /me/messages`. @throws GraphError */
export function sendMessage(backend: InstagramBackend, params: Record<string, unknown>): object {
  const recipient = readObject(params, "recipient");
  const content = readContent(readObject(params, "message"));
  if (typeof recipient.comment_id === "string") return sendPrivateReply(backend, recipient.comment_id, content);
  const personId = String(recipient.id ?? "");
  if (!backend.host.state.people.some(({ id }) => id === personId)) {
    throw new GraphError("The requested user cannot be found.", {
      type: "IGApiException",
      code: 100,
      subcode: 2534014,
    });
  }
  const windowMs = params.tag === "HUMAN_AGENT" ? HUMAN_AGENT_MS : WINDOW_MS;
  if (!isOpen(backend, personId, windowMs)) throw outsideWindow();
  return { recipient_id: personId, message_id: deliver(backend, personId, content).mid };
}

type Content = Pick<Message, "text" | "attachment" | "replyToMid">;

const outsideWindow = () =>
  new GraphError("This message is sent outside of allowed window.", {
    status: 403,
    type: "IGApiException",
    code: 10,
    subcode: 2534022,
  });

/** The person's latest message opens the window; a private reply alone does not. */
function isOpen({ host }: InstagramBackend, personId: string, windowMs: number): boolean {
  const latest = host.state.messages.findLast((one) => one.personId === personId && one.by === "person");
  return latest !== undefined && host.now().getTime() - latest.at <= windowMs;
}

function sendPrivateReply(backend: InstagramBackend, commentId: string, content: Content): object {
  const { state, now } = backend.host;
  const comment = state.comments.find(({ id }) => id === commentId);
  if (comment === undefined || comment.mediaId === null) throw unknownObject(commentId, "POST");
  if (comment.fromId === state.account.id) throw invalidParameter("Cannot reply to an own comment in private");
  if (comment.hasPrivateReply) {
    throw new GraphError("(#10900) Activity already replied to", { type: "IGApiException", code: 10_900 });
  }
  const isOver = comment.isOnAir
    ? findMedia(state, comment.mediaId)?.isLive !== true
    : now().getTime() - comment.at > PRIVATE_REPLY_MS;
  if (isOver) throw outsideWindow();
  comment.hasPrivateReply = true;
  return { recipient_id: comment.fromId, message_id: deliver(backend, comment.fromId, content).mid };
}

function deliver(backend: InstagramBackend, personId: string, content: Content): Message {
  const message = backend.addMessage({ personId, by: "api", ...content });
  backend.webhooks.send([messageEvent(backend.host, message)]);
  return message;
}

function readContent(message: Record<string, unknown>): Content {
  const { text, attachment, attachments, reply_to: replyTo } = message;
  const replyToMid = isRecord(replyTo) && typeof replyTo.mid === "string" ? replyTo.mid : null;
  if (typeof text === "string" && text !== "") {
    if (Buffer.byteLength(text) > TEXT_LIMIT_BYTES) {
      throw invalidParameter(`Length of param message[text] must be less than or equal to ${TEXT_LIMIT_BYTES}`);
    }
    return { text, attachment: null, replyToMid };
  }
  const one = attachment ?? (Array.isArray(attachments) ? attachments[0] : attachments);
  if (!isRecord(one) || !isRecord(one.payload)) throw invalidParameter("param message must be non-empty.");
  const { url } = one.payload;
  // Videos, audio and shared posts are not simulated.
  if (one.type !== "image") throw invalidParameter("Param message[attachment][type] must be one of {image}");
  if (typeof url !== "string" || !URL.canParse(url))
    throw invalidParameter("message[attachment][payload][url] must be a valid URL");
  return { text: "", attachment: { type: "image", file: null, url }, replyToMid };
}

/** A `POST /{comment-id}/replies`: replies to a reply go under the comment at the top. */
export function replyToComment(backend: InstagramBackend, comment: Comment, params: Record<string, unknown>): object {
  const { state } = backend.host;
  const { message: text } = params;
  if (typeof text !== "string" || text.trim() === "") throw invalidParameter("The parameter message is required.");
  if (text.length > 2_200) throw invalidParameter("Length of param message must be less than or equal to 2200");
  if (comment.isOnAir) throw invalidParameter("Replies to comments on live videos are not supported");
  const { mediaId, parentId, id } = comment;
  const reply = backend.addComment({ mediaId, parentId: parentId ?? id, fromId: state.account.id, text });
  backend.webhooks.send([commentEvent(backend.host, reply)]);
  return { id: reply.id };
}

export function subscribe({ host }: InstagramBackend, params: Record<string, unknown>): object {
  const wanted = String(params.subscribed_fields ?? "")
    .split(",")
    .filter(Boolean);
  if (wanted.length === 0) throw invalidParameter("The parameter subscribed_fields is required.");
  host.state.subscribedFields = FIELDS.filter((field) => wanted.includes(field));
  host.changed();
  return { success: true };
}

export function unsubscribe({ host }: InstagramBackend): object {
  host.state.subscribedFields = [];
  host.changed();
  return { success: true };
}

export function renderSubscriptions({ host: { state } }: InstagramBackend): object {
  const { app, subscribedFields } = state;
  if (subscribedFields.length === 0) return { data: [] };
  return { data: [{ id: app.id, name: "Pult (sandbox app)", subscribed_fields: [...subscribedFields] }] };
}

/** `GET /refresh_access_token`: the older token lives on until it expires. */
export function refreshToken({ host }: InstagramBackend, params: Record<string, unknown>): object {
  if (params.grant_type !== "ig_refresh_token")
    throw invalidParameter("Invalid grant_type: ig_refresh_token is expected");
  const { tokens } = host.state;
  const now = host.now().getTime();
  const old = tokens.find(({ token }) => token === params.access_token);
  if (old === undefined) throw invalidParameter("The parameter access_token is required.");
  if (now - old.issuedAt < DAY_MS) throw invalidParameter("The access token is less than 24 hours old");
  const token = createToken();
  tokens.push({ token, issuedAt: now, expiresAt: now + TOKEN_LIFE_MS });
  tokens.splice(0, tokens.length - 5);
  host.changed();
  const permissions = "instagram_business_basic,instagram_business_manage_messages,instagram_business_manage_comments";
  return { access_token: token, token_type: "bearer", expires_in: TOKEN_LIFE_MS / 1000, permissions };
}

/** Objects come as JSON text in a form. */
function readObject(params: Record<string, unknown>, name: string): Record<string, unknown> {
  const given = params[name];
  const value = typeof given === "string" ? parseJsonObject(given) : given;
  if (!isRecord(value)) throw invalidParameter(`The parameter ${name} is required.`);
  return value;
}
