import { pictureUrl, renderAttachment } from "./events.ts";
import { GraphError } from "./graph-error.ts";
import { type Fields, firstPage, type Node, type Page, renderEdge, renderNode } from "./graph-fields.ts";
import type { Comment, InstagramHost, Media, Message, Person } from "./state.ts";
import { findMedia, findPerson, usernameOf } from "./state.ts";

/** As the Graph API writes times: `2026-11-29T10:00:00+0000`. */
function graphTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+0000`;
}

export function renderAccount({ state }: InstagramHost, fields: Fields | null): object {
  const { id, appScopedId, name, username } = state.account;
  const node: Node = {
    id: () => appScopedId,
    user_id: () => id,
    username: () => username,
    name: () => name,
    account_type: () => "BUSINESS",
    followers_count: () => state.people.length,
    follows_count: () => 0,
    media_count: () => state.media.filter(({ kind }) => kind === "post").length,
  };
  return renderNode(node, fields, ["id"]);
}

/** @throws GraphError 230 for a person who has commented only */
export function renderPerson({ state }: InstagramHost, { id, name, username }: Person, fields: Fields | null): object {
  const hasConsented = state.messages.some(({ personId, by }) => personId === id && by === "person");
  if (!hasConsented) {
    throw new GraphError("User consent is required to access user profile", { type: "IGApiException", code: 230 });
  }
  const node: Node = {
    id: () => id,
    name: () => name,
    username: () => username,
    is_verified_user: () => false,
    follower_count: () => 0,
    is_user_follow_business: () => true,
    is_business_follow_user: () => false,
  };
  return renderNode(node, fields, ["name", "username"]);
}

const COMMENT_FIELDS = ["timestamp", "text", "id"];

export function renderComment(host: InstagramHost, comment: Comment, fields: Fields | null): object {
  const { state } = host;
  const { id, parentId, fromId, text, at } = comment;
  const node: Node = {
    id: () => id,
    text: () => text,
    timestamp: () => graphTime(at),
    username: () => usernameOf(state, fromId),
    from: () => ({ id: fromId, username: usernameOf(state, fromId) }),
    parent_id: () => parentId,
    hidden: () => false,
    like_count: () => 0,
    media: (inner) => {
      const media = findMedia(state, comment.mediaId);
      return media && renderMedia(host, media, inner ?? new Map());
    },
    replies: (inner) =>
      renderReplies(host, comment, { fields: inner, page: firstPage(`${host.origin}/${id}/replies`) }),
  };
  return renderNode(node, fields, COMMENT_FIELDS);
}

interface EdgeQuery {
  fields: Fields | null;
  page: Page;
}

export function renderReplies(host: InstagramHost, { id }: Comment, { fields, page }: EdgeQuery): object {
  const replies = host.state.comments.filter(({ parentId }) => parentId === id);
  return renderEdge(replies, page, (reply) => renderComment(host, reply, fields));
}

/** Comments that answer no other, newest first. */
export function renderComments(host: InstagramHost, { id }: Media, { fields, page }: EdgeQuery): object {
  const comments = host.state.comments.filter(({ mediaId, parentId }) => mediaId === id && parentId === null);
  return renderEdge(comments.toReversed(), page, (comment) => renderComment(host, comment, fields));
}

export function renderMedia(host: InstagramHost, media: Media, fields: Fields | null): object {
  const { id, kind, caption, file, at } = media;
  const node: Node = {
    id: () => id,
    caption: () => caption,
    media_type: () => (kind === "live" ? "VIDEO" : "IMAGE"),
    media_product_type: () => ({ post: "FEED", story: "STORY", live: "LIVE" })[kind],
    media_url: () => pictureUrl(host, file),
    permalink: () => `https://www.instagram.com/p/${id}/`,
    timestamp: () => graphTime(at),
    username: () => host.state.account.username,
    comments_count: () => host.state.comments.filter(({ mediaId }) => mediaId === id).length,
    like_count: () => 0,
    comments: (inner) =>
      renderComments(host, media, { fields: inner, page: firstPage(`${host.origin}/${id}/comments`) }),
  };
  return renderNode(node, fields, ["id"]);
}

/** Posts, newest first; a live video and stories are no part of it. */
export function renderMediaList(host: InstagramHost, { fields, page }: EdgeQuery): object {
  const posts = host.state.media.filter(({ kind }) => kind === "post");
  return renderEdge(posts.toReversed(), page, (one) => renderMedia(host, one, fields));
}

/** A conversation's id says whose it is. */
const CONVERSATION = "aWdfZAG06MTpJR0RpcmVjdA";

export function conversationId(personId: string): string {
  return CONVERSATION + Buffer.from(personId).toString("base64url");
}

export function findConversation({ state }: InstagramHost, id: string): Person | undefined {
  if (!id.startsWith(CONVERSATION)) return undefined;
  return findPerson(state, Buffer.from(id.slice(CONVERSATION.length), "base64url").toString());
}

/** Messages of one person that were not taken back, newest first. */
function messagesWith({ state }: InstagramHost, personId: string): Message[] {
  return state.messages.filter((one) => one.personId === personId && !one.isUnsent).toReversed();
}

export function renderConversations(
  host: InstagramHost,
  { fields, page, personId }: EdgeQuery & { personId?: string },
): object {
  const lastOf = (id: string) => messagesWith(host, id)[0]?.at;
  const people = host.state.people
    .filter(({ id }) => lastOf(id) !== undefined && (personId === undefined || id === personId))
    .sort((a, b) => (lastOf(b.id) ?? 0) - (lastOf(a.id) ?? 0));
  return renderEdge(people, page, (one) => renderConversation(host, one, fields));
}

export function renderConversation(host: InstagramHost, person: Person, fields: Fields | null): object {
  const { account } = host.state;
  const edge = `${host.origin}/${conversationId(person.id)}/messages`;
  const node: Node = {
    id: () => conversationId(person.id),
    updated_time: () => graphTime(messagesWith(host, person.id)[0]?.at ?? 0),
    participants: () => ({
      data: [account, person].map(({ id, username }) => ({ id, username })),
    }),
    messages: (inner) => renderMessages(host, person, { fields: inner, page: firstPage(edge) }),
  };
  return renderNode(node, fields, ["id", "updated_time"]);
}

export function renderMessages(host: InstagramHost, { id }: Person, { fields, page }: EdgeQuery): object {
  return renderEdge(messagesWith(host, id), page, (message) => renderMessage(host, message, fields));
}

export function renderMessage(host: InstagramHost, message: Message, fields: Fields | null): object {
  const { account } = host.state;
  const { mid, personId, by, text, attachment, at } = message;
  const person = { id: personId, username: usernameOf(host.state, personId) };
  const own = { id: account.id, username: account.username };
  const node: Node = {
    id: () => mid,
    created_time: () => graphTime(at),
    from: () => (by === "person" ? person : own),
    to: () => ({ data: [by === "person" ? own : person] }),
    message: () => text,
    attachments: () =>
      attachment?.type === "image"
        ? { data: [{ image_data: { url: renderAttachment(host, attachment).payload.url } }] }
        : undefined,
  };
  return renderNode(node, fields, ["id", "created_time"]);
}
