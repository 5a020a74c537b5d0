"use client";

import type { ConversationRow } from "@pult/api/support/schema.ts";
import { useTranslations } from "next-intl";
import { useDesk } from "../desk-provider.tsx";

/** The second line of a row: what was said last, and by whom when it was not the customer. */
export function useLastText() {
  const t = useTranslations("inbox");
  const { agent } = useDesk();
  return ({ lastMessage }: ConversationRow): string => {
    if (!lastMessage) return t("noMessages");
    const { kind, photoCount, author } = lastMessage;
    const words = lastMessage.text.replace(/\s+/g, " ").trim();
    const photo = photoCount > 0 ? t("photo", { count: photoCount }) : "";
    const text = photo && words ? t("photoWithText", { photo, text: words }) : photo || words;
    if (kind === "note") return t("lastNote", { text });
    if (kind !== "agent") return text;
    return author === agent.name ? t("lastOwn", { text }) : t("lastBy", { author, text });
  };
}
