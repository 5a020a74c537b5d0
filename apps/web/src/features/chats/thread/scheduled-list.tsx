import type { Message } from "@pult/api/chats/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Clock3 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { footActionClass } from "../../thread/bubble.tsx";
import { useMessageLine } from "../list/chat-text.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import { readScheduledAgain, scheduledKey } from "./scheduled.ts";

/** What Telegram sends in a chat at its time. */
function useScheduled(chatId: string): readonly Message[] {
  const { client, accountId } = useOpenAccount();
  const { data } = useQuery({
    queryKey: scheduledKey(accountId, chatId),
    queryFn: ({ signal }) => client.chats.scheduled.query({ accountId, chatId }, { signal }),
  });
  return data?.items ?? [];
}

function ScheduledRow({ message, mayWrite }: { message: Message; mayWrite: boolean }) {
  const t = useTranslations("chats.scheduled");
  const time = useTimeText();
  const line = useMessageLine();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { accountId } = useOpenAccount();
  const failed = useFailureToast();
  const { id, chatId, scheduleDate, date } = message;
  const cancel = useMutation(
    trpc.chats.cancelScheduled.mutationOptions({
      onSuccess: () => readScheduledAgain(queryClient, { accountId, chatId }),
      onError: failed(t("cancelFailed")),
    }),
  );
  return (
    <li className="ml-auto w-fit max-w-[min(480px,84%)] rounded-4 rounded-br-1 border border-control border-dashed px-2.5 py-1.5 text-14">
      <p className="num flex items-center gap-1.5 font-semibold text-11 text-accent-text">
        <Icon of={Clock3} size={12} />
        {t("at", { time: time.moment(scheduleDate ?? date) })}
      </p>
      <p dir="auto" className="flex flex-wrap items-baseline justify-end gap-x-3">
        <span className="min-w-0 flex-1 break-words">{line(message)}</span>
        {mayWrite ? (
          <button
            type="button"
            aria-disabled={cancel.isPending}
            onClick={() => !cancel.isPending && cancel.mutate({ accountId, chatId, messageId: id })}
            className={`${footActionClass} text-12`}
          >
            {t("cancel")}
          </button>
        ) : null}
      </p>
    </li>
  );
}

/** Beneath the messages: what Telegram will send. */
export function ScheduledList({ chatId, mayWrite }: { chatId: string; mayWrite: boolean }) {
  const t = useTranslations("chats.scheduled");
  const messages = useScheduled(chatId);
  if (messages.length === 0) return null;
  return (
    <ul aria-label={t("label")} className="scroll-pane flex max-h-40 shrink-0 flex-col gap-1 px-3 pb-1 md:px-5">
      {messages.map((message) => (
        <ScheduledRow key={message.id} message={message} mayWrite={mayWrite} />
      ))}
    </ul>
  );
}
