"use client";

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { TelegramClient } from "../../telegram/client.ts";
import type { Launch } from "../../telegram/launch.ts";
import { destinationOf } from "../../telegram/start-param.ts";
import { createWebClient } from "../../trpc/client.ts";
import { CustomerBanners } from "./customer-banners.tsx";
import { CustomerChat } from "./customer-chat.ts";
import { CustomerComposer } from "./customer-composer.tsx";
import { CustomerHeader } from "./customer-header.tsx";
import { createOutboxKeep } from "./customer-keep.ts";
import { ChatLoading } from "./customer-loading.tsx";
import { ChatFailed, ChatRefused } from "./customer-notices.tsx";
import { type BrowserVisit, signInOf } from "./customer-sign-in.ts";
import { useSignOut } from "./customer-sign-out.tsx";
import { CustomerThreadView } from "./customer-thread-view.tsx";

type Visit = Launch | BrowserVisit;

function createChat(visit: Visit, telegram: TelegramClient): CustomerChat {
  const { session, isProofOld } = signInOf(visit);
  return new CustomerChat({
    session,
    client: createWebClient({ getToken: session.token }),
    createKeep: createOutboxKeep,
    isProofOld,
    onSent: (wasWaiting) => wasWaiting && telegram.haptic("success"),
    onFailed: () => telegram.haptic("error"),
  });
}

type CustomerPageProps = {
  visit: Visit;
  telegram: TelegramClient;
  /** Shows what to do about a session that is over; else the page says so itself. */
  onRefused?: () => void;
  /** Where one can sign out. */
  onSignOut?: () => void;
};

export function CustomerPage({ visit, telegram, ...ways }: CustomerPageProps) {
  const [chat, setChat] = useState<CustomerChat | null>(null);
  useEffect(() => {
    const created = createChat(visit, telegram);
    setChat(created);
    return created.start();
  }, [visit, telegram]);
  return chat ? <CustomerConversation chat={chat} visit={visit} telegram={telegram} {...ways} /> : null;
}

/** Whether something was not sent; while it is so, Telegram or the browser asks before it closes the page. */
function useUnsent(chat: CustomerChat, telegram: TelegramClient) {
  const [isDirty, setDirty] = useState(false);
  const hasOutgoing = useSyncExternalStore(
    chat.outbox.subscribe,
    () => chat.outbox.snapshot().length > 0,
    () => false,
  );
  const isUnsent = isDirty || hasOutgoing;
  useEffect(() => telegram.setClosingConfirmation(isUnsent), [telegram, isUnsent]);
  return { isUnsent, onDirty: useCallback((dirty: boolean) => setDirty(dirty), []) };
}

function CustomerConversation({ chat, visit, telegram, ...ways }: CustomerPageProps & { chat: CustomerChat }) {
  const snapshot = useSyncExternalStore(chat.subscribe, chat.snapshot, chat.snapshot);
  const { isUnsent, onDirty } = useUnsent(chat, telegram);
  const { thread, failure, refusal, userId } = snapshot;
  const signOut = useSignOut({ chat, userId, isUnsent, onSignOut: ways.onSignOut });
  const { onRefused } = ways;
  useEffect(() => {
    if (refusal) onRefused?.();
  }, [refusal, onRefused]);
  if (refusal && onRefused) return <ChatLoading />;
  const content = () => {
    if (thread) {
      const { messageId } = destinationOf(visit.startParam);
      return (
        <CustomerThreadView chat={chat} snapshot={snapshot} thread={thread} telegram={telegram} messageId={messageId} />
      );
    }
    if (refusal) return <ChatRefused refusal={refusal} onClose={telegram.close} onRetry={chat.tryAgain} />;
    if (failure) return <ChatFailed failure={failure} onRetry={chat.tryAgain} />;
    return <ChatLoading />;
  };
  return (
    <>
      <CustomerHeader chat={snapshot}>{signOut.button}</CustomerHeader>
      {signOut.question}
      {thread || !refusal ? <CustomerBanners chat={snapshot} onClose={telegram.close} /> : null}
      <main className="flex min-h-0 flex-1 flex-col">{content()}</main>
      {refusal ? null : <ComposerOf {...{ chat, visit, userId, telegram, onDirty }} />}
    </>
  );
}

type ComposerOfProps = Pick<CustomerPageProps, "visit" | "telegram"> & {
  chat: CustomerChat;
  userId: string | null;
  onDirty: (isDirty: boolean) => void;
};

/** There from the start when Telegram says whose draft it is; else as soon as the server does. */
function ComposerOf({ visit, userId, ...props }: ComposerOfProps) {
  const knownId = "initData" in visit ? (visit.userId ?? "") : userId;
  return knownId === null ? null : <CustomerComposer userId={knownId} {...props} />;
}
