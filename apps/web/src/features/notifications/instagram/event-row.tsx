import type { InstagramEvent, StoredEvent } from "@pult/api/notifications/schema.ts";
import { Paperclip } from "lucide-react";
import { useTranslations } from "next-intl";
import { memo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Chip } from "../../../ui/chip.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { OpeningRow } from "../../../ui/opening-row.tsx";
import { useContentText, useSenderText, useTypeText } from "./event-text.ts";
import { iconOf } from "./event-types.ts";

const EventDetail = lazyModule(() => import("./event-detail.tsx")).part((module) => module.EventDetail);

const GRID =
  "grid grid-cols-[minmax(0,1fr)_auto_16px] items-center gap-x-3 px-4 md:grid-cols-[104px_152px_minmax(0,1fr)_auto_16px]";

/** The newest answer's state. */
function ReplyMark({ replies }: Pick<StoredEvent, "replies">) {
  const t = useTranslations("instagram.reply");
  const last = replies?.at(-1);
  if (!last) return null;
  return (
    <Chip tone={REPLY_TONES[last.state]} title={t("by", { name: last.createdBy })}>
      {t(`state.${last.state}`)}
    </Chip>
  );
}

const REPLY_TONES = { pending: "neutral", sent: "success", failed: "danger", unknown: "warning" } as const;

function Marks({ stored: { event, replies }, replayedAt }: EventRowProps) {
  const t = useTranslations("instagram");
  const time = useTimeText();
  const media = event.attachments?.length ?? 0;
  return (
    <span className="flex max-w-40 flex-wrap items-center justify-end gap-1 md:max-w-none">
      <ReplyMark replies={replies} />
      {replayedAt ? <Chip tone="accent">{t("mark.replayed", { time: time.exact(replayedAt) })}</Chip> : null}
      {event.isEcho ? <Chip title={t("markHint.echo")}>{t("mark.echo")}</Chip> : null}
      {event.isStandby ? <Chip title={t("markHint.standby")}>{t("mark.standby")}</Chip> : null}
      {event.isDeleted ? (
        <Chip tone="danger" title={t("markHint.deleted")}>
          {t("mark.deleted")}
        </Chip>
      ) : null}
      {media > 0 ? (
        <span className="num inline-flex items-center gap-0.5 text-12 text-muted">
          <Icon of={Paperclip} size={14} />
          <span aria-hidden>{media}</span>
          <span className="sr-only">{t("content.attachments", { count: media })}</span>
        </span>
      ) : null}
    </span>
  );
}

/** Who, and what they said; on a narrow screen also what it is, and when. */
function Summary({ event }: { event: InstagramEvent }) {
  const time = useTimeText();
  const typeText = useTypeText();
  const senderText = useSenderText();
  const { text, isQuiet } = useContentText()(event);
  return (
    <span className="min-w-0">
      <span className="flex min-w-0 items-baseline gap-1.5">
        <Icon of={iconOf(event.eventType)} size={14} className="self-center text-muted md:hidden" />
        <span className="truncate font-medium">{senderText(event)}</span>
        <span className="num shrink-0 truncate text-12 text-muted md:hidden">
          {typeText(event.eventType)} · {time.short(event.timestamp)}
        </span>
      </span>
      <span dir="auto" title={text} className={cx("block truncate", isQuiet ? "text-muted italic" : "text-fg-2")}>
        {text}
      </span>
    </span>
  );
}

type EventRowProps = { stored: StoredEvent; replayedAt: string | undefined };

/** One event; it opens where it stands. */
export const EventRow = memo(function EventRow({ stored, replayedAt }: EventRowProps) {
  const time = useTimeText();
  const typeText = useTypeText();
  const { event } = stored;
  return (
    <OpeningRow
      className={cx(GRID, "py-2")}
      cells={
        <>
          <span className="num truncate text-muted max-md:hidden" title={time.full(event.timestamp)}>
            {time.exact(event.timestamp)}
          </span>
          <span className="flex min-w-0 items-center gap-2 text-fg-2 max-md:hidden">
            <Icon of={iconOf(event.eventType)} className="text-muted" />
            <span className="truncate" title={event.eventType}>
              {typeText(event.eventType)}
            </span>
          </span>
          <Summary event={event} />
          <Marks stored={stored} replayedAt={replayedAt} />
        </>
      }
    >
      <EventDetail stored={stored} />
    </OpeningRow>
  );
});
