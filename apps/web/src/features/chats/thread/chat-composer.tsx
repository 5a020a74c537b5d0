import type { Chat } from "@pult/api/chats/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Clock3, Mic, Paperclip } from "lucide-react";
import { useTranslations } from "next-intl";
import { type RefObject, useEffect, useEffectEvent, useImperativeHandle, useRef, useState } from "react";
import { useStore } from "zustand";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Kbd } from "../../../ui/kbd.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { ComposerBar } from "../../thread/composer-bar.tsx";
import { ANY_FILES, MAX_TEXT_LENGTH } from "../../thread/limits.ts";
import { FileInput, MessageField } from "../../thread/message-field.tsx";
import { TypingNotice } from "../../thread/typing-notice.ts";
import { UploadCard, useUploads } from "../../thread/uploads.tsx";
import { useChosenPhotos } from "../../thread/use-chosen-photos.tsx";
import { DropHint, useDrop } from "../../thread/use-drop.tsx";
import { useHoldToRecord } from "../../thread/use-hold-to-record.ts";
import { useMessageLine } from "../list/chat-text.ts";
import { uploadChatFile } from "../upload-chat-file.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import type { ChatMessage } from "./chat-thread.ts";

/** Of one message that is edited; a longer new one leaves in several. */
const MAX_EDIT_LENGTH = 4_096;
const HOUR_MS = 3_600_000;

const TemplateMenu = lazyModule(() => import("../../contacts/link/template-menu.tsx")).part(
  (module) => module.TemplateMenu,
  { isSilent: true },
);
const VoiceRecorder = lazyModule(() => import("../../thread/voice-recorder.tsx")).part(
  (module) => module.VoiceRecorder,
);
const DraftNotices = lazyModule(() => import("../drafts/draft-notices.tsx")).part((module) => module.DraftNotices, {
  isSilent: true,
});
const MomentDialog = lazyModule(() => import("../../../ui/moment-dialog.tsx")).part((module) => module.MomentDialog);

/** Tells the other side that the account types. */
function useTypingNotice(chatId: string): TypingNotice {
  const { client, accountId } = useOpenAccount();
  const [notice] = useState(
    () =>
      new TypingNotice((isTyping) => {
        const action = isTyping ? "typing" : "cancel";
        // A courtesy: when it does not arrive, nothing is lost.
        client.chats.setTyping.mutate({ accountId, chatId, action }).catch(() => {});
      }),
  );
  useEffect(() => notice.stopped, [notice]);
  return notice;
}

/** What is written, kept on the server. */
function useDraft(chatId: string) {
  const { drafts } = useOpenAccount();
  const { own } = useStore(drafts.state);
  useEffect(() => drafts.open(chatId), [drafts, chatId]);
  return { text: own.get(chatId)?.text ?? "", write: (text: string) => drafts.write(chatId, text) };
}

type About = { message: ChatMessage; kind: "reply" | "edit" } | null;

export type ChatComposerHandle = {
  reply: (message: ChatMessage) => void;
  edit: (message: ChatMessage) => void;
};

/** Why the message cannot go yet, as a key of the messages; null when it can. */
type Block = "empty" | "waitForUploads" | "removeFailed" | null;

/** What is to be sent besides words, uploaded as it is chosen. */
function useFiles() {
  const chosen = useChosenPhotos(ANY_FILES);
  const uploads = useUploads(chosen.photos, uploadChatFile);
  const block = (): Block => {
    if (uploads.some(({ failure }) => failure)) return "removeFailed";
    return chosen.isReading || uploads.some(({ stored }) => !stored) ? "waitForUploads" : null;
  };
  return {
    add: chosen.add,
    clear: chosen.clear,
    stored: () => uploads.flatMap(({ stored }) => stored ?? []),
    count: uploads.length,
    block,
    list: () =>
      chosen.list((photo, onRemove) => {
        const upload = uploads.find(({ key }) => key === photo.key);
        return upload ? <UploadCard upload={upload} onRemove={onRemove} /> : null;
      }),
  };
}

