import type { Photo } from "@pult/api/media/schema.ts";
import type { Message } from "@pult/api/support/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Bot, CornerUpLeft, Forward, Lock } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo, type ReactNode } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { serviceOf, useReasonText } from "../../notices/reason-text.ts";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { Bubble, type BubbleProps, footActionClass, NotSent, Quote } from "../../thread/bubble.tsx";
import type { OpenedPhotos } from "../../thread/photo-grid.tsx";
import { storedPhoto } from "../../thread/photo-grid.tsx";
import { richContent } from "../../thread/rich.ts";
import { DayLine, ThreadLine } from "../../thread/thread-line.tsx";
import { useAgents } from "../composer/agents.ts";
import { splitMentions } from "../composer/mentions.ts";
import type { QueuedReply } from "../composer/reply-queue.ts";
import { useDesk } from "../desk-provider.tsx";
import { deliveryState, failedRoutes, waitingRoute } from "./delivery-state.ts";
import type { ThreadItem } from "./thread-items.ts";

/** A stored message that did not reach everybody: why, and once more. */
function DeliveryFoot({ message, isRead }: { message: Message; isRead: boolean }) {
  const t = useTranslations("thread.delivery");
  const trpc = useTRPC();
  const time = useTimeText();
  const failed = useFailureToast();
  const reasonText = useReasonText();
  const retry = useMutation(
    trpc.support.retryDelivery.mutationOptions({
      onError: failed(t("retryFailed")),
    }),
  );
  const lost = isRead ? [] : failedRoutes(message);
  const waiting = waitingRoute(message);
  if (lost.length === 0 && !waiting?.retryAt) return null;
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-x-1.5">
      {lost.map(({ leg, ...why }) => {
        const reason = reasonText(why, serviceOf(leg));
        const route = t(`route.${leg}`);
        return (
          <span key={leg} className="text-danger">
            {reason ? t("failedBecause", { route, reason }) : t("failedPlain", { route })}
          </span>
        );
      })}
      {lost.length > 0 ? (
        <button
          type="button"
          aria-disabled={retry.isPending}
          onClick={() => !retry.isPending && retry.mutate({ messageId: message.id })}
          className={footActionClass}
        >
          {t(retry.isPending ? "retrying" : "retry")}
        </button>
      ) : waiting?.retryAt ? (
        <span className="num text-warning">
          {[t(`route.${waiting.leg}`), reasonText(waiting, serviceOf(waiting.leg))].filter(Boolean).join(": ")}
          {` · ${t("retryAt", { time: time.clock(waiting.retryAt) })}`}
        </span>
      ) : null}
    </span>
  );
}

type SeparatorItem = Extract<ThreadItem, { type: "day" | "new" | "start" }>;

/** A line across the thread: a day, the beginning, where new messages start. */
function Separator({ item }: { item: SeparatorItem }) {
  const t = useTranslations("thread");
  if (item.type === "day") return <DayLine at={item.at} />;
  if (item.type === "start") return <ThreadLine>{t("start")}</ThreadLine>;
  return <ThreadLine isNew>{t("newMessages", { count: item.count })}</ThreadLine>;
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
    if (change.type === "blocked") return t(change.isBlocked ? "blocked" : "unblocked", { actor });
    if (change.type === "arrived") return t("arrived", { actor, origin: change.origin });
    const until = change.snoozedUntil ? time.moment(change.snoozedUntil) : "";
    return t(change.status, { actor, time: until });
  };
  return (
    <p className="px-3 pt-1 pb-2 text-center text-12 text-muted md:px-5">
      {t("line", { what: what(), time: time.clock(message.createdAt) })}
    </p>
  );
}

/** A tick, two, or two in the accent; each delivery route in the title. */
function useDeliveryMark() {
  const t = useTranslations("thread.delivery");
  const time = useTimeText();
  const reasonText = useReasonText();
  return (message: Message, customerReadId: number) => {
    const state = deliveryState(message, customerReadId);
    const routes = message.deliveries.map(({ leg, state: routeState, retryAt, ...why }) => {
      const said = t("routeState", { route: t(`route.${leg}`), state: t(`state.${routeState}`) });
      const next = retryAt ? t("retryAt", { time: time.clock(retryAt) }) : null;
      return [said, reasonText(why, serviceOf(leg)), next].filter(Boolean).join(" · ");
    });
    return { state, title: [t(state), ...routes].join("\n") };
  };
}

export type ThreadRowProps = {
  item: ThreadItem;
  customerReadId: number;
  isFlashed: boolean;
  onOpenPhotos: (opened: OpenedPhotos) => void;
  onQuote?: ((message: Message) => void) | undefined;
  onJumpTo: (messageId: number) => void;
};

