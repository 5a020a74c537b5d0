import type {
  SandboxInstagram,
  SandboxInstagramComment,
  SandboxInstagramMessage,
} from "@pult/sandbox/instagram/control.ts";
import { photoAt, type ShownPhoto } from "../thread/photo-grid.tsx";
import { pictureUrl } from "./control-client.ts";
import { type PhoneLine, PLAIN } from "./phone-lines.ts";

/** What the app writes itself. */
export type InstagramWords = Record<"unsent" | "story" | "shared" | "replyTo", string> &
  Record<"storyMention" | "fromApp", { author: string; text: string }>;

function photosOf({ attachment }: SandboxInstagramMessage): readonly ShownPhoto[] {
  const src = attachment?.file ? pictureUrl(attachment.file) : attachment?.url;
  return src ? [photoAt(src)] : [];
}

type Media = SandboxInstagram["media"];

/** What a message is about, above it. */
function quoteOf(message: SandboxInstagramMessage, media: Media, words: InstagramWords): PhoneLine["quote"] {
  const { attachment, storyId, replyTo, by } = message;
  const captionOf = (isIt: (one: Media[number]) => boolean) => media.find(isIt)?.caption ?? "";
  if (storyId !== null) return { author: words.story, text: captionOf(({ id }) => id === storyId) };
  if (replyTo !== null) return { author: words.replyTo, text: replyTo };
  if (attachment?.type === "story_mention") return words.storyMention;
  if (attachment?.type === "share") {
    return { author: words.shared, text: captionOf(({ file }) => file === attachment.file) };
  }
  return by === "app" ? words.fromApp : null;
}

/** The person's conversation with the business, as the person sees it. */
export function instagramLines(
  { messages, media }: Pick<SandboxInstagram, "messages" | "media">,
  personId: string,
  words: InstagramWords,
): PhoneLine[] {
  return messages
    .filter((message) => message.personId === personId)
    .map((message) => ({
      ...PLAIN,
      key: message.mid,
      own: message.by === "person",
      text: message.isUnsent ? words.unsent : message.text,
      photos: photosOf(message),
      at: message.at,
      quote: quoteOf(message, media, words),
      isService: message.isUnsent,
      reaction: message.reaction,
    }));
}

/** Comments of one post in the order in which they are read: answers below what they answer. */
export function commentThreads(comments: readonly SandboxInstagramComment[], mediaId: string | null) {
  const ofPost = comments.filter((one) => one.mediaId === mediaId);
  const ids = new Set(ofPost.map(({ id }) => id));
  return ofPost
    .filter(({ parentId }) => parentId === null || !ids.has(parentId))
    .flatMap((top) => [
      { comment: top, isAnswer: false },
      ...ofPost.filter(({ parentId }) => parentId === top.id).map((comment) => ({ comment, isAnswer: true })),
    ]);
}
