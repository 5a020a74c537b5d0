import type { ChatSnapshot, CustomerChat } from "./chat.ts";
import { CustomerComposer } from "./composer.tsx";
import { ChatFailed, ChatLoading, ChatRefused } from "./notices.tsx";
import type { TelegramClient } from "./telegram/client.ts";
import { CustomerThreadView } from "./thread-view.tsx";

type SupportTabProps = {
  chat: CustomerChat;
  telegram: TelegramClient;
  snapshot: ChatSnapshot;
  /** The message that a link led to. */
  messageId: number | null;
  /** Whom Telegram names, before the server has. */
  knownId: string | null;
  onDirty: (isDirty: boolean) => void;
};

/** The conversation, or why there is none. */
export function SupportTab({ chat, snapshot, messageId, knownId, telegram, onDirty }: SupportTabProps) {
  const { thread, failure, refusal, userId } = snapshot;
  const content = () => {
    if (thread) return <CustomerThreadView {...{ chat, snapshot, thread, telegram, messageId }} />;
    if (refusal) return <ChatRefused refusal={refusal} onClose={telegram.close} onRetry={chat.tryAgain} />;
    return failure ? <ChatFailed failure={failure} onRetry={chat.tryAgain} /> : <ChatLoading />;
  };
  // The composer is there from the start when Telegram says whose draft it is; else as soon as the server does.
  const writerId = knownId ?? userId;
  return (
    <>
      <main className="flex min-h-0 flex-1 flex-col">{content()}</main>
      {refusal || writerId === null ? null : <CustomerComposer userId={writerId} {...{ chat, telegram, onDirty }} />}
    </>
  );
}
