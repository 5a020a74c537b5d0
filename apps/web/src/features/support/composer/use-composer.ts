"use client";

import type { ConversationDetail, Message } from "@pult/api/support/schema.ts";
import { type RefObject, useCallback, useEffect, useImperativeHandle, useRef, useState } from "react";
import { useDesk } from "../desk-provider.tsx";
import { newId } from "../new-id.ts";
import { useActivitySignal } from "./use-activity-signal.ts";
import { useDraft } from "./use-draft.ts";
import { useTypingSignal } from "./use-typing-signal.ts";
import { useUploads } from "./use-uploads.ts";

export type ComposerProps = {
  conversation: ConversationDetail;
  messages: readonly Message[];
  onSent: () => void;
  handle: RefObject<ComposerHandle | null>;
};

export type ComposerHandle = {
  /** Answers a message of the thread. */
  quote: (message: Message) => void;
};

/** `MAX_TEXT_LENGTH` of the API. */
const MAX_LENGTH = 32_768;

/** Why the message cannot go yet, as a key of the messages; null when it can. */
type Block = "empty" | "waitForUploads" | "removeFailed" | null;

export function useComposer({ conversation, messages, onSent, handle }: ComposerProps) {
  const { outbox } = useDesk();
  const { draft, update, canKeep } = useDraft(conversation.id);
  const uploads = useUploads();
  const typing = useTypingSignal(conversation.id);
  const hasDraft = draft.reply.trim() !== "" || draft.note.trim() !== "" || uploads.uploads.length > 0;
  const activity = useActivitySignal(conversation.id, hasDraft);
  const box = useRef<HTMLTextAreaElement>(null);
  const { mode } = draft;
  const text = draft[mode];
  const excess = Math.max(0, text.length - MAX_LENGTH);
  const answered = messages.find((message) => message.id === draft.replyToId) ?? null;

  const block = (): Block => {
    const photos = mode === "note" ? [] : uploads.uploads;
    if (photos.some((upload) => upload.failure)) return "removeFailed";
    if (photos.some((upload) => !upload.photo)) return "waitForUploads";
    return text.trim() === "" && photos.length === 0 ? "empty" : null;
  };

  // Asked to go while its photos were still on their way: it goes when they are there.
  const [isWanted, setWanted] = useState(false);
  const send = () => {
    box.current?.focus();
    setWanted(block() === "waitForUploads");
    if (block() !== null || excess > 0) return;
    const isNote = mode === "note";
    outbox.add({
      clientId: newId(),
      conversationId: conversation.id,
      kind: isNote ? "note" : "agent",
      text: text.trim(),
      photos: isNote ? [] : uploads.uploads.flatMap((upload) => upload.photo ?? []),
      replyTo:
        isNote || !answered
          ? null
          : { id: answered.id, author: answered.author.name, text: answered.text.slice(0, 200) },
      createdAt: new Date().toISOString(),
    });
    typing.stopped();
    activity.stopped();
    if (isNote) update({ note: "" });
    else {
      update({ reply: "", replyToId: null });
      uploads.clear();
    }
    onSent();
  };

  const sendNow = useRef(send);
  sendNow.current = send;
  const isDue = isWanted && block() === null;
  useEffect(() => {
    if (isDue) sendNow.current();
  }, [isDue]);
  const focus = useCallback(() => box.current?.focus(), []);
  useImperativeHandle(handle, () => ({
    quote(message) {
      update({ replyToId: message.id, mode: "reply" });
      focus();
    },
  }));
  return {
    mode,
    text,
    draft,
    canKeep,
    excess,
    uploads,
    box,
    focus,
    block: block(),
    quoted: answered,
    send,
    stopTyping() {
      typing.stopped();
      activity.stopped();
    },
    /** It will go by itself. */
    isWanted,
    type(value: string) {
      setWanted(false);
      update({ [mode]: value });
      if (value.trim()) activity.typed();
      if (mode !== "reply") return;
      if (value.trim()) typing.typed();
      else typing.stopped();
    },
    focusMode(next: "reply" | "note") {
      update({ mode: next });
      if (next === "note") typing.stopped();
      // At once: the next key is meant for the box.
      focus();
    },
    cancelQuote() {
      update({ replyToId: null });
      focus();
    },
  };
}
