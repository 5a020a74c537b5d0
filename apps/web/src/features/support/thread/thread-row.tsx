"use client";

import type { Message, Photo } from "@pult/api/support/schema.ts";
import { useTranslations } from "next-intl";
import { memo } from "react";
import { useDesk } from "../desk-provider.tsx";
import { useTimeText } from "../use-time-text.ts";
import { Bubble, BubbleMeta } from "./bubble.tsx";
import { DeliveryMark, PendingMark } from "./delivery-mark.tsx";
import { failedLegs } from "./delivery-state.ts";
import { EventLine } from "./event-line.tsx";
import { DeliveryFoot, OutgoingFoot } from "./failure-foot.tsx";
import { Separator } from "./separator.tsx";
import type { ThreadItem } from "./thread-items.ts";

export type OpenPhotos = { photos: readonly Photo[]; index: number; author: string };

export type ThreadRowProps = {
  item: ThreadItem;
  customerReadId: number;
  isFlashed: boolean;
  onOpenPhotos: (opened: OpenPhotos) => void;
  onQuote?: ((message: Message) => void) | undefined;
  onJumpTo: (messageId: number) => void;
};

type MessageItem = Extract<ThreadItem, { type: "message" }>;
type OutgoingItem = Extract<ThreadItem, { type: "outgoing" }>;

function StoredMessage({ item, ...props }: ThreadRowProps & { item: MessageItem }) {
  const t = useTranslations("thread");
  const time = useTimeText();
  const { message, place } = item;
  const { onQuote } = props;
  const { kind, author, photos, source } = message;
  const isAgent = kind === "agent";
  const isRead = message.id <= props.customerReadId;
  const tone =
    kind === "note" || kind === "greeting"
      ? kind
      : isAgent && !isRead && failedLegs(message).length > 0
        ? "failed"
        : "plain";
  const isPublic = kind === "agent" || kind === "customer";
  return (
    <Bubble
      side={kind === "customer" ? "in" : "out"}
      tone={tone}
      place={place}
      author={author.name}
      text={message.text}
      photos={photos}
      replyTo={message.replyTo}
      isFlashed={props.isFlashed}
      onOpenPhoto={(index) => props.onOpenPhotos({ photos, index, author: author.name })}
      onQuote={isPublic && onQuote ? () => onQuote(message) : undefined}
      onJumpTo={props.onJumpTo}
      meta={
        <BubbleMeta tone={tone}>
          {message.editedAt ? <span title={time.full(message.editedAt)}>{t("edited")}</span> : null}
          <time dateTime={message.createdAt} title={`${time.full(message.createdAt)}, ${t(`via.${source}`)}`}>
            {time.clock(message.createdAt)}
          </time>
          {isAgent ? <DeliveryMark message={message} customerReadId={props.customerReadId} /> : null}
        </BubbleMeta>
      }
      foot={isAgent ? <DeliveryFoot message={message} isRead={isRead} /> : undefined}
    />
  );
}

function Outgoing({ item, onOpenPhotos }: { item: OutgoingItem; onOpenPhotos: ThreadRowProps["onOpenPhotos"] }) {
  const time = useTimeText();
  const { agent } = useDesk();
  const { text, photos, replyTo, kind, state, createdAt } = item.item;
  const tone = state === "failed" ? "failed" : kind === "note" ? "note" : "plain";
  return (
    <Bubble
      side="out"
      tone={tone}
      place={item.place}
      author={agent.name}
      text={text}
      photos={photos}
      replyTo={replyTo}
      onOpenPhoto={(index) => onOpenPhotos({ photos, index, author: agent.name })}
      meta={
        <BubbleMeta tone={tone}>
          <time dateTime={createdAt}>{time.clock(createdAt)}</time>
          <PendingMark state={state} />
        </BubbleMeta>
      }
      foot={<OutgoingFoot item={item.item} />}
    />
  );
}

/** One row of the thread, whatever it is. */
export const ThreadRow = memo(function ThreadRow(props: ThreadRowProps) {
  const { item } = props;
  switch (item.type) {
    case "message":
      return <StoredMessage {...props} item={item} />;
    case "outgoing":
      return <Outgoing item={item} onOpenPhotos={props.onOpenPhotos} />;
    case "event":
      return <EventLine message={item.message} />;
    default:
      return <Separator item={item} />;
  }
});
