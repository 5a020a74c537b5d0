"use client";

import type { SandboxUser } from "@pult/sandbox/control.ts";
import { Bot } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { control } from "./control-client.ts";
import { type ComposerTask, MessageComposer } from "./message-composer.tsx";
import { PhoneFrame } from "./phone-frame.tsx";
import { PhoneHead } from "./phone-head.tsx";
import { type PhoneLine, telegramLines } from "./phone-lines.ts";
import { PhoneThread } from "./phone-thread.tsx";
import { useAttempt, useWorld } from "./sandbox-context.tsx";

type Task = ComposerTask & { messageId: number };

/** The customer's private chat with the bot. */
export function TelegramPhoneView({ customer }: { customer: SandboxUser }) {
  const t = useTranslations("sandbox");
  const { bot, privateChats, faults } = useWorld();
  const attempt = useAttempt();
  const [task, setTask] = useState<Task | null>(null);
  const messages = privateChats.find((chat) => chat.userId === customer.id)?.messages ?? [];
  const chat = { userId: customer.id, chatId: customer.id };

  const begin = (kind: Task["kind"]) => (line: PhoneLine) => {
    if (!line.message) return;
    const { messageId } = line.message;
    const title = kind === "edit" ? t("editing") : t("replyTo", { name: line.own ? customer.name : bot.name });
    setTask({ kind, messageId, title, text: line.text, key: `${kind} ${messageId} ${Date.now()}` });
  };
  const send = async (text: string, photos: readonly File[]) => {
    const replyToMessageId = task?.kind === "reply" ? task.messageId : undefined;
    const isTaken = await attempt(() =>
      task?.kind === "edit"
        ? control.edit({ ...chat, messageId: task.messageId, text })
        : control.send({ ...chat, text, replyToMessageId }, photos),
    );
    if (isTaken) setTask(null);
    return isTaken;
  };
  const start = () => attempt(() => control.send({ ...chat, text: "/start" }));
  return (
    <PhoneFrame isOnline={!faults.telegramDown} label={t("telegramOf", { name: customer.name })}>
      <PhoneHead icon={Bot} title={bot.name} line={`@${bot.username}`} />
      <PhoneThread
        lines={telegramLines(messages, customer.id)}
        own={customer.name}
        other={bot.name}
        empty={<p className="m-auto max-w-56 text-center text-12 text-muted">{t("telegramEmpty")}</p>}
        onReply={begin("reply")}
        onEdit={begin("edit")}
        onPress={(line, data) =>
          attempt(async () => line.message && control.press({ ...chat, messageId: line.message.messageId, data }))
        }
      />
      {messages.length === 0 ? (
        <div className="border-line border-t p-2">
          <Button variant="primary" size="touch" className="w-full" onClick={start}>
            {t("start")}
          </Button>
        </div>
      ) : (
        <MessageComposer
          key={customer.id}
          label={t("telegramOf", { name: customer.name })}
          placeholder={t("writeToBot")}
          task={task}
          onCancelTask={() => setTask(null)}
          onSend={send}
        />
      )}
    </PhoneFrame>
  );
}
