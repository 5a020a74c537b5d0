import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { Forward } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useStore } from "zustand";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { Dialog } from "../../../ui/modal.tsx";
import { SearchField, useDebounced } from "../../../ui/search-field.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { newId } from "../../thread/send-queue.ts";
import { listedChats } from "../chat-list-state.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import type { ShownMessage } from "./chat-items.ts";

const DEBOUNCE_MS = 250;
const MAX_SHOWN = 30;

/** Chats of the account that it may write in: the newest, or those with these words in their names. */
function useTargets(words: string) {
  const { client, accountId, state } = useOpenAccount();
  const { list } = useStore(state);
  const found = useQuery({
    queryKey: ["chats", "targets", accountId, words],
    enabled: words !== "",
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => client.chats.list.query({ accountId, query: words, limit: MAX_SHOWN }, { signal }),
  });
  const chats = words === "" ? listedChats(list ?? { chats: new Map(), next: null }) : (found.data?.items ?? []);
  return chats.filter(({ canSend }) => canSend).slice(0, MAX_SHOWN);
}

/** Chooses where a message, or an album, is forwarded to. */
export function ForwardDialog({ message, onClose }: { message: ShownMessage; onClose: () => void }) {
  const t = useTranslations("chats.act");
  const trpc = useTRPC();
  const { accountId } = useOpenAccount();
  const failed = useFailureToast();
  const [typed, setTyped] = useState("");
  const targets = useTargets(useDebounced(typed.trim(), DEBOUNCE_MS));
  // The same for every press: a repeat forwards nothing twice.
  const [clientId] = useState(newId);
  const forward = useMutation(trpc.chats.forward.mutationOptions({ onError: failed(t("forwardFailed")) }));
  const choose = (toChatId: string, name: string) => {
    const { chatId, album } = message;
    const messageIds = album.map(({ id }) => id);
    forward.mutate(
      { accountId, chatId, messageIds, toChatId, clientId },
      { onSuccess: () => showToast({ icon: Forward, title: t("forwarded", { name }) }) },
    );
    onClose();
  };
  return (
    <Dialog title={t("forwardTo")} onClose={onClose}>
      <div className="flex flex-col gap-2 px-4 pb-4">
        <SearchField label={t("forwardSearch")} value={typed} onChange={setTyped} />
        <ul aria-label={t("forwardTo")} className="max-h-80 overflow-y-auto">
          {targets.map(({ id, title }) => (
            <li key={id}>
              <button
                type="button"
                onClick={() => choose(id, title)}
                className="flex min-h-11 w-full items-center gap-2.5 rounded-2 px-2 py-1 text-start hover:bg-surface-2"
              >
                <Avatar name={title} size={28} />
                <span dir="auto" className="min-w-0 flex-1 truncate">
                  {title}
                </span>
              </button>
            </li>
          ))}
        </ul>
        {targets.length === 0 ? <p className="px-2 py-3 text-muted">{t("forwardNone")}</p> : null}
      </div>
    </Dialog>
  );
}
