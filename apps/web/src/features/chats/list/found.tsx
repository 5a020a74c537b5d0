import type { Chat, Message } from "@pult/api/chats/schema.ts";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { MessageSquarePlus, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { toFailure } from "../../../trpc/failure.ts";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { AfterDelay } from "../../../ui/skeleton.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { FailedState } from "../../shell/failed-state.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useChatsAddress } from "../chats-address.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import { ChatList } from "./chat-list.tsx";
import { useMessageLine } from "./chat-text.ts";
import { ChatsSkeleton } from "./chats-skeleton.tsx";

const MAX_FOUND = 50;

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

/** A name or a number of Telegram's, as it may be typed into the search. */
function addressOf(words: string): { username: string } | { phoneNumber: string } | null {
  if (/^@\w{3,32}$/.test(words)) return { username: words };
  return /^\+[\d ()-]{5,20}$/.test(words) ? { phoneNumber: words } : null;
}

/** Begins a chat with a person whom the account has not written with. */
function NewChat({ words }: { words: string }) {
  const t = useTranslations("chats.list");
  const { client, accountId } = useOpenAccount();
  const { openChat, setAddress } = useChatsAddress();
  const mayWrite = useMay()("chats:write");
  const failed = useFailureToast();
  const address = addressOf(words);
  const resolve = useMutation({
    mutationFn: (given: NonNullable<typeof address>) => client.chats.resolve.query({ accountId, ...given }),
    async onSuccess({ id }) {
      await setAddress({ q: null });
      await openChat(id);
    },
    onError: failed(t("newChatFailed")),
  });
  if (!address || !mayWrite) return null;
  return (
    <button
      type="button"
      aria-disabled={resolve.isPending}
      onClick={() => !resolve.isPending && resolve.mutate(address)}
      className="flex min-h-12 w-full shrink-0 items-center gap-2.5 border-line border-b px-4 text-start font-medium text-accent-text hover:bg-surface-2"
    >
      <Icon of={MessageSquarePlus} />
      {t("newChat", { who: words })}
    </button>
  );
}

/** What was found, chats first, below the way to a new one. */
export function Found(props: { words: string; known: ReadonlyMap<string, Chat> }) {
  return (
    <>
      <NewChat words={props.words} />
      <FoundList {...props} />
    </>
  );
}

/** A chat that is known is shown as it is now. */
function FoundList({ words, known }: { words: string; known: ReadonlyMap<string, Chat> }) {
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
