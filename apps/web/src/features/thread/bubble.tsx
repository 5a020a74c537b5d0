import { Check, CheckCheck, CircleAlert, Clock } from "lucide-react";
import { useTranslations } from "next-intl";
import { Fragment, type ReactNode } from "react";
import { useClock } from "../../i18n/use-time-text.ts";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import type { FormattedTextProps } from "./formatted-text.tsx";
import { LinkedText } from "./linked-text.tsx";
import { PhotoGrid, type ShownPhoto } from "./photo-grid.tsx";
import { richContent } from "./rich.ts";

const MARKS = {
  sending: Clock,
  waiting: Clock,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  failed: CircleAlert,
} as const;

type Tone = "plain" | "note" | "greeting" | "failed";

type StampProps = {
  /** ISO 8601. */
  at: string;
  isEdited: boolean;
  /** What became of the writer's own message. */
  mark: { state: keyof typeof MARKS; title: string } | null;
  /** What the pointer shows over the time, and over "edited". */
  hints?: { at: string; edited?: string | undefined };
};

export type BubbleProps = {
  /** Whether the reader's side wrote it: it stands on the right. */
  own: boolean;
  author: string;
  text: string;
  /** Formatting of the text. */
  entities?: FormattedTextProps["entities"] | undefined;
  /** Its writer took it back: the text says so. */
  isDeleted?: boolean | undefined;
  photos: readonly ShownPhoto[];
  /** Whether the bubble above is of the same hand and touches it. */
  joinsAbove: boolean;
  stamp: StampProps;
  tone?: Tone;
  /** Above the photos and the text: a label, a quote, a file. */
  head?: ReactNode;
  /** The size of its text, and the most that it is wide. */
  className: string;
  onOpenPhoto: (index: number) => void;
  /** How words between addresses are shown. Default: as they are. */
  wordsOf?: ((text: string) => ReactNode) | undefined;
};

const TONE_CLASS: Record<Tone, { in: string; out: string }> = {
  plain: { in: "bg-bubble-in", out: "bg-bubble-out" },
  note: { in: "bg-note", out: "bg-note shadow-[inset_0_0_0_1px_var(--color-note-line)]" },
  greeting: { in: "bg-surface-3", out: "bg-surface shadow-[inset_0_0_0_1px_var(--color-line-2)]" },
  failed: { in: "bg-surface", out: "bg-surface shadow-[inset_0_0_0_1px_var(--color-danger)]" },
};

const META_CLASS: Record<Tone, string> = {
  plain: "text-bubble-meta",
  note: "text-note-text",
  greeting: "text-bubble-meta",
  failed: "text-danger",
};

/** Twelve, and four where a bubble of the same hand touches it or where it points at its writer. */
function cornerClass(own: boolean, joinsAbove: boolean): string {
  return own
    ? cx("rounded-4 rounded-br-1", joinsAbove && "rounded-tr-1")
    : cx("rounded-4 rounded-bl-1", joinsAbove && "rounded-tl-1");
}

/** Its parts stand in one order, whichever way the text runs. */
function Stamp({ at, isEdited, mark, hints, className }: StampProps & { className: string }) {
  const t = useTranslations("message");
  const clock = useClock();
  return (
    <bdi
      dir="ltr"
      className={cx("num inline-flex items-center gap-[3px] whitespace-nowrap align-top text-11", className)}
    >
      {isEdited ? <span title={hints?.edited}>{t("edited")}</span> : null}
      <time dateTime={at} title={hints?.at}>
        {clock(at)}
      </time>
      {mark ? (
        <span title={mark.title} className={mark.state === "read" ? "text-(--read,var(--color-accent-text))" : ""}>
          <Icon of={MARKS[mark.state]} size={14} />
          <span className="sr-only">{mark.title}</span>
        </span>
      ) : null}
    </bdi>
  );
}

// Words stand there without their formatting until it is fetched.
const FormattedText = richContent.part((module) => module.RICH.FormattedText, {
  whileLoading: ({ text, children }) => children(text, 0),
  isSilent: true,
});