type ChatComposerProps = { chat: Chat; handle: RefObject<ChatComposerHandle | null>; onSent: () => void };

function useChatComposer({ chat, handle, onSent }: ChatComposerProps) {
  const t = useTranslations("chats.act");
  const trpc = useTRPC();
  const account = useOpenAccount();
  const failed = useFailureToast();
  const field = useRef<HTMLTextAreaElement>(null);
  const typing = useTypingNotice(chat.id);
  const draft = useDraft(chat.id);
  const files = useFiles();
  const [about, setAbout] = useState<About>(null);
  const [edited, setEdited] = useState("");
  const isEdit = about?.kind === "edit";
  const text = isEdit ? edited : draft.text;
  const excess = Math.max(0, text.length - (isEdit ? MAX_EDIT_LENGTH : MAX_TEXT_LENGTH));
  const edit = useMutation(
    trpc.chats.edit.mutationOptions({ onSuccess: () => setAbout(null), onError: failed(t("editFailed")) }),
  );
  const begin = (next: About) => {
    setAbout(next);
    if (next?.kind === "edit") setEdited(next.message.text);
    field.current?.focus();
  };
  useImperativeHandle(handle, () => ({
    reply: (message) => begin({ message, kind: "reply" }),
    edit: (message) => begin({ message, kind: "edit" }),
  }));
  const isEmpty = text.trim() === "" && (isEdit || files.count === 0);
  const block: Block = isEmpty ? "empty" : isEdit ? null : files.block();
  // Asked to go while its files were still on their way: it goes when they are there.
  const [isWanted, setWanted] = useState(false);
  const send = (scheduleDate: string | null = null) => {
    field.current?.focus();
    setWanted(block === "waitForUploads" && scheduleDate === null);
    if (block !== null || excess > 0 || edit.isPending) return;
    const { accountId } = account;
    if (isEdit) return edit.mutate({ accountId, chatId: chat.id, messageId: about.message.id, text: text.trim() });
    typing.stopped();
    account.send({
      chatId: chat.id,
      text: text.trim(),
      media: files.stored(),
      replyToMessageId: about === null ? null : String(about.message.id),
      scheduleDate,
    });
    draft.write("");
    files.clear();
    setAbout(null);
    onSent();
  };
  const goOn = useEffectEvent(send);
  useEffect(() => {
    if (isWanted && block === null) goOn();
  }, [isWanted, block]);
  const write = (value: string) => {
    if (isEdit) return setEdited(value);
    draft.write(value);
    if (value.trim()) typing.typed();
    else typing.stopped();
  };
  /** A recording goes by itself: what is written stays. */
  const sendVoice = async (file: File) => {
    const stored = await uploadChatFile(file, { name: file.name, onProgress: () => {} });
    const replyToMessageId = about?.kind === "reply" ? String(about.message.id) : null;
    account.send({ chatId: chat.id, text: "", media: [stored], replyToMessageId, scheduleDate: null });
    if (about?.kind === "reply") setAbout(null);
    onSent();
  };
  const insert = (words: string) => {
    write(text.trim() === "" ? words : `${text.trimEnd()}\n${words}`);
    field.current?.focus();
  };
  const state = { insert, sendVoice, text, excess, about, isEdit, files, block, isWanted };
  return { ...state, field, send, write, cancel: () => begin(null), leave: typing.stopped };
}

/** What keeps the message from being sent. */
function Hint({ composer }: { composer: ReturnType<typeof useChatComposer> }) {
  const t = useTranslations();
  const { excess, block, isWanted } = composer;
  if (excess > 0) return t("message.tooLong", { count: excess });
  if (block === "removeFailed") return t("chats.composer.removeFailed");
  return isWanted ? <span className="text-muted">{t("chats.composer.goesAfterUploads")}</span> : null;
}

