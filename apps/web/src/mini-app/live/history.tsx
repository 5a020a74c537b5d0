import type { HistoryItem } from "@pult/api/notifications/toasts/schema.ts";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { useTimeText } from "../../i18n/use-time-text.ts";
import type { CustomerChat } from "../chat.ts";
import { Section } from "./parts.tsx";

const SHOWN = 10;

type HistoryProps = {
  chat: CustomerChat;
  isShown: boolean;
  /** What was told last: with it the list is read again. */
  newest: string;
  now: number;
};

const idOf = (item: HistoryItem) => `${item.type} ${item.type === "toast" ? item.toast.id : item.alert.id}`;

/** What the customer was told last; alerts that are open stand above. Nothing until there is something. */
export function History({ chat, isShown, newest, now }: HistoryProps) {
  const t = useTranslations("miniApp.live");
  const time = useTimeText();
  const [items, setItems] = useState<readonly HistoryItem[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when something new was told
  useEffect(() => {
    if (!isShown) return;
    let isOver = false;
    chat
      .withSession((api) => api.notifications.history.query({ limit: SHOWN }))
      .then((page) => isOver || setItems(page.items))
      // The rest of the page says that something is wrong.
      .catch(() => {});
    return () => {
      isOver = true;
    };
  }, [chat, isShown, newest]);
  const past = items.filter((item) => item.type === "toast" || Date.parse(item.alert.expiresAt) <= now);
  if (past.length === 0) return null;
  return (
    <Section title={t("history")}>
      <ul>
        {past.map((item) => (
          <li
            key={idOf(item)}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-3 border-line border-t px-4 py-[11px] first:border-t-0"
          >
            <span dir="auto" className="break-words">
              {item.type === "toast" ? item.toast.title : item.alert.name}
            </span>
            <time dateTime={item.at} className="num text-13/[18px] text-muted">
              {time.short(item.at)}
            </time>
          </li>
        ))}
      </ul>
    </Section>
  );
}
