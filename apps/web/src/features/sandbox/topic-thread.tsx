import type { SandboxUser } from "@pult/sandbox/control.ts";
import { ChevronLeft, Hash, Lock, LockOpen, Pencil, Pin, Reply, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useClock } from "../../i18n/use-time-text.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import type { OpenedPhotos } from "../thread/photo-grid.tsx";
import { PhotoGrid, photoAt } from "../thread/photo-grid.tsx";
import { useLightbox } from "../thread/use-lightbox.tsx";
import { useThreadScroll } from "../thread/use-thread-scroll.ts";
import { control, fileUrl } from "./control-client.ts";
import { type GroupKind, type GroupLine, type GroupMark, groupLines, groupOf, type TopicEntry } from "./group-lines.ts";
import { MessageComposer, useChatTask } from "./message-composer.tsx";
import { useAttempt, useWorld } from "./sandbox-context.tsx";

/** The note's tint belongs to what stays inside the team. */
function GroupMarkChip({ mark }: { mark: GroupMark }) {
  const t = useTranslations("sandbox");
  return <Chip className={cx(mark === "internal" && "bg-note! text-note-text!")}>{t(`mark.${mark}`)}</Chip>;
}

type GroupMessageProps = {
  line: GroupLine;
  quoted: GroupLine | null;
  onOpenPhotos: (opened: OpenedPhotos) => void;
  onReply: () => void;
  /** Null for messages of others. */
  onEdit: (() => void) | null;
};

function GroupMessage({ line, quoted, onOpenPhotos, onReply, onEdit }: GroupMessageProps) {
  const t = useTranslations("sandbox");
  const tMessage = useTranslations("message");
  const clock = useClock();
  const { message, author, mark } = line;
  if (message.service) return <li className="my-1.5 text-center text-12 text-muted">{message.text}</li>;
  const at = new Date(message.sentAt);
  const photos = line.photos.map((photo) => photoAt(fileUrl(photo.fileUniqueId), photo));
  return (
    <li className="group relative grid grid-cols-[28px_minmax(0,1fr)_auto] gap-x-2.5 rounded-2 py-1.5 hover:bg-surface-2">
      <Avatar name={author} size={28} />
      <div className="min-w-0">
        <div className="flex min-h-5 flex-wrap items-baseline gap-x-1.5">
          <b className="font-semibold">{author}</b>
          <time dateTime={message.sentAt} className="num text-11 text-muted">
            {clock(at)}
          </time>
          {mark ? <GroupMarkChip mark={mark} /> : null}
          {message.editedAt ? <span className="text-11 text-muted">{tMessage("edited")}</span> : null}
          {message.pinned ? <Icon of={Pin} size={12} className="self-center text-muted" /> : null}
        </div>
        {quoted ? (
          <p className="my-0.5 truncate border-accent border-l-2 pl-2 text-12 text-fg-2">
            <b className="font-semibold text-accent-text">{quoted.author}</b>{" "}
            {quoted.text || t("photos", { count: Math.max(1, quoted.photos.length) })}
          </p>
        ) : null}
        {photos.length > 0 ? (
          <div className="my-1 [--photos:300px]">
            <PhotoGrid photos={photos} onOpen={(start) => onOpenPhotos({ photos, start, author })} />
          </div>
        ) : null}
        <p className="whitespace-pre-wrap text-14/5">{line.text}</p>
      </div>
      <span className="flex self-start [@media(hover:hover)]:absolute [@media(hover:hover)]:top-1 [@media(hover:hover)]:right-1 [@media(hover:hover)]:rounded-2 [@media(hover:hover)]:bg-surface [@media(hover:hover)]:opacity-0 [@media(hover:hover)]:shadow-float [@media(hover:hover)]:focus-within:opacity-100 [@media(hover:hover)]:group-hover:opacity-100">
        {onEdit ? <IconButton icon={Pencil} label={t("edit")} onClick={onEdit} /> : null}
        <IconButton icon={Reply} label={t("reply")} onClick={onReply} />
      </span>
    </li>
  );
}

type TopicThreadProps = {
  kind: GroupKind;
  entry: TopicEntry;
  staff: SandboxUser;
  onBack: () => void;
  onDeleted: () => void;
};

