import type { InstagramEvent } from "@pult/api/notifications/schema.ts";
import { useTranslations } from "next-intl";
import { isKnownType } from "./event-types.ts";

/** A type in words; a field that Pult does not know by Meta's own name. */
export function useTypeText() {
  const t = useTranslations("instagram.one");
  return (type: string) => (isKnownType(type) ? t(type) : type);
}

/** Who caused an event: Instagram tells a name, an id or neither. */
export function useSenderText() {
  const t = useTranslations("instagram");
  return ({ sender: { username, id }, isEcho }: InstagramEvent) => {
    if (username) return `@${username}`;
    if (isEcho) return t("ownAccount");
    return id ? t("senderId", { id }) : t("noSender");
  };
}

/** What an event says; in words where it has none. */
export function useContentText() {
  const t = useTranslations("instagram");
  return ({ content, isDeleted, eventType, attachments }: InstagramEvent): { text: string; isQuiet: boolean } => {
    if (isDeleted) return { text: t("content.deleted"), isQuiet: true };
    if (content) return { text: content, isQuiet: false };
    if (attachments?.length) return { text: t("content.attachments", { count: attachments.length }), isQuiet: true };
    if (eventType === "messaging_seen") return { text: t("content.seen"), isQuiet: true };
    if (eventType === "message_reactions") return { text: t("content.unreacted"), isQuiet: true };
    return { text: t("content.none"), isQuiet: true };
  };
}
