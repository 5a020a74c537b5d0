import { FileText, Heart, type LucideIcon, Pencil, Reply, Undo2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { Bubble, NotSent, type NotSentProps, Quote } from "../thread/bubble.tsx";
import type { OpenedPhotos } from "../thread/photo-grid.tsx";
import type { PhoneLine } from "./phone-lines.ts";

export type BubbleActions = {
  onOpenPhotos: (opened: OpenedPhotos) => void;
  onReply?: (line: PhoneLine) => void;
  onEdit?: (line: PhoneLine) => void;
  /** Takes back one's own message. */
  onRemove?: (line: PhoneLine) => void;
  /** Puts an emoji to a message of the other, or takes it away. */
  onReact?: (line: PhoneLine) => void;
  /** Where a line that was not sent waits, by its key. */
  queue?: NotSentProps["queue"];
};

type ToolProps = { icon: LucideIcon; label: string; onUse: () => void };

function Tool({ icon, label, onUse }: ToolProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className="grid size-7 place-items-center rounded-full bg-surface text-fg-2 shadow-float hover:text-fg max-md:size-9"
      onClick={onUse}
    >
      <Icon of={icon} size={14} />
    </button>
  );
}

/** Shown beside the bubble on hover and focus, always where there is no hover. */
function Tools({
  line,
  onReply,
  onEdit,
  onRemove,
  onReact,
}: { line: PhoneLine } & Omit<BubbleActions, "onOpenPhotos">) {
  const t = useTranslations("sandbox");
  if (!onReply) return null;
  return (
    <span className="flex shrink-0 gap-1 self-center [@media(hover:hover)]:opacity-0 [@media(hover:hover)]:focus-within:opacity-100 [@media(hover:hover)]:group-hover:opacity-100">
      {line.own && onEdit ? <Tool icon={Pencil} label={t("edit")} onUse={() => onEdit(line)} /> : null}
      {line.own && onRemove ? <Tool icon={Undo2} label={t("unsend")} onUse={() => onRemove(line)} /> : null}
      {!line.own && onReact ? <Tool icon={Heart} label={t("react")} onUse={() => onReact(line)} /> : null}
      <Tool icon={Reply} label={t("reply")} onUse={() => onReply(line)} />
    </span>
  );
}

export function PhoneBubble({ line, author, ...actions }: { line: PhoneLine; author: string } & BubbleActions) {
  const t = useTranslations("sandbox");
  const { own, text, photos, quote, document, state } = line;
  if (line.isService) return <li className="my-1 text-center text-12 text-muted">{text}</li>;
  return (
    <li className={cx("group mt-1.5 flex flex-col text-12", own ? "items-end" : "items-start")}>
      <div className={cx("flex max-w-full gap-1.5", own ? "flex-row" : "flex-row-reverse")}>
        <Tools line={line} {...actions} />
        <Bubble
          own={own}
          author={author}
          text={text}
          photos={photos}
          joinsAbove={false}
          tone={state === "failed" ? "failed" : "plain"}
          head={
            quote || document ? (
              <>
                {quote ? <Quote {...quote} /> : null}
                {document ? (
                  <span className="flex items-center gap-1 font-medium text-14">
                    <Icon of={FileText} />
                    {document}
                  </span>
                ) : null}
              </>
            ) : null
          }
          stamp={{ at: line.at, isEdited: line.isEdited, mark: own ? { state, title: t(`state.${state}`) } : null }}
          onOpenPhoto={(start) => actions.onOpenPhotos({ photos, start, author })}
          className="max-w-[276px] text-14/5"
        />
      </div>
      {line.reaction ? (
        <span className="z-1 -mt-1.5 mr-2 ml-2 rounded-full border border-line bg-surface px-1.5 text-12/5">
          {line.reaction}
        </span>
      ) : null}
      {state === "failed" && actions.queue ? (
        <NotSent reason={line.failure ?? ""} clientId={line.key} queue={actions.queue} />
      ) : null}
    </li>
  );
}
