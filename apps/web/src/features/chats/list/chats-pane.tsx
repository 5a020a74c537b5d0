import type { Chat, Message, Session } from "@pult/api/chats/schema.ts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { MessagesSquare, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useStore } from "zustand";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { toFailure } from "../../../trpc/failure.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { SearchField, useDebounced } from "../../../ui/search-field.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { useCommands } from "../../shell/commands.tsx";
import { FailedState } from "../../shell/failed-state.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { type ChatListState, listedChats } from "../chat-list-state.ts";
import { useChatsAddress } from "../chats-address.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import { ChatList } from "./chat-list.tsx";
import { useMessageLine } from "./chat-text.ts";

const DEBOUNCE_MS = 250;
const MAX_FOUND = 50;

const ROWS = ["w-[38%]", "w-[52%]", "w-[30%]", "w-[46%]", "w-[34%]", "w-[56%]", "w-[42%]", "w-[48%]"];

/** Rows of the real height. */
export const ChatsSkeleton = () =>
  ROWS.map((width) => (
    <div
      key={width}
      className="grid h-[76px] grid-cols-[36px_minmax(0,1fr)] content-center gap-x-3 border-line border-b pr-3 pl-4 md:h-[72px]"
    >
      <Skeleton className="size-9 rounded-full" />
      <span className="flex flex-col gap-2 pt-1">
        <Skeleton className={`h-2.5 ${width}`} />
        <Skeleton className="h-2.5 w-[80%]" />
        <Skeleton className="h-2 w-[24%]" />
      </span>
    </div>
  ));

/** Chats and messages that words are found in. */
function useFound(words: string) {
  const { client, accountId } = useOpenAccount();
  return useQuery({
    queryKey: ["chats", "found", accountId, words],
    enabled: words !== "",
    placeholderData: keepPreviousData,
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const input = { accountId, query: words, limit: MAX_FOUND };
      const [chats, messages] = await Promise.all([
        client.chats.list.query(input, { signal }),
        client.chats.search.query(input, { signal }),
      ]);
      return { chats: chats.items, messages: messages.items };
    },
  });
}

type FoundMessageProps = { message: Message; title: string; onOpen: () => void };

function FoundMessage({ message, title, onOpen }: FoundMessageProps) {
  const time = useTimeText();
  const line = useMessageLine();
  return (
    <button
      type="button"
      onClick={onOpen}
      className="block w-full border-line border-b px-4 py-2 text-left -outline-offset-2 hover:bg-surface-2"
    >
      <span className="flex items-baseline gap-2">
        <span dir="auto" className="min-w-0 flex-1 truncate font-medium">
          {title}
        </span>
        <time dateTime={message.date} className="num shrink-0 text-11 text-muted">
          {time.short(message.date)}
        </time>
      </span>
      <span dir="auto" className="line-clamp-2 text-muted">
        {line(message)}
      </span>
    </button>
  );
}

/** What was found, chats first. A chat that is known is shown as it is now. */
function Found({ words, known }: { words: string; known: ReadonlyMap<string, Chat> }) {
  const t = useTranslations();
  const failureText = useFailureText();
  const { chat: openId, openChat, setAddress } = useChatsAddress();
  const found = useFound(words);
  if (found.isError) {
    return (
      <FailedState
        title={t("chats.list.searchFailed")}
        hint={failureText(toFailure(found.error))}
        onRetry={() => found.refetch()}
      />
    );
  }
  if (!found.data) {
    return (
      <AfterDelay label={t("common.loading")}>
        <ChatsSkeleton />
      </AfterDelay>
    );
  }
  const { chats, messages } = found.data;
  if (chats.length + messages.length === 0) {
    return (
      <EmptyState
        icon={SearchX}
        title={t("chats.list.nothingFound", { query: words })}
        hint={t("chats.list.nothingFoundHint")}
        role="status"
      >
        <Button onClick={() => setAddress({ q: null })}>{t("chats.list.clearSearch")}</Button>
      </EmptyState>
    );
  }
  const titles = new Map([...known, ...chats.map((chat) => [chat.id, chat] as const)]);
  return (
    <div className="scroll-pane flex min-h-0 flex-1 flex-col">
      {chats.length > 0 ? (
        <div className="flex shrink-0 flex-col" style={{ height: `min(${chats.length * 76}px, 60%)` }}>
          <ChatList
            chats={chats.map((chat) => known.get(chat.id) ?? chat)}
            openId={openId}
            onOpen={openChat}
            more={{ has: false, state: "idle", load: () => {} }}
          />
        </div>
      ) : null}
      {messages.length > 0 ? (
        <section aria-label={t("chats.list.messages")}>
          <h2 className="px-4 pt-3 pb-1 font-medium text-11 text-muted">{t("chats.list.messages")}</h2>
          {messages.map((message) => (
            <FoundMessage
              key={`${message.chatId} ${message.id}`}
              message={message}
              title={titles.get(message.chatId)?.title ?? t("chats.list.someChat")}
              onOpen={() => openChat(message.chatId)}
            />
          ))}
        </section>
      ) : null}
    </div>
  );
}

/** J and K through the list. */
function useListKeys(chats: readonly Chat[], openId: string | null, onOpen: (chatId: string) => void) {
  const t = useTranslations("chats.list");
  const step = (by: 1 | -1) => {
    const next = chats[Math.max(0, chats.findIndex(({ id }) => id === openId) + by)];
    if (next && next.id !== openId) onOpen(next.id);
  };
  useCommands([
    { id: "next", group: "list", label: t("next"), keys: "j", isKeyOnly: true, run: () => step(1) },
    { id: "previous", group: "list", label: t("previous"), keys: "k", isKeyOnly: true, run: () => step(-1) },
  ]);
}

const NONE: ChatListState = { chats: new Map(), next: null };

/** The chats of the open account, and the search over them. */
export function ChatsOfAccount({ account }: { account: Session }) {
  const t = useTranslations();
  const failureText = useFailureText();
  const { chat: openId, openChat, q, setAddress } = useChatsAddress();
  const chatsOf = useOpenAccount();
  const { list, failure, more } = useStore(chatsOf.state);
  const chats = useMemo(() => listedChats(list ?? NONE), [list]);
  useListKeys(chats, openId, openChat);
  const [typed, setTyped] = useState(q);
  const words = useDebounced(typed.trim(), DEBOUNCE_MS);
  const write = (value: string) => {
    setTyped(value);
    void setAddress({ q: value.trim() || null });
  };
  const content = () => {
    if (words !== "" && typed.trim() !== "") return <Found words={words} known={(list ?? NONE).chats} />;
    if (!list) {
      if (failure) {
        return (
          <FailedState title={t("chats.list.failed")} hint={failureText(failure)} onRetry={() => chatsOf.reload()} />
        );
      }
      return (
        <AfterDelay label={t("common.loading")}>
          <ChatsSkeleton />
        </AfterDelay>
      );
    }
    if (chats.length === 0) {
      const hint = account.health.connection === "connected" ? "emptyHint" : "emptyReading";
      return <EmptyState icon={MessagesSquare} title={t("chats.list.empty")} hint={t(`chats.list.${hint}`)} />;
    }
    return (
      <ChatList
        chats={chats}
        openId={openId}
        onOpen={openChat}
        more={{ has: list.next !== null, state: more, load: chatsOf.loadMore }}
      />
    );
  };
  return (
    <>
      <div className="flex h-12 shrink-0 items-center border-line border-b px-3 md:h-11">
        <SearchField label={t("chats.list.search")} value={typed} onChange={write} className="w-full" />
      </div>
      {content()}
    </>
  );
}
