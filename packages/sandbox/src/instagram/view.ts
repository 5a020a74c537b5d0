import type { SandboxInstagram, SandboxInstagramComment, SandboxInstagramMessage } from "./control.ts";
import type { Comment, InstagramState, Message } from "./state.ts";
import { findMessage, usernameOf } from "./state.ts";

/** Comments that the page shows, of all posts together. */
const SHOWN_COMMENTS = 150;

/** Instagram as the page shows it. */
export function viewInstagram(state: InstagramState): { instagram: SandboxInstagram } {
  const { account, people, media, comments, messages, webhooks } = state;
  return {
    instagram: {
      account: { id: account.id, name: account.name, username: account.username },
      isConnected: state.callbackUrl !== null,
      people: people.map((one) => ({ ...one })),
      media: media.map(({ id, kind, caption, file, isLive }) => ({ id, kind, caption, file, isLive })),
      comments: comments.slice(-SHOWN_COMMENTS).map((one) => viewComment(state, one)),
      messages: messages.map((one) => viewMessage(state, one)),
      webhooks: webhooks.toReversed().map(({ id, title, at, attempts, status, state: stage }) => ({
        id,
        title,
        at: new Date(at).toISOString(),
        attempts,
        status,
        state: stage,
      })),
    },
  };
}

function viewComment(state: InstagramState, comment: Comment): SandboxInstagramComment {
  const { id, mediaId, parentId, fromId, text, at, hasPrivateReply } = comment;
  const from = { id: fromId, username: usernameOf(state, fromId) };
  return { id, mediaId, parentId, from, text, at: new Date(at).toISOString(), hasPrivateReply };
}

function viewMessage(state: InstagramState, message: Message): SandboxInstagramMessage {
  const { mid, personId, by, text, attachment, storyId, reaction, isUnsent, isSeen, at } = message;
  const replied = message.replyToMid === null ? undefined : findMessage(state, message.replyToMid);
  return {
    mid,
    personId,
    by,
    text,
    attachment: attachment && { type: attachment.type, file: attachment.file, url: attachment.url },
    replyTo: replied?.text ?? null,
    storyId,
    reaction,
    isUnsent,
    isSeen,
    at: new Date(at).toISOString(),
  };
}
