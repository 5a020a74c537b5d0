"use client";

import type { Message } from "@pult/api/support/schema.ts";
import { Check, CheckCheck, CircleAlert, Clock } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo, type ReactNode } from "react";
import { useFailureText } from "../features/shell/use-failure-text.ts";
import { splitLinks } from "../features/thread/links.ts";
import { useClock } from "../i18n/use-clock.ts";
import { cx } from "../ui/cx.ts";
import { Icon } from "../ui/icon.tsx";
import type { BubblePlace } from "./items.ts";
import type { Outgoing } from "./outbox.ts";
import { CustomerPhotos, type ShownPhoto } from "./photos.tsx";

/** A message's words as they were written, with its addresses as links. */
function CustomerText({ text }: { text: string }) {
  return (
    <span className="whitespace-pre-wrap">
      {splitLinks(text).map((part) =>
        part.href ? (
          <a
            key={part.at}
            href={part.href}
            target="_blank"
            rel="noopener noreferrer"
            className="text-accent-text underline underline-offset-2"
          >
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
    </span>
  );
}

const MARKS = { waiting: Clock, sent: Check, read: CheckCheck, failed: CircleAlert } as const;
type Mark = keyof typeof MARKS;

type BubbleProps = {
  own: boolean;
  author: string;
  text: string;
  photos: readonly ShownPhoto[];
  place: BubblePlace;
  mark: Mark | null;
  createdAt: string;
  isEdited: boolean;
  onOpenPhoto: (index: number) => void;
  /** Anchor of a stored message. */
  id?: string;
  children?: ReactNode;
};

type StampProps = Pick<BubbleProps, "mark" | "createdAt" | "isEdited"> & { className: string };

function Stamp({ mark, createdAt, isEdited, className }: StampProps) {
  const t = useTranslations("miniApp");
  const clock = useClock();
  return (
    <span className={cx("num inline-flex items-center gap-[3px] text-11/4", className)}>
      {isEdited ? <span>{t("edited")}</span> : null}
      <time dateTime={createdAt}>{clock(createdAt)}</time>
      {mark ? (
        <>
          <Icon
            of={MARKS[mark]}
            size={14}
            className={cx(mark === "read" && "text-(--read,var(--accent-text))", mark === "failed" && "text-danger")}
          />
          <span className="sr-only">{t(`mark.${mark}`)}</span>
        </>
      ) : null}
    </span>
  );
}

/** Corners join those of the neighbours of the same hand; the last one points at who said it. */
function corners(own: boolean, { joinsAbove }: BubblePlace): string {
  if (own) return cx("rounded-4 rounded-br-1", joinsAbove && "rounded-tr-1");
  return cx("rounded-4 rounded-bl-1", joinsAbove && "rounded-tl-1");
}

/** On a dark pill in the corner, with light marks, whatever the photo. */
const overPhoto = "absolute right-2.5 bottom-2.5 rounded-full bg-[rgb(10_14_18/0.72)] px-1.5 text-[#fff] [--read:#fff]";

function Bubble(props: BubbleProps) {
  const { own, place, photos, mark, createdAt, isEdited } = props;
  const stamp = { mark, createdAt, isEdited };
  return (
    <li
      id={props.id}
      className={cx("flex flex-col", own ? "items-end" : "items-start", place.joinsAbove ? "mt-0.5" : "mt-2")}
    >
      <div
        className={cx(
          "relative max-w-[min(320px,84%)] text-[0.9375rem]/5",
          corners(own, place),
          own ? "bg-bubble-out" : "bg-bubble-in",
          photos.length > 0 && "w-[290px] p-[3px]",
          props.mark === "failed" && "outline-1 outline-danger -outline-offset-1",
        )}
      >
        <span className="sr-only">{props.author}: </span>
        {photos.length > 0 ? <CustomerPhotos photos={photos} onOpen={props.onOpenPhoto} /> : null}
        {props.text ? (
          <div className={cx("flow-root", photos.length > 0 ? "px-[7px] pt-1 pb-[3px]" : "px-2.5 py-1.5")}>
            <CustomerText text={props.text} />
            <Stamp {...stamp} className="float-right mt-[5px] -mb-px ml-2.5 text-bubble-meta" />
          </div>
        ) : (
          <Stamp {...stamp} className={photos.length > 0 ? overPhoto : "px-2.5 py-1.5 text-bubble-meta"} />
        )}
      </div>
      {props.children}
    </li>
  );
}

type MessageBubbleProps = {
  message: Message;
  place: BubblePlace;
  isRead: boolean;
  /** Pictures that this page itself sent, shown from memory. */
  previews: ReadonlyMap<string, string>;
  onOpenPhotos: (photos: readonly ShownPhoto[], index: number) => void;
};

export const MessageBubble = memo(function MessageBubble(props: MessageBubbleProps) {
  const t = useTranslations("miniApp");
  const { message, previews } = props;
  const own = message.kind === "customer";
  const photos = message.photos.map((photo) => ({
    key: photo.id,
    src: previews.get(photo.id) ?? photo.thumbUrl,
    full: photo.url,
    width: photo.width,
    height: photo.height,
    progress: null,
    waiting: false,
  }));
  return (
    <Bubble
      id={`message-${message.id}`}
      own={own}
      author={own ? t("you") : message.author.name}
      text={message.text}
      photos={photos}
      place={props.place}
      mark={own ? (props.isRead ? "read" : "sent") : null}
      createdAt={message.createdAt}
      isEdited={message.editedAt !== null}
      onOpenPhoto={(index) => props.onOpenPhotos(photos, index)}
    />
  );
});

type OutgoingBubbleProps = {
  outgoing: Outgoing;
  place: BubblePlace;
  onRetry: (clientId: string) => void;
  onDiscard: (clientId: string) => void;
  onOpenPhotos: (photos: readonly ShownPhoto[], index: number) => void;
};

const linkButton = "min-h-11 px-1 font-medium text-accent-text";

export const OutgoingBubble = memo(function OutgoingBubble(props: OutgoingBubbleProps) {
  const t = useTranslations("miniApp");
  const failureText = useFailureText();
  const { clientId, state, failure, text, createdAt } = props.outgoing;
  const photos = props.outgoing.photos.map((photo, index) => ({
    key: `${index}`,
    src: photo.previewUrl,
    full: photo.previewUrl,
    width: photo.width,
    height: photo.height,
    progress: state === "sending" && photo.progress < 1 ? photo.progress : null,
    waiting: state === "waiting",
  }));
  return (
    <Bubble
      own
      author={t("you")}
      text={text}
      photos={photos}
      place={props.place}
      mark={state === "failed" ? "failed" : "waiting"}
      createdAt={createdAt}
      isEdited={false}
      onOpenPhoto={(index) => props.onOpenPhotos(photos, index)}
    >
      {state === "failed" && failure ? (
        <div role="alert" className="flex flex-wrap items-center justify-end gap-x-2 text-13">
          <span className="text-danger">{t("notSent", { reason: failureText(failure) })}</span>
          <button type="button" className={linkButton} onClick={() => props.onRetry(clientId)}>
            {t("retry")}
          </button>
          <button type="button" className={linkButton} onClick={() => props.onDiscard(clientId)}>
            {t("delete")}
          </button>
        </div>
      ) : null}
    </Bubble>
  );
});
