"use client";

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { TelegramClient } from "../../telegram/client.ts";
import type { Launch } from "../../telegram/launch.ts";
import { TelegramSession } from "../../telegram/session.ts";
import { destinationOf } from "../../telegram/start-param.ts";
import { createWebClient } from "../../trpc/client.ts";
import { CustomerBanners } from "./customer-banners.tsx";
import { CustomerChat } from "./customer-chat.ts";
import { CustomerComposer } from "./customer-composer.tsx";
import { CustomerHeader } from "./customer-header.tsx";
import { createOutboxKeep } from "./customer-keep.ts";
import { ChatLoading } from "./customer-loading.tsx";
import { ChatFailed, ChatRefused } from "./customer-notices.tsx";
import { CustomerThreadView } from "./customer-thread-view.tsx";

/** After this long, a refusal of Telegram's proof means that it is too old rather than wrong. */
const PROOF_OLD_MS = 5 * 60_000;

function createChat(launch: Launch, telegram: TelegramClient): CustomerChat {
  const signIn = createWebClient();
  const session = new TelegramSession(() => signIn.api.auth.miniApp.mutate({ initData: launch.initData }));
  return new CustomerChat({
    session,
    client: createWebClient({ getToken: session.token }),
    createKeep: createOutboxKeep,
    isProofOld: () => Date.now() - launch.signedAt > PROOF_OLD_MS,
    onSent: (wasWaiting) => wasWaiting && telegram.haptic("success"),
    onFailed: () => telegram.haptic("error"),
  });
}

type CustomerPageProps = { launch: Launch; telegram: TelegramClient };

export function CustomerPage({ launch, telegram }: CustomerPageProps) {
  const [chat, setChat] = useState<CustomerChat | null>(null);
  useEffect(() => {
    const created = createChat(launch, telegram);
    setChat(created);
    return created.start();
  }, [launch, telegram]);
  return chat ? <CustomerConversation chat={chat} launch={launch} telegram={telegram} /> : null;
}

/** Telegram asks before it closes the page while something was not sent. */
function useClosingConfirmation(chat: CustomerChat, telegram: TelegramClient) {
  const [isDirty, setDirty] = useState(false);
  const hasOutgoing = useSyncExternalStore(
    chat.outbox.subscribe,
    () => chat.outbox.snapshot().length > 0,
    () => false,
  );
  const isUnsent = isDirty || hasOutgoing;
  useEffect(() => telegram.setClosingConfirmation(isUnsent), [telegram, isUnsent]);
  return useCallback((dirty: boolean) => setDirty(dirty), []);
}

function CustomerConversation({ chat, launch, telegram }: CustomerPageProps & { chat: CustomerChat }) {
  const snapshot = useSyncExternalStore(chat.subscribe, chat.snapshot, chat.snapshot);
  const onDirty = useClosingConfirmation(chat, telegram);
  const { thread, failure, refusal } = snapshot;
  const content = () => {
    if (thread) {
      const { messageId } = destinationOf(launch.startParam);
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
      <CustomerHeader chat={snapshot} />
      {thread || !refusal ? <CustomerBanners chat={snapshot} onClose={telegram.close} /> : null}
      <main className="flex min-h-0 flex-1 flex-col">{content()}</main>
      {refusal ? null : (
        <CustomerComposer chat={chat} userId={launch.userId ?? ""} telegram={telegram} onDirty={onDirty} />
      )}
    </>
  );
}
