import { Lock, type LucideIcon, MessageSquareReply, Paperclip, StickyNote } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Kbd } from "../../../ui/kbd.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { useCommands } from "../../shell/commands.tsx";
import type { Command } from "../../shell/registry.ts";
import { ComposerBar } from "../../thread/composer-bar.tsx";
import { FileInput, MessageField } from "../../thread/message-field.tsx";
import { UploadCard } from "../../thread/uploads.tsx";
import { DropHint, useDrop } from "../../thread/use-drop.tsx";
import type { MentionKeys } from "./mention-list.tsx";
import { BlockedNotice, ReplyCountdown, ReplyNotice } from "./reply-window.tsx";
import { type ComposerProps, useComposer } from "./use-composer.ts";

const MentionList = lazyModule(() => import("./mention-list.tsx")).part((module) => module.MentionList, {
  isSilent: true,
});

type ComposerState = ReturnType<typeof useComposer>;

function Mode({ composer }: { composer: ComposerState }) {
  const t = useTranslations("composer");
  const label = (mode: "reply" | "note", key: string) => (
    <>
      {t(mode)}
      <Kbd className="max-md:hidden">{key}</Kbd>
    </>
  );
  return (
    <Segmented
      label={t("mode")}
      value={composer.mode}
      onChange={composer.focusMode}
      options={[
        { value: "reply", label: label("reply", "R") },
        { value: "note", label: label("note", "N"), tone: "note" },
      ]}
    />
  );
}

/** What keeps the message from being sent, or that the draft is safe. */
function Hint({ composer }: { composer: ComposerState }) {
  const t = useTranslations("composer");
  const tMessage = useTranslations("message");
  const time = useTimeText();
  const { excess, draft, canKeep } = composer;
  if (excess > 0) return <span className="text-danger">{tMessage("tooLong", { count: excess })}</span>;
  if (composer.isWanted && composer.block) return <span>{t("goesAfterUploads")}</span>;
  if (composer.block === "removeFailed") return <span className="text-danger">{t("removeFailed")}</span>;
  if (!canKeep) return <span className="text-warning">{t("draftNotSaved")}</span>;
  if (draft.savedAt === 0) return null;
  return <span className="num">{t("draftSaved", { time: time.clock(draft.savedAt) })}</span>;
}

function Tools({ composer }: { composer: ComposerState }) {
  const t = useTranslations("composer");
  const input = useRef<HTMLInputElement>(null);
  const isNote = composer.mode === "note";
  return (
    <div className="flex items-center gap-1 px-1.5 pb-1.5">
      {isNote ? (
        <span className="flex items-center gap-1.5 pl-1.5 text-12 text-note-text">
          <Icon of={Lock} size={14} />
          {t("noteHint")}
        </span>
      ) : (
        <>
          <IconButton icon={Paperclip} label={t("attach")} onClick={() => input.current?.click()} />
          <FileInput ref={input} hidden onChoose={composer.chosen.add} />
        </>
      )}
      <Button
        variant="primary"
        onClick={composer.send}
        aria-disabled={composer.block !== null}
        title={composer.block ? t(composer.block) : undefined}
        className="ml-auto h-10 aria-disabled:opacity-60 md:h-8"
      >
        {t(isNote ? "addNote" : "send")}
        <Kbd plain className="max-md:hidden">
          ↵
        </Kbd>
      </Button>
    </div>
  );
}

/** Where an agent writes: to the customer, or a note for the team. */
export function Composer(props: ComposerProps) {
  const t = useTranslations("composer");
  const composer = useComposer(props);
  const { mode, text, chosen, uploads, quoted } = composer;
  const isNote = mode === "note";
  const mentionKeys = useRef<MentionKeys>(null);
  const drop = useDrop(!isNote, chosen.add);
  const focusCommand = (id: "reply" | "note", keys: string, icon: LucideIcon): Command => {
    return { id, group: "composer", label: t(id), icon, keys, run: () => composer.focusMode(id) };
  };
  useCommands([focusCommand("reply", "r", MessageSquareReply), focusCommand("note", "n", StickyNote)]);

  return (
    <section
      aria-label={t("label")}
      {...drop.handlers}
      className="relative shrink-0 border-line border-t px-2 pt-2 pb-[max(8px,env(safe-area-inset-bottom))] md:px-4 md:pb-3"
    >
      <div className="mb-2 flex items-center gap-2">
        <Mode composer={composer} />
        {isNote ? null : <ReplyCountdown conversation={props.conversation} />}
        <span role="status" className="ml-auto truncate text-11 text-muted">
          <Hint composer={composer} />
        </span>
      </div>
      {isNote ? null : <ReplyNotice conversation={props.conversation} />}
      {isNote ? null : <BlockedNotice blockedAt={props.conversation.blockedAt} />}
      <div
        className={cx(
          "relative rounded-3 border border-control focus-within:border-focus focus-within:shadow-[inset_0_0_0_1px_var(--color-focus)]",
          isNote ? "bg-note" : "bg-surface",
        )}
      >
        {isNote && text.includes("@") ? (
          <MentionList field={composer.box} text={text} onWrite={composer.type} keys={mentionKeys} />
        ) : null}
        {quoted && !isNote ? (
          <ComposerBar
            title={t("replyingTo", { name: quoted.author.name })}
            text={quoted.text}
            onCancel={composer.cancelQuote}
          />
        ) : null}
        <MessageField
          field={composer.box}
          label={t(mode)}
          placeholder={
            isNote ? t("notePlaceholder") : t("replyPlaceholder", { name: props.conversation.customer.name })
          }
          value={text}
          isInvalid={composer.excess > 0}
          onWrite={composer.type}
          onSend={composer.send}
          onKey={(event) => mentionKeys.current?.press(event)}
          onFiles={chosen.add}
          onEscape={() => composer.box.current?.blur()}
          onLeave={composer.stopTyping}
          className="block max-h-[220px] min-h-10 w-full bg-transparent px-3 pt-2.5 pb-1.5 text-14 outline-none max-md:text-16"
        />
        {isNote
          ? null
          : chosen.list((photo, onRemove) => {
              const upload = uploads.find(({ key }) => key === photo.key);
              return upload ? <UploadCard upload={upload} onRemove={onRemove} /> : null;
            })}
        <Tools composer={composer} />
      </div>
      {drop.isOver ? <DropHint>{t("dropHere")}</DropHint> : null}
    </section>
  );
}