/** Where a message is written, answered or edited. */
export function ChatComposer(props: ChatComposerProps) {
  const t = useTranslations();
  const line = useMessageLine();
  const { chat } = props;
  const composer = useChatComposer(props);
  const { field, text, excess, about, isEdit, files, block } = composer;
  const input = useRef<HTMLInputElement>(null);
  const drop = useDrop(!isEdit, files.add);
  const canGo = block === null && excess === 0;
  const [isPicking, setPicking] = useState(false);
  const [isRecording, setRecording] = useState(false);
  const hold = useHoldToRecord(() => setRecording(true));
  return (
    <section
      aria-label={t("chats.composer.label")}
      {...drop.handlers}
      className="relative shrink-0 border-line border-t px-2 pt-2 pb-[max(8px,env(safe-area-inset-bottom))] md:px-4 md:pb-3"
    >
      <DraftNotices chatId={chat.id} />
      <div className="rounded-3 border border-control bg-surface focus-within:border-focus focus-within:shadow-[inset_0_0_0_1px_var(--color-focus)]">
        {about ? (
          <ComposerBar
            title={isEdit ? t("chats.composer.editing") : t("chats.composer.replying")}
            text={line(about.message)}
            onCancel={composer.cancel}
          />
        ) : null}
        <MessageField
          field={field}
          label={t("chats.composer.field", { name: chat.title })}
          placeholder={t("chats.composer.placeholder")}
          value={text}
          isInvalid={excess > 0}
          onWrite={composer.write}
          onSend={() => composer.send()}
          onFiles={isEdit ? () => {} : files.add}
          onEscape={about ? composer.cancel : () => field.current?.blur()}
          onLeave={composer.leave}
          className="block max-h-[220px] min-h-10 w-full bg-transparent px-3 pt-2.5 pb-1.5 text-14 outline-none max-md:text-16"
        />
        {isEdit ? null : files.list()}
        {isRecording && !isEdit ? (
          <VoiceRecorder
            isHeld={hold.isHeld}
            release={hold.release}
            onSend={composer.sendVoice}
            onClose={() => setRecording(false)}
          />
        ) : null}
        <div className="flex items-center gap-1 px-1.5 pb-1.5">
          {isEdit ? null : (
            <>
              <IconButton icon={Paperclip} label={t("chats.composer.attach")} onClick={() => input.current?.click()} />
              <IconButton
                icon={Mic}
                label={t("voiceMessage.record")}
                aria-pressed={isRecording}
                className="touch-none select-none"
                {...hold.handlers}
              />
              <TemplateMenu chat={chat} onInsert={composer.insert} />
              <FileInput ref={input} hidden aria-label={t("chats.composer.files")} onChoose={files.add} />
            </>
          )}
          <span role="status" className="min-w-0 flex-1 truncate pl-1.5 text-12 text-danger">
            <Hint composer={composer} />
          </span>
          {isEdit || (isRecording && !canGo) ? null : (
            <IconButton
              icon={Clock3}
              label={t("chats.scheduled.open")}
              aria-disabled={!canGo}
              onClick={() => canGo && setPicking(true)}
              className="aria-disabled:opacity-60"
            />
          )}
          {/* What is recorded has a button of its own. */}
          {isRecording && !isEdit && !canGo ? null : (
            <Button
              variant="primary"
              onClick={() => composer.send()}
              aria-disabled={!canGo}
              title={block ? t(`chats.composer.${block}`) : undefined}
              className="h-10 aria-disabled:opacity-60 md:h-8"
            >
              {t(isEdit ? "chats.composer.save" : "chats.composer.send")}
              <Kbd plain className="max-md:hidden">
                ↵
              </Kbd>
            </Button>
          )}
        </div>
      </div>
      {drop.isOver ? <DropHint>{t("chats.composer.dropHere")}</DropHint> : null}
      {isPicking ? (
        <MomentDialog
          title={t("chats.scheduled.open")}
          label={t("chats.scheduled.when")}
          past={t("errors.chats.scheduleInvalid")}
          action={t("chats.scheduled.save")}
          initial={new Date(Date.now() + HOUR_MS)}
          onClose={() => setPicking(false)}
          onChoose={composer.send}
        />
      ) : null}
    </section>
  );
}
