"use client";

import type { SandboxUser } from "@pult/sandbox/control.ts";
import { Bot } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "../../ui/button.tsx";
import { control } from "./control-client.ts";
import { MessageComposer } from "./message-composer.tsx";
import { PhoneFrame } from "./phone-frame.tsx";
import { PhoneHead } from "./phone-head.tsx";
import { type PhoneLine, telegramLines } from "./phone-lines.ts";
import { PhoneThread } from "./phone-thread.tsx";
import { useAttempt, useWorld } from "./sandbox-context.tsx";
import { useChatTask } from "./use-chat-task.ts";

/** The customer's private chat with the bot. */
export function TelegramPhoneView({ customer }: { customer: SandboxUser }) {
  const t = useTranslations("sandbox");
  const { bot, privateChats, faults } = useWorld();
  const attempt = useAttempt();
  const messages = privateChats.find((one) => one.userId === customer.id)?.messages ?? [];
  const chat = { userId: customer.id, chatId: customer.id };
  const { task, begin, cancel, send } = useChatTask(chat);
  const beginWith = (kind: "reply" | "edit") => (line: PhoneLine) => {
    if (line.message) begin(kind, line.message, line.own ? customer.name : bot.name);
  };
  return (
    <PhoneFrame isOnline={!faults.telegramDown} label={t("telegramOf", { name: customer.name })}>
      <PhoneHead icon={Bot} title={bot.name} line={`@${bot.username}`} />
      <PhoneThread
        lines={telegramLines(messages, customer.id)}
        own={customer.name}
        other={bot.name}
        empty={<p className="m-auto max-w-56 text-center text-12 text-muted">{t("telegramEmpty")}</p>}
        onReply={beginWith("reply")}
        onEdit={beginWith("edit")}
        onPress={(line, data) =>
          attempt(async () => line.message && control.press({ ...chat, messageId: line.message.messageId, data }))
        }
      />
      {messages.length === 0 ? (
        <StartButton onStart={() => attempt(() => control.send({ ...chat, text: "/start" }))} />
      ) : (
        <MessageComposer
          label={t("telegramOf", { name: customer.name })}
          placeholder={t("writeToBot")}
          task={task}
          onCancelTask={cancel}
          onSend={send}
        />
      )}
    </PhoneFrame>
  );
}

/** Telegram lets nobody write to a bot before this. */
function StartButton({ onStart }: { onStart: () => void }) {
  const t = useTranslations("sandbox");
  return (
    <div className="border-line border-t p-2">
      <Button variant="primary" size="touch" className="w-full" onClick={onStart}>
        {t("start")}
      </Button>
    </div>
  );
}