type BubbleRowProps = Omit<BubbleProps, "photos" | "onOpenPhoto" | "className" | "head" | "wordsOf"> & {
  joinsBelow: boolean;
  photos: readonly Photo[];
  replyTo: Message["replyTo"];
  /** What stands beside its text and photos; of a message that is not stored yet, `id` is 0. */
  message?: BesideMessage | undefined;
  /** What can be done with it, beside the bubble. */
  acts?: ReactNode;
  isFlashed?: boolean;
  onOpenPhotos: ThreadRowProps["onOpenPhotos"];
  onQuote?: (() => void) | undefined;
  onJumpTo: ThreadRowProps["onJumpTo"];
  /** Beneath the bubble: what went wrong, and what to do. */
  foot?: ReactNode;
};

function Label({ tone }: { tone: BubbleProps["tone"] }) {
  const t = useTranslations("thread");
  if (tone !== "note" && tone !== "greeting") return null;
  return (
    <p
      className={cx(
        "mb-0.5 flex items-center gap-1.5 font-semibold text-11",
        tone === "note" ? "text-note-text" : "text-muted",
      )}
    >
      <Icon of={tone === "note" ? Lock : Bot} size={12} />
      {t(tone === "note" ? "privateNote" : "greeting")}
    </p>
  );
}

/** A note's words, with the agents it addresses. */
function Mentions({ text }: { text: string }) {
  const agents = useAgents();
  return splitMentions(text, agents).map(({ at, text: words, agent }) =>
    agent ? (
      <strong key={at} className="font-semibold text-accent-text">
        {words}
      </strong>
    ) : (
      words
    ),
  );
}

const Attachments = richContent.part((module) => module.RICH.Attachments, {
  isSilent: true,
});

type BesideMessage = Pick<Message, "id" | "attachments" | "forwardedFrom" | "quote">;

/** A file that Telegram did not hand out can be asked for again. */
function FetchAgain({ messageId, attachmentId }: { messageId: number; attachmentId: string }) {
  const t = useTranslations("attachment");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const fetch = useMutation(trpc.support.fetchAttachment.mutationOptions({ onError: failed(t("fetchFailed")) }));
  return (
    <button
      type="button"
      aria-disabled={fetch.isPending}
      onClick={() => !fetch.isPending && fetch.mutate({ messageId, attachmentId })}
      className={footActionClass}
    >
      {t(fetch.isPending ? "fetching" : "fetchAgain")}
    </button>
  );
}

/** Whose message it repeats, the words it answers, and what it shows beside text and photos. */
function Beside({ message }: { message: BesideMessage }) {
  const t = useTranslations("attachment");
  const { attachments, forwardedFrom } = message;
  return (
    <>
      {forwardedFrom === undefined ? null : (
        <p className="mb-1 flex items-center gap-1.5 font-medium text-12 text-accent-text">
          <Icon of={Forward} size={14} />
          {forwardedFrom ? t("forwardedFrom", { name: forwardedFrom }) : t("forwarded")}
        </p>
      )}
      {attachments ? (
        <Attachments
          attachments={attachments}
          actionOf={({ id }) => <FetchAgain messageId={message.id} attachmentId={id} />}
        />
      ) : null}
    </>
  );
}

/** A bubble in its row. Its writer's picture stands beside the last of a group. */
const hasBeside = (message: BesideMessage | undefined): boolean =>
  message?.attachments !== undefined || message?.forwardedFrom !== undefined;

function BubbleRow({ joinsBelow, photos, replyTo, isFlashed, foot, onQuote, message, acts, ...props }: BubbleRowProps) {
  const t = useTranslations("thread");
  const { own, author, tone } = props;
  const shown = photos.map((photo) => storedPhoto(photo));
  return (
    <div className={cx("group/message px-3 md:px-5", joinsBelow ? "pb-0.5" : "pb-2")}>
      <div className={cx("flex items-end gap-2", own && "flex-row-reverse")}>
        {joinsBelow ? <span className="w-7 shrink-0" /> : <Avatar name={author} size={28} />}
        <Bubble
          {...props}
          photos={shown}
          head={
            tone === "note" || tone === "greeting" || replyTo || hasBeside(message) ? (
              <>
                <Label tone={tone} />
                {replyTo ? (
                  <Quote {...replyTo} text={message?.quote ?? replyTo.text} onOpen={() => props.onJumpTo(replyTo.id)} />
                ) : null}
                {message && hasBeside(message) ? <Beside message={message} /> : null}
              </>
            ) : null
          }
          wordsOf={tone === "note" ? (words) => <Mentions text={words} /> : undefined}
          onOpenPhoto={(start) => props.onOpenPhotos({ photos: shown, start, author })}
          className={cx("max-w-[min(480px,84%)] text-14 max-md:max-w-[80%]", isFlashed && "outline-2 outline-focus")}
        />
        {onQuote ? (
          <IconButton
            icon={CornerUpLeft}
            label={t("reply")}
            onClick={onQuote}
            className="self-center text-muted opacity-0 focus-visible:opacity-100 group-hover/message:opacity-100 pointer-coarse:opacity-100"
          />
        ) : null}
        {acts}
      </div>
      {foot ? <div className={cx("mt-1 px-9 text-12", own && "text-right")}>{foot}</div> : null}
    </div>
  );
}

