"use client";

import type { SandboxMessage } from "@pult/sandbox/control.ts";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { control } from "./control-client.ts";
import type { ComposerTask } from "./message-composer.tsx";
import { useAttempt } from "./sandbox-context.tsx";

type Task = ComposerTask & { messageId: number };
/** Where a user of the simulated Telegram writes; in the group with the topic. */
type Chat = { userId: number; chatId: number; threadId?: number };

/** Writing in a chat of the simulated Telegram: something new, an answer to one message, or another wording of one's own. */
export function useChatTask(chat: Chat) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const [task, setTask] = useState<Task | null>(null);
  const begin = (kind: Task["kind"], message: SandboxMessage, author: string) => {
    const title = kind === "edit" ? t("editing") : t("replyTo", { name: author });
    const { messageId, text } = message;
    setTask({ kind, messageId, title, text, key: `${kind} ${messageId} ${Date.now()}` });
  };
  const send = async (text: string, photos: readonly File[]): Promise<boolean> => {
    const { userId, chatId } = chat;
    const replyToMessageId = task?.kind === "reply" ? task.messageId : undefined;
    const isTaken = await attempt(() =>
      task?.kind === "edit"
        ? control.edit({ userId, chatId, messageId: task.messageId, text })
        : control.send({ ...chat, text, replyToMessageId }, photos),
    );
    if (isTaken) setTask(null);
    return isTaken;
  };
  return { task, begin, cancel: () => setTask(null), send };
}
