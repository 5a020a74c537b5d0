"use client";

import { Pencil, Pin, Reply } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { Avatar } from "../../ui/avatar.tsx";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { fileUrl } from "./control-client.ts";
import type { GroupLine } from "./group-lines.ts";
import { GroupMarkChip } from "./group-mark-chip.tsx";
import { PhotoGrid } from "./photo-grid.tsx";

type GroupMessageProps = {
  line: GroupLine;
  quoted: GroupLine | null;
  onReply: () => void;
  /** Null for what somebody else wrote. */
  onEdit: (() => void) | null;
};

export function GroupMessage({ line, quoted, onReply, onEdit }: GroupMessageProps) {
  const t = useTranslations("sandbox");
  const format = useFormatter();
  const { message, author, mark } = line;
  if (message.service) return <li className="my-1.5 text-center text-12 text-muted">{message.text}</li>;
  const at = new Date(message.sentAt);
  return (
    <li className="group relative grid grid-cols-[28px_minmax(0,1fr)_auto] gap-x-2.5 rounded-2 py-1.5 hover:bg-surface-2">
      <Avatar name={author} size={28} />
      <div className="min-w-0">
        <div className="flex min-h-5 flex-wrap items-baseline gap-x-1.5">
          <b className="font-semibold">{author}</b>
          <time dateTime={message.sentAt} className="num text-11 text-muted">
            {format.dateTime(at, { hour: "numeric", minute: "2-digit" })}
          </time>
          {mark ? <GroupMarkChip mark={mark} /> : null}
          {message.editedAt ? <span className="text-11 text-muted">{t("edited")}</span> : null}
          {message.pinned ? <Icon of={Pin} size={12} className="self-center text-muted" /> : null}
        </div>
        {quoted ? (
          <p className="my-0.5 truncate border-accent border-l-2 pl-2 text-12 text-fg-2">
            <b className="font-semibold text-accent-text">{quoted.author}</b>{" "}
            {quoted.text || t("photos", { count: Math.max(1, quoted.photos.length) })}
          </p>
        ) : null}
        {line.photos.length > 0 ? (
          <PhotoGrid
            urls={line.photos.map((photo) => fileUrl(photo.fileUniqueId))}
            author={author}
            className="my-1 w-[300px] max-w-full"
          />
        ) : null}
        <p className="whitespace-pre-wrap text-14/5">{line.text}</p>
        {message.reactions?.length ? <p className="text-14">{message.reactions.join(" ")}</p> : null}
      </div>
      <span className="flex self-start [@media(hover:hover)]:absolute [@media(hover:hover)]:top-1 [@media(hover:hover)]:right-1 [@media(hover:hover)]:rounded-2 [@media(hover:hover)]:bg-surface [@media(hover:hover)]:opacity-0 [@media(hover:hover)]:shadow-float [@media(hover:hover)]:focus-within:opacity-100 [@media(hover:hover)]:group-hover:opacity-100">
        {onEdit ? <IconButton icon={Pencil} label={t("edit")} onClick={onEdit} /> : null}
        <IconButton icon={Reply} label={t("reply")} onClick={onReply} />
      </span>
    </li>
  );
}
