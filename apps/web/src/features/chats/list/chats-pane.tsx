import type { Chat, Session } from "@pult/api/chats/schema.ts";
import { MessagesSquare } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useStore } from "zustand";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { SearchField, useDebounced } from "../../../ui/search-field.tsx";
import { AfterDelay } from "../../../ui/skeleton.tsx";
import { useCommands } from "../../shell/commands.tsx";
import { FailedState } from "../../shell/failed-state.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { type ChatListState, listedChats } from "../chat-list-state.ts";
import { useChatsAddress } from "../chats-address.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import { ChatList } from "./chat-list.tsx";
import { ChatsSkeleton } from "./chats-skeleton.tsx";

const DEBOUNCE_MS = 250;

const Found = lazyModule(() => import("./found.tsx")).part((module) => module.Found);

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
    if (words !== "" && typed.trim() !== "") {
      return <Found words={words} known={(list ?? NONE).chats} />;
    }
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
