import { Paperclip } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { MAX_PHOTOS, MAX_TEXT_LENGTH } from "../features/thread/limits.ts";
import { PhotoInput } from "../features/thread/message-field.tsx";
import { PhoneComposer, toolClass, toolIconClass } from "../features/thread/phone-composer.tsx";
import { newId } from "../features/thread/send-queue.ts";
import { useChosenPhotos } from "../features/thread/use-chosen-photos.tsx";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import type { CustomerChat } from "./chat.ts";
import type { TelegramClient } from "./telegram/client.ts";

const keyOf = (userId: string) => `pult.miniApp.draft.${userId}`;

function read(userId: string): string {
  try {
    return localStorage.getItem(keyOf(userId)) ?? "";
  } catch {
    return "";
  }
}

/** Kept by the browser, for the next visit; nothing of it for the next user. */
function keep(userId: string, text: string): void {
  try {
    if (text) localStorage.setItem(keyOf(userId), text);
    else localStorage.removeItem(keyOf(userId));
  } catch {
    // A browser that keeps nothing: the draft lives as long as the page.
  }
}

export const forgetDraft = (userId: string): void => keep(userId, "");

type CustomerComposerProps = {
  chat: CustomerChat;
  userId: string;
  telegram: TelegramClient;
  onDirty: (isDirty: boolean) => void;
};

export function CustomerComposer({ chat, userId, telegram, onDirty }: CustomerComposerProps) {
  const t = useTranslations("miniApp");
  const tMessage = useTranslations("message");
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => read(userId));
  // At once: clients close pages without asking.
  useEffect(() => keep(userId, text), [userId, text]);
  const chosen = useChosenPhotos();
  const excess = text.length - MAX_TEXT_LENGTH;
  const isEmpty = text.trim() === "" && chosen.photos.length === 0;
  const canSend = !isEmpty && excess <= 0 && !chosen.isReading;
  useEffect(() => onDirty(!isEmpty), [isEmpty, onDirty]);
  const send = () => {
    telegram.haptic("tap");
    const photos = chosen.photos.map(({ file, width, height }) => ({ file, name: file.name, width, height }));
    chat.sendQueue.write({ clientId: newId(), text: text.trim(), photos, createdAt: new Date().toISOString() });
    chat.typingNotice.stopped();
    chosen.clear();
    setText("");
  };
  return (
    <PhoneComposer
      field={field}
      label={t("write")}
      placeholder={t("message")}
      text={text}
      canSend={canSend}
      onWrite={(words) => {
        setText(words);
        chat.typingNotice.typed();
      }}
      onSend={send}
      onFiles={chosen.add}
      onLeave={chat.typingNotice.stopped}
      attach={
        <span className={cx(toolClass, "relative text-fg-2 focus-within:outline-2 focus-within:outline-focus")}>
          <Icon of={Paperclip} className={toolIconClass} />
          <PhotoInput
            aria-label={t("attach", { max: MAX_PHOTOS })}
            onChoose={chosen.add}
            className="absolute inset-0 cursor-pointer opacity-0 file:cursor-pointer"
          />
        </span>
      }
      className="bg-surface-2 text-16/[22px] [--tool:44px]"
    >
      {chosen.list()}
      {excess > 0 ? <p className="px-4 pt-2 text-13 text-danger">{tMessage("tooLong", { count: excess })}</p> : null}
    </PhoneComposer>
  );
}
