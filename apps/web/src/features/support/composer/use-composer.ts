import type { ConversationDetail, Message } from "@pult/api/support/schema.ts";
import { type RefObject, useCallback, useEffect, useImperativeHandle, useRef, useState } from "react";
import { DESK_FILES, isUploadedPhoto, uploadDeskFile } from "../../thread/desk-files.ts";
import { MAX_TEXT_LENGTH } from "../../thread/limits.ts";
import { newId } from "../../thread/send-queue.ts";
import { TypingNotice } from "../../thread/typing-notice.ts";
import { useUploads } from "../../thread/uploads.tsx";
import { useChosenPhotos } from "../../thread/use-chosen-photos.tsx";
import { useDesk } from "../desk-provider.tsx";
import { ActivitySignal } from "./activity-signal.ts";
import { useAgents } from "./agents.ts";
import type { Draft } from "./draft-store.ts";
import { mentionedIds } from "./mentions.ts";
import { useReplyState } from "./reply-window.tsx";

/** Tells the customer that an agent types. */
function useTypingNotice(conversationId: number): TypingNotice {
  const { client } = useDesk();
  const [notice] = useState(
    () =>
      new TypingNotice((typing) => {
        // A courtesy: when it does not arrive, nothing is lost.
        client.support.setTyping.mutate({ conversationId, typing }).catch(() => {});
      }),
  );
  useEffect(() => notice.stopped, [notice]);
  return notice;
}

const SAVE_AFTER_MS = 300;

/** The draft of a conversation: there again after a reload, kept a moment after each change and at once when leaving. */
function useDraft(conversationId: number) {
  const { drafts } = useDesk();
  const [draft, setDraft] = useState(() => drafts.read(conversationId));
  const [canKeep, setCanKeep] = useState(true);
  const latest = useRef(draft);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const save = () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    return drafts.write(conversationId, latest.current, Date.now());
  };
  const update = (fields: Partial<Draft>) => {
    latest.current = { ...latest.current, ...fields };
    setDraft(latest.current);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const kept = save();
      setCanKeep(kept !== null);
      if (kept) setDraft((current) => ({ ...current, savedAt: kept.savedAt }));
    }, SAVE_AFTER_MS);
  };
  const saveNow = useRef(save);
  saveNow.current = save;
  useEffect(() => {
    const leave = () => timer.current !== undefined && saveNow.current();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, []);
  return { draft, update, canKeep };
}

/** Tells the team what this agent does in the conversation for as long as it is open. */
function useActivitySignal(conversationId: number, hasDraft: boolean): Pick<ActivitySignal, "typed" | "stopped"> {
  const { client } = useDesk();
  const [signal] = useState(
    () =>
      new ActivitySignal((activity) => {
        // Said again soon, and forgotten by itself: nothing is lost when it does not arrive.
        client.support.setPresence.mutate({ conversationId, activity }).catch(() => {});
      }),
  );
  useEffect(() => {
    const look = () => signal.setLooking(document.visibilityState === "visible");
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      signal.leave();
    };
  }, [signal]);
  useEffect(() => signal.setDraft(hasDraft), [signal, hasDraft]);
  return signal;
}

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

/** Why the message cannot go yet, as a key of the messages; null when it can. */
type Block = "empty" | "waitForUploads" | "removeFailed" | "windowClosed" | null;

export function useComposer({ conversation, messages, onSent, handle }: ComposerProps) {
  const { sendQueue } = useDesk();
  const { draft, update, canKeep } = useDraft(conversation.id);
  const chosen = useChosenPhotos(DESK_FILES);
  const uploads = useUploads(chosen.photos, uploadDeskFile);
  const typing = useTypingNotice(conversation.id);
  const hasDraft = draft.reply.trim() !== "" || draft.note.trim() !== "" || uploads.length > 0;
  const activity = useActivitySignal(conversation.id, hasDraft);
  const box = useRef<HTMLTextAreaElement>(null);
  const { mode } = draft;
  const text = draft[mode];
  const agents = useAgents(mode === "note" && text.includes("@"));
  const excess = Math.max(0, text.length - MAX_TEXT_LENGTH);
  const answered = messages.find((message) => message.id === draft.replyToId) ?? null;

  const isClosed = useReplyState(conversation).isClosed && mode === "reply";

  const block = (): Block => {
    if (isClosed) return "windowClosed";
    const photos = mode === "note" ? [] : uploads;
    if (photos.some((upload) => upload.failure)) return "removeFailed";
    if (mode !== "note" && (chosen.isReading || photos.some((upload) => !upload.stored))) return "waitForUploads";
    return text.trim() === "" && photos.length === 0 ? "empty" : null;
  };

  // Asked to go while its photos were still on their way: it goes when they are there.
  const [isWanted, setWanted] = useState(false);
  const send = () => {
    box.current?.focus();
    setWanted(block() === "waitForUploads");
    if (block() !== null || excess > 0) return;
    const isNote = mode === "note";
    const files = isNote ? [] : uploads.flatMap(({ stored }) => stored ?? []);
    const attachments = files.flatMap((file) => (isUploadedPhoto(file) ? [] : [file]));
    sendQueue.add({
      clientId: newId(),
      conversationId: conversation.id,
      kind: isNote ? "note" : "agent",
      text: text.trim(),
      photos: files.filter(isUploadedPhoto),
      ...(attachments.length > 0 ? { attachments } : {}),
      replyTo:
        isNote || !answered
          ? null
          : { id: answered.id, author: answered.author.name, text: answered.text.slice(0, 200) },
      ...(isNote ? { mentions: mentionedIds(text, agents) } : {}),
      createdAt: new Date().toISOString(),
    });
    typing.stopped();
    activity.stopped();
    if (isNote) update({ note: "" });
    else {
      update({ reply: "", replyToId: null });
      chosen.clear();
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
    chosen,
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
