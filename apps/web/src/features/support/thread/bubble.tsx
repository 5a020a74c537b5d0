"use client";

import type { Message, Photo } from "@pult/api/support/schema.ts";
import { Bot, CornerUpLeft, Lock } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { splitLinks } from "../../thread/links.ts";
import { PhotoGrid } from "./photo-grid.tsx";
import type { Place } from "./thread-items.ts";

export type BubbleProps = {
  side: "in" | "out";
  tone: "plain" | "note" | "greeting" | "failed";
  place: Place;
  author: string;
  text: string;
  photos: readonly Photo[];
  replyTo: Message["replyTo"];
  /** Time, mark of delivery, "edited". */
  meta: ReactNode;
  /** Beneath the bubble: the error and its actions. */
  foot?: ReactNode;
  isFlashed?: boolean;
  onOpenPhoto: (index: number) => void;
  onQuote?: () => void;
  onJumpTo?: (messageId: number) => void;
};

/** Twelve, and four where a bubble of the same hand touches it or its avatar stands. */
function cornerClass(side: "in" | "out", place: Place): string {
  const joinsAbove = place === "middle" || place === "last";
  return side === "in"
    ? cx("rounded-4 rounded-bl-1", joinsAbove && "rounded-tl-1")
    : cx("rounded-4 rounded-br-1", joinsAbove && "rounded-tr-1");
}

const TONE_CLASS = {
  plain: { in: "bg-bubble-in", out: "bg-bubble-out" },
  note: { in: "bg-note", out: "bg-note shadow-[inset_0_0_0_1px_var(--note-line)]" },
  greeting: { in: "bg-surface-3", out: "bg-surface shadow-[inset_0_0_0_1px_var(--border-2)]" },
  failed: { in: "bg-surface", out: "bg-surface shadow-[inset_0_0_0_1px_var(--danger)]" },
} as const;

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

function Quote({ replyTo, onJumpTo }: { replyTo: NonNullable<Message["replyTo"]>; onJumpTo?: (id: number) => void }) {
  const t = useTranslations("thread");
  return (
    <button
      type="button"
      title={t("quoteGone")}
      onClick={() => onJumpTo?.(replyTo.id)}
      className="mb-1 block w-full border-accent border-l-2 pl-2 text-left text-12 text-fg-2"
    >
      <span dir="auto" className="block truncate font-semibold text-accent-text">
        {replyTo.author}
      </span>
      <span dir="auto" className="line-clamp-2">
        {replyTo.text || "…"}
      </span>
    </button>
  );
}

function Text({ text, meta }: { text: string; meta: ReactNode }) {
  return (
    <div dir="auto" className="whitespace-pre-wrap text-start text-14">
      {splitLinks(text).map((part, index) =>
        part.href ? (
          <a
            // biome-ignore lint/suspicious/noArrayIndexKey: parts of one unchanging text
            key={index}
            href={part.href}
            target="_blank"
            rel="noopener noreferrer nofollow"
            className="text-accent-text underline"
          >
            {part.text}
          </a>
        ) : (
          part.text
        ),
      )}
      {meta}
    </div>
  );
}

/** One message. Its writer's picture stands beside the last of a group. */
export function Bubble(props: BubbleProps) {
  const t = useTranslations("thread");
  const { side, tone, place, author, text, photos, replyTo, meta, onQuote } = props;
  const isLast = place === "last" || place === "only";
  const hasPhotos = photos.length > 0;
  return (
    <div className={cx("group/message px-3 md:px-5", isLast ? "pb-2" : "pb-0.5")}>
      <div className={cx("flex items-end gap-2", side === "out" && "flex-row-reverse")}>
        {isLast ? <Avatar name={author} size={28} /> : <span className="w-7 shrink-0" />}
        <div
          className={cx(
            "min-w-0 max-w-[min(480px,84%)] text-fg transition-shadow max-md:max-w-[80%]",
            cornerClass(side, place),
            TONE_CLASS[tone][side],
            hasPhotos ? "p-[3px]" : "px-2.5 py-1.5",
            props.isFlashed && "outline-2 outline-focus",
          )}
        >
          <span className="sr-only">{author}: </span>
          <div className={hasPhotos ? "px-[7px] pt-[3px] empty:hidden" : ""}>
            <Label tone={tone} />
            {replyTo ? <Quote replyTo={replyTo} onJumpTo={props.onJumpTo} /> : null}
          </div>
          {hasPhotos ? <PhotoGrid photos={photos} author={author} onOpen={props.onOpenPhoto} /> : null}
          <div className={hasPhotos ? cx("px-[7px]", text ? "w-[310px] max-w-full pt-1 pb-[3px]" : "pb-0.5") : ""}>
            <Text text={text} meta={meta} />
          </div>
        </div>
        {onQuote ? (
          <IconButton
            icon={CornerUpLeft}
            label={t("reply")}
            onClick={onQuote}
            className="self-center text-muted opacity-0 focus-visible:opacity-100 group-hover/message:opacity-100 pointer-coarse:opacity-100"
          />
        ) : null}
      </div>
      {props.foot ? <div className={cx("mt-1 px-9 text-12", side === "out" && "text-right")}>{props.foot}</div> : null}
    </div>
  );
}

/** Floats at the end of the last line, on whichever side that is; its own parts stand in one order. */
export function BubbleMeta({ children, tone }: { children: ReactNode; tone: BubbleProps["tone"] }) {
  return (
    <span className="float-end -mb-px ms-2.5 mt-[5px]">
      <bdi
        dir="ltr"
        className={cx(
          "num inline-flex items-center gap-[3px] whitespace-nowrap align-top text-11",
          tone === "note" ? "text-note-text" : tone === "failed" ? "text-danger" : "text-bubble-meta",
        )}
      >
        {children}
      </bdi>
    </span>
  );
}
