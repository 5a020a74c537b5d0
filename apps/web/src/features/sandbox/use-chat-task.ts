"use client";

import type { SandboxMessage } from "@pult/sandbox/control.ts";
import { useTranslations } from "next-intl";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { control } from "./control-client.ts";
import type { ComposerTask } from "./message-composer.tsx";
import { useAttempt } from "./sandbox-context.tsx";

const SLACK_PX = 64;

/** A scroller that follows its end while the reader is there. Another `subject` begins at its own end. */
export function useStickToEnd(subject: unknown) {
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another subject begins at its end
  useLayoutEffect(() => {
    isAtEnd.current = true;
  }, [subject]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const stick = () => {
      if (isAtEnd.current) element.scrollTop = element.scrollHeight;
    };
    // Pictures get their height when they have come.
    element.addEventListener("load", stick, true);
    const observer = new ResizeObserver(stick);
    observer.observe(element);
    return () => {
      element.removeEventListener("load", stick, true);
      observer.disconnect();
    };
  }, []);
  const onScroll = () => {
    const element = scroller.current;
    if (element) isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < SLACK_PX;
  };
  return { scroller, onScroll };
}

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
