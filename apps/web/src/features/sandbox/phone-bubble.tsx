"use client";

import { Check, CircleAlert, Clock, FileText, Pencil, Reply } from "lucide-react";
import { useTranslations } from "next-intl";
import { useClock } from "../../i18n/use-clock.ts";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import type { PhoneLine } from "./phone-lines.ts";

/** Photos of one message; each opens by itself. */
export function PhotoGrid({
  urls,
  author,
  className,
}: {
  urls: readonly string[];
  author: string;
  className?: string;
}) {
  const t = useTranslations("sandbox");
  return (
    <span className={cx("grid gap-0.5", urls.length === 1 ? "grid-cols-1" : "grid-cols-2", className)}>
      {urls.map((url, index) => (
        <a
          key={url}
          href={url}
          target="_blank"
          rel="noreferrer"
          className="block overflow-hidden rounded-1 bg-surface-4"
        >
          {/* biome-ignore lint/performance/noImgElement: from this server, in the size it is shown in */}
          <img
            src={url}
            alt={t("photoAlt", { index: index + 1, count: urls.length, author })}
            className="block aspect-4/3 w-full object-cover"
          />
        </a>
      ))}
    </span>
  );
}

export type BubbleActions = {
  onReply?: (line: PhoneLine) => void;
  onEdit?: (line: PhoneLine) => void;
  onPress?: (line: PhoneLine, data: string) => void;
  onRetry?: (line: PhoneLine) => void;
  onDiscard?: (line: PhoneLine) => void;
};

const STATE_ICONS = { sending: Clock, sent: Check, failed: CircleAlert } as const;
const smallButton =
  "grid size-7 place-items-center rounded-full bg-surface text-fg-2 shadow-float hover:text-fg max-md:size-9";

function Stamp({ line }: { line: PhoneLine }) {
  const t = useTranslations("sandbox");
  const clock = useClock();
  return (
    <span className="num float-right mt-[5px] -mb-px ml-2.5 inline-flex items-center gap-[3px] text-11/4 text-bubble-meta">
      {line.isEdited ? <span>{t("edited")}</span> : null}
      <time dateTime={line.at}>{clock(line.at)}</time>
      {line.own ? (
        <>
          <Icon of={STATE_ICONS[line.state]} size={14} className={line.state === "failed" ? "text-danger" : ""} />
          <span className="sr-only">{t(`state.${line.state}`)}</span>
        </>
      ) : null}
    </span>
  );
}

/** Shown beside the bubble on hover and focus, always where there is no hover. */
function Tools({ line, onReply, onEdit }: { line: PhoneLine } & BubbleActions) {
  const t = useTranslations("sandbox");
  if (!line.message || (!onReply && !onEdit)) return null;
  return (
    <span className="flex shrink-0 gap-1 self-center [@media(hover:hover)]:opacity-0 [@media(hover:hover)]:focus-within:opacity-100 [@media(hover:hover)]:group-hover:opacity-100">
      {line.own && onEdit ? (
        <button
          type="button"
          aria-label={t("edit")}
          title={t("edit")}
          className={smallButton}
          onClick={() => onEdit(line)}
        >
          <Icon of={Pencil} size={14} />
        </button>
      ) : null}
      {onReply ? (
        <button
          type="button"
          aria-label={t("reply")}
          title={t("reply")}
          className={smallButton}
          onClick={() => onReply(line)}
        >
          <Icon of={Reply} size={14} />
        </button>
      ) : null}
    </span>
  );
}

function Content({ line, author }: { line: PhoneLine; author: string }) {
  return (
    <div
      className={cx(
        "min-w-0 max-w-[276px] rounded-4 text-14/5",
        line.own ? "rounded-br-1 bg-bubble-out" : "rounded-bl-1 bg-bubble-in",
        line.photoUrls.length > 0 && "w-[240px] p-[3px]",
        line.state === "failed" && "outline-1 -outline-offset-1 outline-danger",
      )}
    >
      <span className="sr-only">{author}: </span>
      {line.photoUrls.length > 0 ? <PhotoGrid urls={line.photoUrls} author={author} /> : null}
      <div className={cx("flow-root", line.photoUrls.length > 0 ? "px-[7px] pt-1 pb-[3px]" : "px-2.5 py-1.5")}>
        {line.quote ? (
          <span className="mb-1 block border-accent border-l-2 pl-2 text-12/4 text-fg-2">
            <b className="block truncate font-semibold text-accent-text">{line.quote.author}</b>
            <span className="line-clamp-1">{line.quote.text}</span>
          </span>
        ) : null}
        {line.document ? (
          <span className="flex items-center gap-1 font-medium">
            <Icon of={FileText} />
            {line.document}
          </span>
        ) : null}
        <span className="whitespace-pre-wrap">{line.text}</span>
        <Stamp line={line} />
        {line.reactions.length > 0 ? <span className="block text-14">{line.reactions.join(" ")}</span> : null}
      </div>
    </div>
  );
}

/** One message on a phone's screen. */
export function PhoneBubble({ line, author, ...actions }: { line: PhoneLine; author: string } & BubbleActions) {
  const t = useTranslations("sandbox");
  if (line.isService) return <li className="my-1 text-center text-12 text-muted">{line.text}</li>;
  return (
    <li className={cx("group mt-1.5 flex flex-col", line.own ? "items-end" : "items-start")}>
      <div className={cx("flex max-w-full gap-1.5", line.own ? "flex-row" : "flex-row-reverse")}>
        <Tools line={line} {...actions} />
        <Content line={line} author={author} />
      </div>
      {line.buttons.map((row) => (
        <div key={row.map((button) => button.data).join()} className="mt-1 flex w-[240px] max-w-full gap-1">
          {row.map((button) => (
            <button
              key={button.data}
              type="button"
              onClick={() => actions.onPress?.(line, button.data)}
              className="min-h-9 flex-1 rounded-2 bg-surface-4 px-2 font-medium text-13"
            >
              {button.text}
            </button>
          ))}
        </div>
      ))}
      {line.state === "failed" ? (
        <p role="alert" className="flex flex-wrap justify-end gap-x-2 text-12 text-danger">
          {t("notSent", { reason: line.failure ?? "" })}
          <button
            type="button"
            className="min-h-6 font-medium text-accent-text"
            onClick={() => actions.onRetry?.(line)}
          >
            {t("retry")}
          </button>
          <button
            type="button"
            className="min-h-6 font-medium text-accent-text"
            onClick={() => actions.onDiscard?.(line)}
          >
            {t("delete")}
          </button>
        </p>
      ) : null}
    </li>
  );
}
