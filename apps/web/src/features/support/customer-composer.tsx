"use client";

import { Paperclip, Send, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef } from "react";
import type { TelegramClient } from "../../telegram/client.ts";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { useMedia } from "../../ui/use-media.ts";
import type { CustomerChat } from "./customer-chat.ts";
import { useChosenPhotos } from "./customer-chosen.ts";
import { useDraft } from "./customer-draft.ts";
import { MAX_PHOTOS, MAX_TEXT_LENGTH } from "./customer-files.ts";
import { newClientId } from "./customer-id.ts";

const toolClass = "-my-1 grid size-11 shrink-0 place-items-center rounded-full";

type CustomerComposerProps = {
  chat: CustomerChat;
  userId: string;
  telegram: TelegramClient;
  onDirty: (isDirty: boolean) => void;
};

export function CustomerComposer({ chat, userId, telegram, onDirty }: CustomerComposerProps) {
  const t = useTranslations("miniApp");
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useDraft(userId);
  const chosen = useChosenPhotos();
  // A phone's Enter is a new line, as in Telegram; a keyboard's sends.
  const hasKeyboard = useMedia("(hover: hover) and (pointer: fine)");
  const excess = text.length - MAX_TEXT_LENGTH;
  const canSend = (text.trim() !== "" || chosen.photos.length > 0) && excess <= 0 && !chosen.isReading;

  useEffect(() => onDirty(text.trim() !== "" || chosen.photos.length > 0), [text, chosen.photos.length, onDirty]);
  // The box grows with what is in it, up to six lines.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight + 2, 138)}px`;
  }, [text]);

  const send = () => {
    field.current?.focus();
    if (!canSend) return;
    telegram.haptic("tap");
    const photos = chosen.take();
    chat.outbox.add({ clientId: newClientId(), text: text.trim(), photos, createdAt: new Date().toISOString() });
    chat.typingNotice.stopped();
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing || !hasKeyboard) return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    void chosen.add(files);
  };
  return (
    <form
      aria-label={t("write")}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="shrink-0 border-line border-t bg-surface-2"
    >
      <ChosenPhotos chosen={chosen} />
      {excess > 0 ? <p className="px-4 pt-2 text-13 text-danger">{t("tooLong", { count: excess })}</p> : null}
      <div className="flex items-end gap-1 px-2 py-1.5">
        <label
          className={cx(
            toolClass,
            "relative cursor-pointer text-fg-2 focus-within:outline-2 focus-within:outline-focus",
          )}
        >
          <Icon of={Paperclip} size={24} />
          <span className="sr-only">{t("attach", { max: MAX_PHOTOS })}</span>
          <input
            type="file"
            accept="image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif"
            multiple
            className="absolute inset-0 cursor-pointer opacity-0 file:cursor-pointer"
            onChange={({ currentTarget }) => {
              void chosen.add([...(currentTarget.files ?? [])]);
              currentTarget.value = "";
            }}
          />
        </label>
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label={t("message")}
          placeholder={t("message")}
          enterKeyHint={hasKeyboard ? "send" : "enter"}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value);
            chat.typingNotice.typed();
          }}
          onBlur={chat.typingNotice.stopped}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          className="scroll-pane min-h-9 min-w-0 flex-1 resize-none rounded-[18px] border border-control bg-surface px-3.5 py-1.5 text-16/[22px] text-fg focus:border-focus focus:outline-2 focus:-outline-offset-1 focus:outline-focus"
        />
        <button
          type="submit"
          aria-label={canSend ? t("send") : t("sendNothing")}
          aria-disabled={!canSend}
          className={cx(toolClass, canSend ? "text-accent-text" : "text-muted")}
        >
          <Icon of={Send} size={24} />
        </button>
      </div>
    </form>
  );
}

function ChosenPhotos({ chosen }: { chosen: ReturnType<typeof useChosenPhotos> }) {
  const t = useTranslations("miniApp");
  return (
    <>
      {chosen.photos.length > 0 ? (
        <ul aria-label={t("chosen")} className="flex gap-2 overflow-x-auto px-3 pt-2 [scrollbar-width:none]">
          {chosen.photos.map((photo) => (
            <li key={photo.key} className="relative shrink-0">
              {/* biome-ignore lint/performance/noImgElement: a file of the customer's own device */}
              <img
                src={photo.previewUrl}
                alt={photo.name}
                className="size-[72px] rounded-3 bg-surface-4 object-cover"
              />
              <button
                type="button"
                aria-label={t("removePhoto", { name: photo.name })}
                onClick={() => chosen.remove(photo.key)}
                className="absolute -top-2 -right-2 grid size-11 place-items-center"
              >
                <span className="grid size-6 place-items-center rounded-full bg-[rgb(10_14_18/0.72)] text-[#fff]">
                  <Icon of={X} size={14} />
                </span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <div role="alert" className="text-13 text-danger">
        {chosen.refused.map(({ reason, name }) => (
          <p key={`${reason} ${name}`} className="px-4 pt-2">
            {t(`photoRefused.${reason}`, { name, max: MAX_PHOTOS })}
          </p>
        ))}
      </div>
    </>
  );
}
