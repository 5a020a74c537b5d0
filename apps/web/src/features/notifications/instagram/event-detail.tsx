import type { InstagramEvent, StoredEvent } from "@pult/api/notifications/schema.ts";
import { ExternalLink, Inbox, RotateCw } from "lucide-react";
import Link from "next/link";
import { type Messages, useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { CopyButton, CopyIconButton } from "../../../ui/copy-button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { inboxHref } from "../../support/inbox/inbox-view.ts";
import { useNotificationRights } from "../rights.ts";
import { Answers } from "./comment-answers.tsx";
import { useSenderText, useTypeText } from "./event-text.ts";
import { useReplay } from "./use-events.ts";

/** An address that a browser may be sent to; what a webhook says need not be one. */
function webAddress(url: string | undefined): string | null {
  if (!url || !URL.canParse(url)) return null;
  return ["https:", "http:"].includes(new URL(url).protocol) ? url : null;
}

type Attachment = NonNullable<InstagramEvent["attachments"]>[number];

type Kind = keyof Messages["instagram"]["kind"];

/** Media stands on Instagram's servers, which the page itself does not ask: it opens on its own. */
function Media({ attachment: { type, url } }: { attachment: Attachment }) {
  const t = useTranslations("instagram");
  const address = webAddress(url);
  const kind = t.has(`kind.${type as Kind}`) ? t(`kind.${type as Kind}`) : type || t("media");
  if (!address) return <span className="text-muted">{t("noMedia", { kind })}</span>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" title={address} className={buttonClass({ size: "sm" })}>
      <Icon of={ExternalLink} size={14} />
      {t("openMedia", { kind })}
    </a>
  );
}

function Entry({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-muted">{label}</dt>
      <dd className="num flex min-h-7 min-w-0 items-center gap-1 text-fg-2">{children}</dd>
    </div>
  );
}

function Facts({ event }: { event: InstagramEvent }) {
  const t = useTranslations();
  const time = useTimeText();
  const typeText = useTypeText();
  const senderText = useSenderText();
  const id = (value: string, label: string) => (
    <>
      <span className="min-w-0 break-all font-mono text-12">{value}</span>
      <CopyIconButton text={value} label={label} />
    </>
  );
  const marks = (["isEcho", "isDeleted", "isStandby"] as const).filter((mark) => event[mark]);
  const hints = { isEcho: "echo", isDeleted: "deleted", isStandby: "standby" } as const;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 text-12">
      <Entry label={t("instagram.fact.at")}>{time.full(event.timestamp)}</Entry>
      <Entry label={t("instagram.fact.type")}>{typeText(event.eventType)}</Entry>
      <Entry label={t("instagram.fact.sender")}>
        {event.sender.id ? id(event.sender.id, t("instagram.copySender")) : senderText(event)}
      </Entry>
      <Entry label={t("instagram.fact.account")}>{event.accountId || t("instagram.unknown")}</Entry>
      {event.about ? (
        <Entry label={t("instagram.fact.about")}>{id(event.about, t("instagram.copyAbout"))}</Entry>
      ) : null}
      <Entry label={t("instagram.fact.id")}>{id(event.id, t("instagram.copyId"))}</Entry>
      {marks.map((mark) => (
        <Entry key={mark} label={t(`instagram.mark.${hints[mark]}`)}>
          {t(`instagram.markHint.${hints[mark]}`)}
        </Entry>
      ))}
    </dl>
  );
}

function Replay({ eventId }: { eventId: number }) {
  const t = useTranslations();
  const { mayWrite } = useNotificationRights();
  const [isAsking, setAsking] = useState(false);
  const replay = useReplay(() => setAsking(false));
  if (!mayWrite) return <p className="text-12 text-muted">{t("instagram.readOnly")}</p>;
  return (
    <>
      <Button size="sm" onClick={() => setAsking(true)}>
        <Icon of={RotateCw} size={14} />
        {t("instagram.replay")}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title={t("instagram.replayTitle")}
          text={<p>{t("instagram.replayText")}</p>}
          action={t("instagram.replay")}
          isBusy={replay.isPending}
          onClose={() => setAsking(false)}
          onConfirm={() => replay.mutate({ eventId })}
        />
      ) : null}
    </>
  );
}

/** The conversation that a direct message opened, found by its customer. */
function InInbox({ event: { eventType, sender, isEcho } }: { event: InstagramEvent }) {
  const t = useTranslations("instagram");
  const isOpened = ["messages", "story_mentions", "postback"].includes(eventType) && !isEcho && sender.id;
  if (!useMay()("support:read") || !isOpened) return null;
  return (
    <Link href={inboxHref("/inbox", { view: "all", q: sender.id ?? "" })} className={buttonClass({ size: "sm" })}>
      <Icon of={Inbox} size={14} />
      {t("openInInbox")}
    </Link>
  );
}

/** Everything that is known of an event, its media, and how to have it delivered once more. */
export function EventDetail({ stored }: { stored: StoredEvent }) {
  const t = useTranslations();
  const { eventId, event } = stored;
  return (
    <div className="flex flex-col gap-3 border-line border-t bg-surface-2 px-4 py-3 md:pl-[296px]">
      {event.content ? (
        <p dir="auto" className="whitespace-pre-wrap text-14">
          {event.content}
        </p>
      ) : null}
      {event.attachments ? (
        <ul aria-label={t("instagram.mediaList")} className="flex flex-wrap items-center gap-2">
          {event.attachments.map((attachment, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: attachments have no id and never change
            <li key={index}>
              <Media attachment={attachment} />
            </li>
          ))}
        </ul>
      ) : null}
      <Answers stored={stored} />
      <Facts event={event} />
      <div className="flex flex-wrap items-center gap-2">
        <InInbox event={event} />
        <Replay eventId={eventId} />
        <CopyButton size="sm" text={JSON.stringify(event, null, 2)} label={t("instagram.copyJson")} />
      </div>
    </div>
  );
}