type Content = Pick<
  BubbleRowProps,
  "isDeleted" | "own" | "tone" | "author" | "text" | "entities" | "photos" | "replyTo" | "message" | "stamp" | "foot"
>;

/** What the other side thinks of a message. */
function Reactions({ emoji }: { emoji: readonly string[] }) {
  const t = useTranslations("attachment");
  return (
    <span className="inline-flex gap-1 rounded-full border border-line-2 bg-surface px-2 py-0.5">
      <span className="sr-only">{t("reactions")}</span>
      {emoji.join(" ")}
    </span>
  );
}

function useStoredContent(customerReadId: number): (message: Message) => Content {
  const t = useTranslations("thread");
  const time = useTimeText();
  const markOf = useDeliveryMark();
  return (message) => {
    const { id, kind, author, text, photos, replyTo, createdAt, editedAt, deletedAt } = message;
    const isAgent = kind === "agent";
    const isRead = id <= customerReadId;
    const hasFailed = isAgent && !isRead && failedRoutes(message).length > 0;
    const hints = {
      at: `${time.full(createdAt)}, ${t(`via.${message.source}`)}`,
      edited: editedAt === null ? undefined : time.full(editedAt),
    };
    return {
      own: kind !== "customer",
      tone: kind === "note" || kind === "greeting" ? kind : hasFailed ? "failed" : "plain",
      author: author.name,
      text: deletedAt ? t("deleted") : text,
      entities: message.entities,
      message,
      isDeleted: deletedAt !== undefined,
      photos,
      replyTo,
      stamp: {
        at: createdAt,
        isEdited: editedAt !== null && !deletedAt,
        mark: isAgent ? markOf(message, customerReadId) : null,
        hints,
      },
      foot:
        message.reactions || isAgent ? (
          <>
            {message.reactions ? <Reactions emoji={message.reactions} /> : null}
            {isAgent ? <DeliveryFoot message={message} isRead={isRead} /> : null}
          </>
        ) : undefined,
    };
  };
}

function useOutgoingContent(): (outgoing: QueuedReply) => Content {
  const t = useTranslations("thread.delivery");
  const { agent, sendQueue } = useDesk();
  const failureText = useFailureText();
  return ({ clientId, kind, state, failure, text, photos, attachments, replyTo, createdAt }) => {
    const hasFailed = state === "failed";
    return {
      own: true,
      tone: hasFailed ? "failed" : kind === "note" ? "note" : "plain",
      author: agent.name,
      text,
      photos,
      ...(attachments ? { message: { id: 0, attachments } } : {}),
      replyTo,
      stamp: { at: createdAt, isEdited: false, mark: { state, title: t(state) } },
      foot:
        hasFailed && failure ? (
          <NotSent reason={failureText(failure)} clientId={clientId} queue={sendQueue} />
        ) : undefined,
    };
  };
}

/** Answers and notes of the team can be changed and taken back. */
const isOurs = ({ kind, deletedAt, source }: Message): boolean =>
  (kind === "agent" || kind === "note") && !deletedAt && source !== "instagram";

const MessageActs = lazyModule(() => import("./message-acts.tsx")).part((module) => module.MessageActs, {
  isSilent: true,
});

type MessageItem = Extract<ThreadItem, { type: "message" | "outgoing" }>;

/** A message before and after it is stored: one component, so that nothing is drawn anew under the focus in between. */
function MessageRow({ item, customerReadId, onQuote, ...props }: ThreadRowProps & { item: MessageItem }) {
  const storedContent = useStoredContent(customerReadId);
  const outgoingContent = useOutgoingContent();
  const message = item.type === "message" ? item.message : null;
  const content = item.type === "message" ? storedContent(item.message) : outgoingContent(item.outgoing);
  const canQuote = !message?.deletedAt && (message?.kind === "agent" || message?.kind === "customer");
  return (
    <BubbleRow
      {...props}
      {...content}
      joinsAbove={item.joinsAbove}
      joinsBelow={item.joinsBelow}
      acts={message && isOurs(message) ? <MessageActs message={message} /> : null}
      onQuote={message && canQuote && onQuote ? () => onQuote(message) : undefined}
    />
  );
}

export const ThreadRow = memo(function ThreadRow(props: ThreadRowProps) {
  const { item } = props;
  if (item.type === "message" && item.message.change) return <EventLine message={item.message} />;
  if (item.type === "message" || item.type === "outgoing") return <MessageRow {...props} item={item} />;
  return <Separator item={item} />;
});
