import type { Chat, Media } from "@pult/api/chats/schema.ts";
import { Forward } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo, type ReactNode } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { Bubble, type BubbleProps, NotSent, Quote } from "../../thread/bubble.tsx";
import { MediaView } from "../../thread/media-view.tsx";
import type { OpenedPhotos, ShownPhoto } from "../../thread/photo-grid.tsx";
import { DayLine, ThreadLine } from "../../thread/thread-line.tsx";
import { useMediaText, useMessageLine } from "../list/chat-text.ts";
import type { Unsent } from "../send-box.ts";
import { useOpenAccount } from "../use-account-chats.ts";
import type { ChatItem, ShownMessage } from "./chat-items.ts";
import type { ChatMessage } from "./chat-thread.ts";
import { MessageMenu, Reactions } from "./message-menu.tsx";
import { useSenderName, useSendReason } from "./use-chat-thread.ts";

export type ChatRowProps = {
  item: ChatItem;
  chat: Chat;
  /** By id: what is loaded, for quotes. */
  find: (messageId: number) => ChatMessage | undefined;
  isFlashed: boolean;
  onJumpTo: (messageId: number) => void;
  onOpenPhotos: (opened: OpenedPhotos) => void;
  /** Null for those who do not write. */
  acts: { onReply: (message: ChatMessage) => void; onEdit: (message: ChatMessage) => void } | null;
};

type ReplyQuoteProps = Pick<ChatRowProps, "chat" | "find" | "onJumpTo"> & { messageId: string };

function ReplyQuote({ messageId, chat, find, onJumpTo }: ReplyQuoteProps) {
  const t = useTranslations("chats.thread");
  const line = useMessageLine();
  const id = Number(messageId);
  const quoted = find(id);
  const sender = useSenderName(chat, quoted?.isOutgoing ? null : (quoted?.senderId ?? null));
  // The row of an album is its first message.
  let first = id;
  while (quoted?.groupId != null && find(first - 1)?.groupId === quoted.groupId) first -= 1;
  const author = quoted?.isOutgoing ? t("you") : (sender ?? t("earlier"));
  return <Quote author={author} text={quoted ? line(quoted) : ""} onOpen={() => onJumpTo(first)} />;
}

type RowProps = Pick<BubbleProps, "own" | "author" | "text" | "joinsAbove" | "stamp" | "tone" | "head"> & {
  photos: readonly ShownPhoto[];
  joinsBelow: boolean;
  /** Whether others than one write on the left. */
  hasFaces: boolean;
  isFlashed: boolean;
  onOpenPhotos: ChatRowProps["onOpenPhotos"];
  menu?: ReactNode;
  foot?: ReactNode;
};

function BubbleRow({ joinsBelow, hasFaces, isFlashed, menu, foot, photos, onOpenPhotos, ...props }: RowProps) {
  const { own, author } = props;
  const hasFace = hasFaces && !own;
  return (
    <div className={cx("group/message px-3 md:px-5", joinsBelow ? "pb-0.5" : "pb-2")}>
      <div className={cx("flex items-end gap-2", own && "flex-row-reverse")}>
        {hasFace ? joinsBelow ? <span className="w-7 shrink-0" /> : <Avatar name={author} size={28} /> : null}
        <Bubble
          {...props}
          photos={photos}
          onOpenPhoto={(start) => onOpenPhotos({ photos, start, author })}
          className={cx("max-w-[min(480px,84%)] text-14 max-md:max-w-[80%]", isFlashed && "outline-2 outline-focus")}
        />
        {menu}
      </div>
      {foot ? <div className={cx("mt-1 text-12", own ? "text-right" : hasFace && "pl-9")}>{foot}</div> : null}
    </div>
  );
}

const mediaOf = ({ album }: ShownMessage): Media[] => album.flatMap(({ media }) => media ?? []);

const photosOf = (files: readonly Media[]): ShownPhoto[] =>
  files.flatMap(({ type, id, url, thumbUrl, width, height }) =>
    type === "photo" && url
      ? [{ key: id, src: thumbUrl ?? url, full: url, width: width ?? 0, height: height ?? 0 }]
      : [],
  );

/** Photos have a place of their own, and a page's preview none. */
const isFile = ({ type, url }: Media): boolean => type !== "webPage" && !(type === "photo" && url);

function Files({ files }: { files: readonly Media[] }) {
  const mediaText = useMediaText();
  return files.filter(isFile).map((file) => <MediaView key={file.id} file={{ ...file, label: mediaText(file) }} />);
}

type MessageItem = Extract<ChatItem, { type: "message" }>;

