"use client";

import type { Session } from "@pult/api/chats/schema.ts";
import { FileJson, MessagesSquare, Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useStore } from "zustand";
import { toFailure } from "../../trpc/failure.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { lazyModule } from "../../ui/lazy.tsx";
import { PaneHeader } from "../../ui/pane-header.tsx";
import { AfterDelay } from "../../ui/skeleton.tsx";
import { allowed, useMay } from "../auth/agent-context.tsx";
import { FailedState } from "../shell/failed-state.tsx";
import { useFailureText } from "../shell/use-failure-text.ts";
import { AccountMenu } from "./accounts/account-menu.tsx";
import { AccountSwitcher } from "./accounts/account-switcher.tsx";
import { useAccounts, useIsOwn } from "./accounts/use-accounts.ts";
import { useChatsAddress } from "./chats-address.ts";
import { ChatsOfAccount } from "./list/chats-pane.tsx";
import { ChatsSkeleton } from "./list/chats-skeleton.tsx";
import { ThreadPane } from "./thread/thread-pane.tsx";
import { AccountChatsContext, useAccountChats, useOpenAccount } from "./use-account-chats.ts";

const ImportSheet = lazyModule(() => import("./imports/import-sheet.tsx")).part((module) => module.ImportSheet);
const LinkSheet = lazyModule(() => import("./link/link-sheet.tsx")).part((module) => module.LinkSheet);

const ChatPanel = lazyModule(() => import("./panel/chat-panel.tsx")).part((module) => module.ChatPanel, {
  // Keeps the pane's place, so that the thread stays as wide as it is.
  whileLoading: () => <aside aria-hidden className="border-line border-l bg-surface-2 max-lg:hidden" />,
});

/** The account of the address, else the default one, else the first. */
const chosenAccount = (accounts: readonly Session[], wanted: string | null): Session | null =>
  accounts.find(({ id }) => id === wanted) ?? accounts.find(({ isDefault }) => isDefault) ?? accounts[0] ?? null;

function Linking({ account }: { account: Session | null }) {
  const { link, setLinking, setAddress } = useChatsAddress();
  const mayWrite = useMay()("chats:write");
  const expired = link === "again" && account?.status === "EXPIRED" ? account : null;
  if (!link || !mayWrite) return null;
  const open = (accountId: string) => setAddress({ account: accountId, chat: null, link: null });
  if (link === "import") return <ImportSheet onOpen={open} onClose={() => setLinking(null)} />;
  return <LinkSheet expired={expired} onClose={() => setLinking(null)} onLinked={open} />;
}

/** Before the first account. */
function NoAccounts() {
  const t = useTranslations("chats");
  const { setLinking } = useChatsAddress();
  const mayWrite = useMay()("chats:write");
  return (
    <EmptyState icon={MessagesSquare} title={t("none")} hint={t(mayWrite ? "noneHint" : "noneShared")}>
      {mayWrite ? (
        <span className="flex flex-wrap justify-center gap-2">
          <Button variant="primary" onClick={() => setLinking("new")}>
            <Icon of={Plus} />
            {t("link.title")}
          </Button>
          <Button onClick={() => setLinking("import")}>
            <Icon of={FileJson} />
            {t("import.title")}
          </Button>
        </span>
      ) : null}
    </EmptyState>
  );
}

function OpenChat({ chatId, account }: { chatId: string; account: Session }) {
  const { panel, setAddress, setLinking } = useChatsAddress();
  const { state } = useOpenAccount();
  const chat = useStore(state, ({ list }) => list?.chats.get(chatId));
  const isPanelOpen = panel === "info";
  return (
    <>
      <ThreadPane chatId={chatId} account={account} isCovered={isPanelOpen} onLink={() => setLinking("again")} />
      {chat ? <ChatPanel chat={chat} isOpen={isPanelOpen} onClose={() => setAddress({ panel: null })} /> : null}
    </>
  );
}

type PanesProps = { accounts: readonly Session[]; account: Session };

/** Three panes from 1280 px, two from 960, below that one page at a time; the address says which. */
function Panes({ accounts, account }: PanesProps) {
  const t = useTranslations("chats");
  const { chat, openAccount, setLinking, setAddress } = useChatsAddress();
  const chats = useAccountChats(account.id);
  const isOwn = useIsOwn(account);
  const mayWrite = useMay()("chats:write");
  return (
    <AccountChatsContext value={chats}>
      <div
        data-covers-tabs={chat !== null}
        className="flex min-h-0 flex-1 flex-col md:grid md:grid-cols-[320px_minmax(0,1fr)] md:grid-rows-[minmax(0,1fr)] lg:grid-cols-[336px_minmax(0,1fr)] lg:has-[aside]:grid-cols-[336px_minmax(0,1fr)_304px]"
      >
        <section
          aria-label={t("title")}
          className={`flex min-h-0 min-w-0 flex-col ${chat === null ? "flex-1" : "max-md:hidden"}`}
        >
          <PaneHeader title={t("title")}>
            {mayWrite && isOwn ? (
              <AccountMenu
                account={account}
                onImport={() => void setLinking("import")}
                onUnlinked={() => void setAddress({ account: null, chat: null })}
              />
            ) : null}
          </PaneHeader>
          <AccountSwitcher
            accounts={accounts}
            openId={account.id}
            onOpen={openAccount}
            onLink={() => void setLinking("new")}
          />
          {chats ? <ChatsOfAccount key={account.id} account={account} /> : null}
        </section>
        {chat !== null && chats ? (
          <OpenChat key={`${account.id} ${chat}`} chatId={chat} account={account} />
        ) : (
          <section aria-label={t("thread.messages")} className="flex min-h-0 border-line border-l max-md:hidden">
            <EmptyState icon={MessagesSquare} title={t("thread.none")} hint={t("thread.noneHint")} />
          </section>
        )}
      </div>
    </AccountChatsContext>
  );
}

function Chats() {
  const t = useTranslations();
  const failureText = useFailureText();
  const { account: wanted } = useChatsAddress();
  const { accounts, isError, error, refetch } = useAccounts();
  const account = accounts ? chosenAccount(accounts, wanted) : null;
  const content = () => {
    if (accounts) return <NoAccounts />;
    if (isError)
      return <FailedState title={t("chats.failed")} hint={failureText(toFailure(error))} onRetry={() => refetch()} />;
    return (
      <AfterDelay label={t("common.loading")}>
        <ChatsSkeleton />
      </AfterDelay>
    );
  };
  return (
    <>
      {accounts && account ? (
        <Panes accounts={accounts} account={account} />
      ) : (
        <section aria-label={t("chats.title")} className="flex min-h-0 flex-1 flex-col">
          <PaneHeader title={t("chats.title")} />
          {content()}
        </section>
      )}
      {/* One and the same, also when the first account appears meanwhile. */}
      <Linking account={account} />
    </>
  );
}

export const ChatsScreen = allowed("chats:read", Chats);
