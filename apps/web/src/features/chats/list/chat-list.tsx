import type { Chat } from "@pult/api/chats/schema.ts";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { Button } from "../../../ui/button.tsx";
import { useMedia } from "../../../ui/use-browser.ts";
import { CHATS, chatsHref } from "../chats-address.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import { ChatRow } from "./chat-row.tsx";

type ChatListProps = {
  chats: readonly Chat[];
  openId: string | null;
  onOpen: (chatId: string) => void;
  more: { has: boolean; state: "idle" | "loading" | "failed"; load: () => void };
};

const ROWS_BEFORE_END = 12;

/** Only rows near the window are rendered. */
export function ChatList({ chats, openId, onOpen, more }: ChatListProps) {
  const t = useTranslations();
  const { accountId, drafts } = useOpenAccount();
  const { own } = useStore(drafts.state);
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = useMedia("(min-width: 960px)") ? 72 : 76;
  const virtualizer = useVirtualizer({
    count: chats.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => chats[index]?.id ?? index,
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are fixed, so only a change of the height itself is news to the virtualizer
  useEffect(() => virtualizer.measure(), [rowHeight]);
  const items = virtualizer.getVirtualItems();
  const wantsMore = more.has && more.state === "idle" && (items.at(-1)?.index ?? 0) >= chats.length - ROWS_BEFORE_END;
  useEffect(() => {
    if (wantsMore) more.load();
  }, [wantsMore, more.load]);
  return (
    <div ref={scroller} className="scroll-pane min-h-0 flex-1">
      <ul aria-label={t("chats.list.label")} className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ key, index, start }) => {
          const chat = chats[index];
          return chat ? (
            <li
              key={key}
              aria-setsize={more.has ? -1 : chats.length}
              aria-posinset={index + 1}
              className="absolute inset-x-0 top-0"
              style={{ height: rowHeight, transform: `translateY(${start}px)` }}
            >
              <ChatRow
                chat={chat}
                draft={chat.id === openId ? "" : (own.get(chat.id)?.text ?? "").trim()}
                href={chatsHref(CHATS, { account: accountId, chat: chat.id })}
                isOpen={chat.id === openId}
                onOpen={onOpen}
              />
            </li>
          ) : null;
        })}
      </ul>
      {more.state === "failed" ? (
        <p role="alert" className="flex items-center justify-center gap-2 p-3 text-12 text-muted">
          {t("chats.list.moreFailed")}
          <Button size="sm" onClick={more.load}>
            {t("common.tryAgain")}
          </Button>
        </p>
      ) : null}
    </div>
  );
}