function Head({
  message,
  name,
  ...props
}: { message: ShownMessage; name: string | null } & Omit<ReplyQuoteProps, "messageId">) {
  const t = useTranslations("chats.thread");
  const { forwardFromName, forwardFromId, replyToMessageId } = message;
  const isForwarded = forwardFromName !== null || forwardFromId !== null;
  return (
    <>
      {name ? (
        <p dir="auto" className="mb-0.5 truncate font-semibold text-12 text-accent-text">
          {name}
        </p>
      ) : null}
      {isForwarded ? (
        <p className="mb-1 flex items-center gap-1.5 font-medium text-12 text-accent-text">
          <Icon of={Forward} size={14} />
          {forwardFromName ? t("forwardedFrom", { name: forwardFromName }) : t("forwarded")}
        </p>
      ) : null}
      {replyToMessageId ? <ReplyQuote messageId={replyToMessageId} {...props} /> : null}
      <Files files={mediaOf(message)} />
    </>
  );
}

function StoredRow({ item, chat, acts, ...props }: ChatRowProps & { item: MessageItem }) {
  const t = useTranslations("chats");
  const time = useTimeText();
  const { message, joinsAbove, joinsBelow } = item;
  const { isOutgoing, sendState, editedDate, createdAt } = message;
  const sender = useSenderName(chat, message.senderId);
  if (message.isService) {
    const text = message.text || t("thread.service");
    return <p className="px-3 pt-1 pb-2 text-center text-12 text-muted md:px-5">{text}</p>;
  }
  const isGroup = chat.type === "group" || chat.type === "supergroup";
  const author = isOutgoing ? t("thread.you") : (sender ?? t("thread.member"));
  const mark = sendState === "read" ? "read" : "sent";
  return (
    <BubbleRow
      own={isOutgoing}
      author={author}
      text={message.text}
      joinsAbove={joinsAbove}
      joinsBelow={joinsBelow}
      hasFaces={isGroup}
      isFlashed={props.isFlashed}
      photos={photosOf(mediaOf(message))}
      onOpenPhotos={props.onOpenPhotos}
      stamp={{
        at: createdAt,
        isEdited: editedDate !== null,
        mark: isOutgoing && sendState !== null ? { state: mark, title: t(`state.${mark}`) } : null,
        hints: { at: time.full(createdAt), edited: editedDate === null ? undefined : time.full(editedDate) },
      }}
      head={
        <Head
          message={message}
          name={isGroup && !isOutgoing && !joinsAbove ? author : null}
          chat={chat}
          find={props.find}
          onJumpTo={props.onJumpTo}
        />
      }
      foot={message.reactions ? <Reactions message={message} mayReact={acts !== null} /> : null}
      menu={
        acts ? (
          <MessageMenu
            message={message}
            onReply={() => acts.onReply(message)}
            onEdit={() => acts.onEdit(message.album.find(({ text }) => text !== "") ?? message)}
          />
        ) : null
      }
    />
  );
}

type UnsentItem = Extract<ChatItem, { type: "outgoing" }>;

/** When it leaves, where that is known. */
function Waiting({ unsent }: { unsent: Unsent }) {
  const t = useTranslations("chats.state");
  const time = useTimeText();
  if (!unsent.retryAt) return null;
  return <span className="num text-warning">{t("retryAt", { time: time.exact(unsent.retryAt) })}</span>;
}

function UnsentRow({ item, chat, ...props }: ChatRowProps & { item: UnsentItem }) {
  const t = useTranslations("chats");
  const { sends } = useOpenAccount();
  const reasonText = useSendReason();
  const { outgoing, joinsAbove, joinsBelow } = item;
  const { clientId, state, text, media, replyToMessageId, createdAt } = outgoing;
  const hasFailed = state === "failed";
  return (
    <BubbleRow
      own
      author={t("thread.you")}
      text={text}
      tone={hasFailed ? "failed" : "plain"}
      joinsAbove={joinsAbove}
      joinsBelow={joinsBelow}
      hasFaces={false}
      isFlashed={false}
      photos={photosOf(media)}
      onOpenPhotos={props.onOpenPhotos}
      stamp={{
        at: createdAt,
        isEdited: false,
        mark: { state: state === "queued" ? "waiting" : state, title: t(`state.${state}`) },
      }}
      head={
        <>
          {replyToMessageId ? (
            <ReplyQuote messageId={replyToMessageId} chat={chat} find={props.find} onJumpTo={props.onJumpTo} />
          ) : null}
          <Files files={media} />
        </>
      }
      foot={
        hasFailed ? (
          <NotSent reason={reasonText(outgoing)} clientId={clientId} queue={sends} />
        ) : (
          outgoing.retryAt && <Waiting unsent={outgoing} />
        )
      }
    />
  );
}

export const ChatMessageRow = memo(function ChatMessageRow(props: ChatRowProps) {
  const t = useTranslations("chats.thread");
  const { item } = props;
  if (item.type === "message") return <StoredRow {...props} item={item} />;
  if (item.type === "outgoing") return <UnsentRow {...props} item={item} />;
  if (item.type === "day") return <DayLine at={item.at} />;
  if (item.type === "start") return <ThreadLine>{t("start")}</ThreadLine>;
  return <ThreadLine isNew>{t("newMessages", { count: item.count })}</ThreadLine>;
});