/** A message's words as they were written, with its addresses as links. */
const LinkedWords = ({ text, wordsOf = (words) => words }: Pick<BubbleProps, "text" | "wordsOf">) => (
  <LinkedText text={text}>
    {(part) =>
      part.href ? (
        <a
          key={part.at}
          href={part.href}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className="text-accent-text underline"
        >
          {part.text}
        </a>
      ) : (
        <Fragment key={part.at}>{wordsOf(part.text)}</Fragment>
      )
    }
  </LinkedText>
);

const MessageText = ({ entities, ...props }: Pick<BubbleProps, "text" | "wordsOf" | "entities">) =>
  entities && entities.length > 0 ? (
    <FormattedText text={props.text} entities={entities}>
      {(words, key) => <LinkedWords key={key} {...props} text={words} />}
    </FormattedText>
  ) : (
    <LinkedWords {...props} />
  );

/** One message: its stamp floats at the end of the last line, or lies on a photo that has no words. */
export function Bubble({ own, author, text, photos, joinsAbove, stamp, tone = "plain", ...props }: BubbleProps) {
  const hasPhotos = photos.length > 0;
  const isOverPhoto = hasPhotos && text === "";
  return (
    <div
      className={cx(
        "relative min-w-0 text-fg",
        cornerClass(own, joinsAbove),
        TONE_CLASS[tone][own ? "out" : "in"],
        hasPhotos ? "p-[3px]" : "px-2.5 py-1.5",
        props.className,
      )}
    >
      <span className="sr-only">{author}: </span>
      <div className={hasPhotos ? "px-[7px] pt-[3px] empty:hidden" : ""}>{props.head}</div>
      {hasPhotos ? <PhotoGrid photos={photos} onOpen={props.onOpenPhoto} /> : null}
      {isOverPhoto ? (
        <Stamp
          {...stamp}
          className="absolute right-2.5 bottom-2.5 rounded-full bg-photo-control px-1.5 text-on-photo [--read:var(--color-on-photo)]"
        />
      ) : (
        <div
          dir="auto"
          className={cx(
            "flow-root whitespace-pre-wrap text-start",
            props.isDeleted && "text-bubble-meta italic",
            hasPhotos && "w-(--photos,310px) max-w-full px-[7px] pt-1 pb-[3px]",
          )}
        >
          <MessageText text={text} entities={props.entities} wordsOf={props.wordsOf} />
          <span className="float-end -mb-px ms-2.5 mt-[5px] flex">
            <Stamp {...stamp} className={META_CLASS[tone]} />
          </span>
        </div>
      )}
    </div>
  );
}

type QuoteProps = {
  author: string;
  text: string;
  /** Goes to the quoted message. */
  onOpen?: (() => void) | undefined;
};

export function Quote({ author, text, onOpen }: QuoteProps) {
  const t = useTranslations("message");
  const className = "mb-1 block w-full border-accent border-l-2 pl-2 text-left text-12 text-fg-2";
  const lines = (
    <>
      <span dir="auto" className="block truncate font-semibold text-accent-text">
        {author}
      </span>
      <span dir="auto" className="line-clamp-2">
        {text || "…"}
      </span>
    </>
  );
  return onOpen ? (
    <button type="button" title={t("goToQuoted")} onClick={onOpen} className={className}>
      {lines}
    </button>
  ) : (
    <div className={className}>{lines}</div>
  );
}

export const footActionClass =
  "min-h-8 px-0.5 font-medium text-accent-text hover:underline md:min-h-6 pointer-coarse:min-h-11";

export type NotSentProps = {
  reason: string;
  clientId: string;
  queue: { retry(clientId: string): void; discard(clientId: string): void };
};

/** Beneath a message that was refused: it was never stored, so it can be sent again or forgotten. */
export function NotSent({ reason, clientId, queue }: NotSentProps) {
  const t = useTranslations("message");
  return (
    <span role="alert" className="inline-flex flex-wrap items-center justify-end gap-x-1.5">
      <span className="text-danger">{t("notSent", { reason })}</span>
      <button type="button" onClick={() => queue.retry(clientId)} className={footActionClass}>
        {t("retry")}
      </button>
      <button type="button" onClick={() => queue.discard(clientId)} className={footActionClass}>
        {t("delete")}
      </button>
    </span>
  );
}
