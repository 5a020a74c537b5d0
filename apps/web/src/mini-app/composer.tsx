"use client";

import { Paperclip, Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ClipboardEvent, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { MAX_PHOTOS, MAX_TEXT_LENGTH } from "../features/thread/limits.ts";
import { newId } from "../features/thread/new-id.ts";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import { lazyModule } from "../ui/lazy.tsx";
import { useMedia } from "../ui/use-media.ts";
import type { Chosen, Read } from "./attachments.tsx";
import type { CustomerChat } from "./chat.ts";
import type { ChosenPhoto } from "./outbox.ts";
import type { TelegramClient } from "./telegram/client.ts";

const keyOf = (userId: string) => `pult.miniApp.draft.${userId}`;

function read(userId: string): string {
  try {
    return localStorage.getItem(keyOf(userId)) ?? "";
  } catch {
    return "";
  }
}

/** For the next user of this browser. */
export function forgetDraft(userId: string): void {
  try {
    localStorage.removeItem(keyOf(userId));
  } catch {
    // Nothing was kept.
  }
}

/** What is being written, kept by the browser: clients close pages without asking. */
function useDraft(userId: string): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(() => read(userId));
  useEffect(() => {
    try {
      if (text) localStorage.setItem(keyOf(userId), text);
      else localStorage.removeItem(keyOf(userId));
    } catch {
      // A browser that keeps nothing: the draft lives as long as the page.
    }
  }, [text, userId]);
  return [text, setText];
}

// Everything about photos that a conversation without a new one does not need.
const attachments = lazyModule(() => import("./attachments.tsx"));
const ChosenPhotos = attachments.part((module) => module.ChosenPhotos);

const upload = lazyModule(() => import("../features/thread/upload.ts"));

/** Loaded with the first photo. */
export const loadUpload = async () => (await upload.load()).uploadPhoto;

/** Photos chosen for the next message. */
function useChosenPhotos() {
  const [photos, setPhotos] = useState<readonly Chosen[]>([]);
  const [refused, setRefused] = useState<Read["refused"]>([]);
  const [pending, setPending] = useState<readonly File[]>([]);
  const forget = (gone: readonly Chosen[]) => {
    for (const photo of gone) URL.revokeObjectURL(photo.previewUrl);
    setPhotos((current) => current.filter((photo) => !gone.includes(photo)));
    setRefused([]);
  };
  return {
    photos,
    refused,
    /** Files that have not been read yet. */
    pending,
    add: (files: File[]) => setPending((current) => [...current, ...files]),
    onRead(read: Read) {
      setPending([]);
      setRefused(read.refused);
      setPhotos((current) => [...current, ...read.photos]);
    },
    onRemove: (key: string) => forget(photos.filter((photo) => photo.key === key)),
    /** Gives them away for sending. */
    take(): ChosenPhoto[] {
      forget(photos);
      return photos.map(({ file, name, width, height }) => ({ file, name, width, height }));
    },
  };
}

type CustomerComposerProps = {
  chat: CustomerChat;
  userId: string;
  telegram: TelegramClient;
  onDirty: (isDirty: boolean) => void;
};

const toolClass = "grid size-11 shrink-0 place-items-center rounded-full";
/** Six lines. */
const MAX_HEIGHT_PX = 154;

function useComposer({ chat, userId, telegram, onDirty }: CustomerComposerProps) {
  const [text, setText] = useDraft(userId);
  const chosen = useChosenPhotos();
  const excess = text.length - MAX_TEXT_LENGTH;
  const isEmpty = text.trim() === "" && chosen.photos.length === 0;
  const canSend = !isEmpty && excess <= 0 && chosen.pending.length === 0;
  useEffect(() => onDirty(!isEmpty), [isEmpty, onDirty]);
  const send = () => {
    if (!canSend) return;
    telegram.haptic("tap");
    const createdAt = new Date().toISOString();
    chat.outbox.write({ clientId: newId(), text: text.trim(), photos: chosen.take(), createdAt });
    chat.typingNotice.stopped();
    setText("");
  };
  const write = (words: string) => {
    setText(words);
    chat.typingNotice.typed();
  };
  return { text, chosen, excess, canSend, send, write };
}

/** The box grows with its text. */
function useGrowingHeight(field: RefObject<HTMLTextAreaElement | null>, text: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight + 2, MAX_HEIGHT_PX)}px`;
  }, [text]);
}

export function CustomerComposer(props: CustomerComposerProps) {
  const t = useTranslations("miniApp");
  const field = useRef<HTMLTextAreaElement>(null);
  const { text, chosen, excess, canSend, send, write } = useComposer(props);
  useGrowingHeight(field, text);
  const submit = () => {
    field.current?.focus();
    send();
  };
  return (
    <form
      aria-label={t("write")}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      className="shrink-0 border-line border-t bg-surface-2"
    >
      {chosen.photos.length + chosen.refused.length + chosen.pending.length > 0 ? <ChosenPhotos {...chosen} /> : null}
      {excess > 0 ? <p className="px-4 pt-2 text-13 text-danger">{t("tooLong", { count: excess })}</p> : null}
      <div className="mx-auto flex w-full max-w-[720px] items-end gap-1 px-2 py-1">
        <AttachInput onChoose={chosen.add} />
        <MessageField
          field={field}
          text={text}
          onWrite={write}
          onSubmit={submit}
          onFiles={chosen.add}
          onLeave={props.chat.typingNotice.stopped}
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

function AttachInput({ onChoose }: { onChoose: (files: File[]) => void }) {
  const t = useTranslations("miniApp");
  return (
    <label className={cx(toolClass, "relative text-fg-2 focus-within:outline-2 focus-within:outline-focus")}>
      <Icon of={Paperclip} size={24} />
      <span className="sr-only">{t("attach", { max: MAX_PHOTOS })}</span>
      <input
        type="file"
        accept="image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif"
        multiple
        className="absolute inset-0 cursor-pointer opacity-0 file:cursor-pointer"
        onChange={({ currentTarget }) => {
          onChoose([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </label>
  );
}

type MessageFieldProps = {
  field: RefObject<HTMLTextAreaElement | null>;
  text: string;
  onWrite: (text: string) => void;
  onSubmit: () => void;
  onFiles: (files: File[]) => void;
  onLeave: () => void;
};

function MessageField({ field, text, onWrite, onSubmit, onFiles, onLeave }: MessageFieldProps) {
  const t = useTranslations("miniApp");
  // A phone's Enter is a new line, as in Telegram; a keyboard's sends.
  const hasKeyboard = useMedia("(hover: hover) and (pointer: fine)");
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing || !hasKeyboard) return;
    event.preventDefault();
    onSubmit();
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    onFiles(files);
  };
  return (
    <textarea
      ref={field}
      rows={1}
      value={text}
      aria-label={t("message")}
      placeholder={t("message")}
      enterKeyHint={hasKeyboard ? "send" : "enter"}
      onChange={({ currentTarget }) => onWrite(currentTarget.value)}
      onBlur={onLeave}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      className="scroll-pane min-h-11 min-w-0 flex-1 resize-none rounded-[22px] border border-control bg-surface px-4 py-2.5 text-16/[22px] text-fg focus:border-focus focus:outline-2 focus:-outline-offset-1 focus:outline-focus"
    />
  );
}