function TopicHead({ kind, entry, onBack, onDeleted }: Omit<TopicThreadProps, "staff">) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const [isAsking, setAsking] = useState(false);
  const { chatId } = groupOf(useWorld(), kind);
  const { threadId, name, isClosed } = entry;
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-line border-b pr-2 pl-4 max-md:pl-1">
      <Button variant="ghost" aria-label={t("backToTopics")} className="px-2 md:hidden" onClick={onBack}>
        <Icon of={ChevronLeft} size={20} />
      </Button>
      <Icon of={Hash} className="text-fg-2" />
      <h3 className="min-w-0 truncate font-semibold text-13">{name}</h3>
      <span className="num shrink-0 flex-1 text-12 text-muted">
        {threadId === null ? "" : t("topic", { id: threadId })}
      </span>
      {kind === "live" && threadId !== null ? (
        <IconButton
          icon={isClosed ? LockOpen : Lock}
          label={t(isClosed ? "reopenTopic" : "closeTopic")}
          onClick={() => attempt(() => control.closeTopic({ chatId, threadId, isClosed: !isClosed }))}
        />
      ) : null}
      {threadId === null ? null : <IconButton icon={Trash2} label={t("deleteTopic")} onClick={() => setAsking(true)} />}
      {isAsking ? (
        <ConfirmDialog
          title={t("deleteTopicTitle", { name })}
          text={t(`deleteTopicText.${kind}`)}
          isDanger
          action={t("deleteTopic")}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            setAsking(false);
            if (threadId !== null && (await attempt(() => control.deleteTopic({ chatId, threadId })))) onDeleted();
          }}
        />
      ) : null}
    </header>
  );
}

/** The newest pinned message, as Telegram keeps it above the thread. */
function PinnedBar({ pinned }: Pick<TopicEntry, "pinned">) {
  const t = useTranslations("sandbox");
  const newest = pinned.at(-1);
  if (!newest) return null;
  return (
    <section
      aria-label={t("pinned")}
      className="flex min-h-10 shrink-0 items-center gap-2 border-line border-b bg-surface-2 px-4 py-1"
    >
      <Icon of={Pin} size={14} className="text-accent-text" />
      <span className="min-w-0 flex-1 border-accent border-l-2 pl-2">
        <span className="block font-medium text-12/4 text-accent-text">
          {t("pinnedCount", { count: pinned.length })}
        </span>
        <span className="block truncate text-12/4" title={newest.text}>
          {newest.text || t("photos", { count: Math.max(1, newest.photos.length) })}
        </span>
      </span>
    </section>
  );
}

export function TopicThread({ kind, entry, staff, onBack, onDeleted }: TopicThreadProps) {
  const t = useTranslations("sandbox");
  const world = useWorld();
  const lines = groupLines(world, { kind, threadId: entry.threadId });
  const { scroller, content, onScroll } = useThreadScroll({ firstKey: String(lines[0]?.key) });
  const { lightbox, openPhotos } = useLightbox({ hasOriginal: true });
  const threadId = entry.threadId ?? undefined;
  const { task, begin, cancel, send } = useChatTask({
    userId: staff.id,
    chatId: groupOf(world, kind).chatId,
    threadId,
  });
  return (
    <>
      <TopicHead kind={kind} entry={entry} onBack={onBack} onDeleted={onDeleted} />
      <PinnedBar pinned={entry.pinned} />
      <div
        ref={scroller}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={t("messagesWith", { name: entry.name })}
        className="scroll-pane flex min-h-0 flex-1 flex-col px-4 py-2"
      >
        <div ref={content} className="mt-auto">
          <ol>
            {lines.map((line) => (
              <GroupMessage
                key={line.key}
                line={line}
                quoted={lines.find((one) => one.message.messageId === line.message.replyToMessageId) ?? null}
                onOpenPhotos={openPhotos}
                onReply={() => begin("reply", line.message, line.author)}
                onEdit={line.message.from.id === staff.id ? () => begin("edit", line.message, line.author) : null}
              />
            ))}
          </ol>
        </div>
      </div>
      <MessageComposer
        key={staff.id}
        label={t("replyInTopicLabel", { name: entry.name })}
        placeholder={t(`replyInTopic.${kind}`)}
        task={task}
        onCancelTask={cancel}
        onSend={send}
      />
      {lightbox}
    </>
  );
}
