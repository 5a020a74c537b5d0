import type { Message } from "@pult/api/support/schema.ts";
import { useTranslations } from "next-intl";
import { memo, type ReactNode } from "react";
import { useFailureText } from "../features/shell/use-failure-text.ts";
import { Bubble, type BubbleProps, NotSent, type NotSentProps } from "../features/thread/bubble.tsx";
import type { OpenedPhotos } from "../features/thread/photo-grid.tsx";
import { storedPhoto } from "../features/thread/photo-grid.tsx";
import type { OutgoingMessage } from "../features/thread/photo-queue.ts";
import { richContent } from "../features/thread/rich.ts";
import { cx } from "../ui/cx.ts";

type RowProps = Omit<BubbleProps, "className" | "onOpenPhoto"> & {
  /** Anchor of a stored message. */
  id?: string;
  onOpenPhotos: (opened: OpenedPhotos) => void;
  foot?: ReactNode;
};

function BubbleRow({ id, foot, onOpenPhotos, ...props }: RowProps) {
  const { own, photos, author } = props;
  return (
    <li
      id={id}
      className={cx("flex flex-col text-13", own ? "items-end" : "items-start", props.joinsAbove ? "mt-0.5" : "mt-2")}
    >
      <Bubble
        {...props}
        onOpenPhoto={(start) => onOpenPhotos({ photos, start, author })}
        className="max-w-[min(320px,84%)] text-[0.9375rem]/5"
      />
      {foot}
    </li>
  );
}

const Attachments = richContent.part((module) => module.RICH.Attachments, { isSilent: true });

type MessageBubbleProps = {
  message: Message;
  joinsAbove: boolean;
  isRead: boolean;
  /** Pictures that this page itself sent, shown from memory. */
  previews: ReadonlyMap<string, string>;
  onOpenPhotos: RowProps["onOpenPhotos"];
};

export const MessageBubble = memo(function MessageBubble(props: MessageBubbleProps) {
  const t = useTranslations("miniApp");
  const { message, previews, isRead } = props;
  const own = message.kind === "customer";
  const state = isRead ? "read" : "sent";
  return (
    <BubbleRow
      id={`message-${message.id}`}
      own={own}
      author={own ? t("you") : message.author.name}
      text={message.text}
      entities={message.entities}
      head={message.attachments ? <Attachments attachments={message.attachments} /> : null}
      photos={message.photos.map((photo) => storedPhoto(photo, previews.get(photo.id)))}
      joinsAbove={props.joinsAbove}
      stamp={{
        at: message.createdAt,
        isEdited: message.editedAt !== null,
        mark: own ? { state, title: t(`mark.${state}`) } : null,
      }}
      onOpenPhotos={props.onOpenPhotos}
    />
  );
});

type OutgoingBubbleProps = {
  outgoing: OutgoingMessage;
  joinsAbove: boolean;
  queue: NotSentProps["queue"];
  onOpenPhotos: RowProps["onOpenPhotos"];
};

export const OutgoingBubble = memo(function OutgoingBubble(props: OutgoingBubbleProps) {
  const t = useTranslations("miniApp");
  const failureText = useFailureText();
  const { clientId, state, failure, text, createdAt, photos } = props.outgoing;
  const hasFailed = state === "failed";
  const mark = hasFailed ? "failed" : "waiting";
  return (
    <BubbleRow
      own
      tone={hasFailed ? "failed" : "plain"}
      author={t("you")}
      text={text}
      photos={photos.map(({ previewUrl, progress, width, height }, index) => ({
        key: `${index}`,
        src: previewUrl,
        full: previewUrl,
        width,
        height,
        ...(state === "waiting"
          ? { upload: "waiting" }
          : state === "sending" && progress < 1
            ? { upload: progress }
            : {}),
      }))}
      joinsAbove={props.joinsAbove}
      stamp={{ at: createdAt, isEdited: false, mark: { state: mark, title: t(`mark.${mark}`) } }}
      onOpenPhotos={props.onOpenPhotos}
      foot={
        hasFailed && failure ? <NotSent reason={failureText(failure)} clientId={clientId} queue={props.queue} /> : null
      }
    />
  );
});
