import type { Chat, Media, Message } from "@pult/api/chats/schema.ts";
import { useTranslations } from "next-intl";

/** What a file is, as a word. */
export function useMediaText() {
  const t = useTranslations("chats.media");
  return ({ type, fileName }: Pick<Media, "type" | "fileName">): string =>
    type === "document" && fileName ? fileName : t(type);
}

/** A message in one line. */
export function useMessageLine() {
  const t = useTranslations("chats");
  const mediaText = useMediaText();
  return ({ text, media, isService }: Pick<Message, "text" | "media" | "isService">): string => {
    const words = text.replace(/\s+/g, " ").trim();
    if (media && media.type !== "webPage") {
      const what = mediaText(media);
      return words ? t("list.mediaWithText", { media: what, text: words }) : what;
    }
    if (words) return words;
    return isService ? t("thread.service") : "…";
  };
}

/** The second line of a row: what was said last, and whether by oneself. */
export function useLastLine() {
  const t = useTranslations("chats.list");
  const line = useMessageLine();
  return ({ lastMessage, access }: Chat, draft: string): string => {
    if (access === "metadata") return t("hidden");
    if (draft) return t("draft", { text: draft });
    if (!lastMessage) return t("noMessages");
    const text = line(lastMessage);
    return lastMessage.isOutgoing && !lastMessage.isService ? t("own", { text }) : text;
  };
}
