"use client";

import type { Message, Photo } from "@pult/api/support/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Check, CheckCheck, CircleAlert, Clock3, type LucideIcon } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureText } from "../../shell/use-failure-text.ts";
import type { QueuedItem } from "../composer/outbox.ts";
import { useDesk } from "../desk-provider.tsx";
import { Bubble, BubbleMeta } from "./bubble.tsx";
import { type DeliveryState, deliveryState, failedLegs, waitingLeg } from "./delivery-state.ts";
import type { ThreadItem } from "./thread-items.ts";

const actionClass = "min-h-8 px-0.5 font-medium text-accent-text hover:underline md:min-h-6";

/** A stored message that did not reach everybody: why, and once more. */
function DeliveryFoot({ message, isRead }: { message: Message; isRead: boolean }) {
  const t = useTranslations("thread.delivery");
  const trpc = useTRPC();
  const desk = useDesk();
  const time = useTimeText();
  const failureText = useFailureText();
  const retry = useMutation(
    trpc.support.retryDelivery.mutationOptions({
      onSuccess: (answer) => desk.openThread(message.conversationId)?.applyMessage(answer.message),
      onError: (error) =>
        showToast({
          icon: CircleAlert,
          tone: "danger",
          title: t("retryFailed"),
          description: failureText(toFailure(error)),
        }),
    }),
  );
  const failed = isRead ? [] : failedLegs(message);
  const waiting = waitingLeg(message);
  if (failed.length === 0 && !waiting?.retryAt) return null;
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-x-1.5">
      {failed.map(({ leg, reason }) => (
        <span key={leg} className="text-danger">
          {reason ? t("failedBecause", { leg: t(`leg.${leg}`), reason }) : t("failedPlain", { leg: t(`leg.${leg}`) })}
        </span>
      ))}
      {failed.length > 0 ? (
        <button
          type="button"
          aria-disabled={retry.isPending}
          onClick={() => !retry.isPending && retry.mutate({ messageId: message.id })}
          className={actionClass}
        >
          {t(retry.isPending ? "retrying" : "retry")}
        </button>
      ) : waiting?.retryAt ? (
        <span className="num text-warning">
          {[t(`leg.${waiting.leg}`), waiting.reason, t("retryAt", { time: time.clock(waiting.retryAt) })]
            .filter(Boolean)
            .join(", ")}
        </span>
      ) : null}
    </span>
  );
}

/** A message that the server refused: it was never stored, so it can be sent again or forgotten. */
function OutgoingFoot({ item }: { item: QueuedItem }) {
  const t = useTranslations("thread.delivery");
  const { outbox } = useDesk();
  const failureText = useFailureText();
  if (item.state !== "failed" || !item.failure) return null;
  return (
    <span role="alert" className="inline-flex flex-wrap items-center justify-end gap-x-1.5">
      <span className="text-danger">{t("notSent", { reason: failureText(item.failure) })}</span>
      <button type="button" onClick={() => outbox.retry(item.clientId)} className={actionClass}>
        {t("retry")}
      </button>
      <button type="button" onClick={() => outbox.discard(item.clientId)} className={actionClass}>
        {t("delete")}
      </button>
    </span>
  );
}

type SeparatorItem = Extract<ThreadItem, { type: "day" | "new" | "start" }>;

/** A line across the thread: a day, the beginning, where new messages start. */
function Separator({ item }: { item: SeparatorItem }) {
  const t = useTranslations("thread");
  const time = useTimeText();
  const text = () => {
    if (item.type === "new") return t("newMessages", { count: item.count });
    if (item.type === "start") return t("start");
    const days = time.daysAgo(item.at);
    return days === 0 ? t("today") : days === 1 ? t("yesterday") : time.day(item.at);
  };
  const isNew = item.type === "new";
  return (
    <div
      className={cx(
        "flex items-center gap-3 px-3 py-2 font-medium text-11 before:flex-1 before:border-t after:flex-1 after:border-t md:px-5",
        isNew
          ? "text-accent-text before:border-accent-line after:border-accent-line"
          : "text-muted before:border-line after:border-line",
      )}
    >
      {text()}
    </div>
  );
}

/** A change of the conversation, between the messages. */
function EventLine({ message }: { message: Message }) {
  const t = useTranslations("thread.event");
  const time = useTimeText();
  const { change, author } = message;
  if (!change) return null;
  const actor = author.name;
  const what = () => {
    if (change.type === "assigned") {
      if (change.assignee === null) return t("unassigned", { actor });
      return change.assignee === actor
        ? t("assignedSelf", { actor })
        : t("assigned", { actor, assignee: change.assignee });
    }
    const until = change.snoozedUntil ? time.moment(change.snoozedUntil) : "";
    return t(change.status, { actor, time: until });
  };
  return (
    <p className="px-3 pt-1 pb-2 text-center text-12 text-muted md:px-5">
      {t("line", { what: what(), time: time.clock(message.createdAt) })}
    </p>
  );
}

const ICONS: Record<DeliveryState | "sending" | "waiting", LucideIcon> = {
  sending: Clock3,
  waiting: Clock3,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
};

function Mark({ state, title }: { state: keyof typeof ICONS; title: string }) {
  return (
    <span title={title} className={state === "read" ? "text-accent-text" : ""}>
      <Icon of={ICONS[state]} size={14} />
      <span className="sr-only">{title}</span>
    </span>
  );
}

/** For what the server does not have yet. */
function PendingMark({ state }: { state: "sending" | "waiting" | "failed" }) {
  const t = useTranslations("thread.delivery");
  return <Mark state={state} title={t(state)} />;
}

/** A tick, two, or two in the accent; each leg in the title. */
function DeliveryMark({ message, customerReadId }: { message: Message; customerReadId: number }) {
  const t = useTranslations("thread.delivery");
  const time = useTimeText();
  const state = deliveryState(message, customerReadId);
  const legs = message.deliveries.map(({ leg, state: legState, reason, retryAt }) => {
    const said = t("legState", { leg: t(`leg.${leg}`), state: t(`state.${legState}`) });
    const next = retryAt ? t("retryAt", { time: time.clock(retryAt) }) : null;
    return [said, reason, next].filter(Boolean).join(", ");
  });
  return <Mark state={state} title={[t(state), ...legs].join("\n")} />;
}

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
