import type { Attachment, FileAttachment } from "@pult/api/support/content.ts";
import { BarChart3, Dices, MapPin, Package, UserRound } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { Icon } from "../../ui/icon.tsx";
import { useAttachmentName } from "./attachment-name.ts";
import { MediaView } from "./media-view.tsx";

type AttachmentsProps = {
  attachments: readonly Attachment[];
  /** What can be done about a file that could not be fetched; nothing where the reader can do nothing. */
  actionOf?: ((file: FileAttachment) => ReactNode) | undefined;
};

/** What a message shows beside text and photos. */
export function Attachments({ attachments, actionOf }: AttachmentsProps) {
  return attachments.map((one, at) => {
    const key = "id" in one ? one.id : `${one.kind} ${at}`;
    return "id" in one ? <File key={key} file={one} actionOf={actionOf} /> : <Card key={key} card={one} />;
  });
}

function File({ file, actionOf }: { file: FileAttachment } & Pick<AttachmentsProps, "actionOf">) {
  const t = useTranslations("attachment");
  const label = file.name ?? (file.emoji ? `${t("sticker")} ${file.emoji}` : t(file.kind));
  return (
    <>
      <MediaView file={{ ...file, type: file.kind, label }} />
      {file.url === null ? (
        <p className="mb-1 flex flex-wrap items-center gap-x-2 text-12 text-warning">
          <span>{file.missing ? t("missingBecause", { reason: file.missing }) : t("missing")}</span>
          {actionOf?.(file)}
        </p>
      ) : null}
    </>
  );
}

const CARD_ICONS = { location: MapPin, contact: UserRound, poll: BarChart3, dice: Dices, other: Package };

type CardOf = Exclude<Attachment, FileAttachment>;

function Card({ card }: { card: CardOf }) {
  const { title, lines, href } = useCardText(card);
  const content = (
    <>
      <span className="grid size-9 shrink-0 place-items-center rounded-2 bg-surface text-accent-text">
        <Icon of={CARD_ICONS[card.kind]} />
      </span>
      <span className="min-w-0">
        <span dir="auto" className="block break-words font-medium">
          {title}
        </span>
        {lines.map((line) => (
          <span key={line} dir="auto" className="num block break-words text-12 text-bubble-meta">
            {line}
          </span>
        ))}
      </span>
    </>
  );
  const className = "my-1 flex min-h-11 max-w-full items-center gap-2.5";
  return href ? (
    <a href={href} target="_blank" rel="noopener noreferrer" className={`${className} hover:underline`}>
      {content}
    </a>
  ) : (
    <div className={className}>{content}</div>
  );
}

function useCardText(card: CardOf): { title: string; lines: string[]; href: string | null } {
  const t = useTranslations("attachment");
  const time = useTimeText();
  const nameOf = useAttachmentName();
  switch (card.kind) {
    case "location": {
      const { latitude, longitude, liveUntil } = card;
      const place = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
      const live = liveUntil ? t("liveUntil", { time: time.moment(liveUntil) }) : null;
      const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
      return {
        title: card.title ?? t("location"),
        lines: [card.address, place, live].filter((line) => line !== null),
        href,
      };
    }
    case "contact":
      return {
        title: card.name || t("contact"),
        lines: [card.phone],
        href: /^\+?[\d\s()-]+$/.test(card.phone) ? `tel:${card.phone}` : null,
      };
    case "poll":
      return { title: t("named", { kind: t("poll"), title: card.title }), lines: card.options, href: null };
    case "dice":
      return { title: `${card.emoji} ${card.value}`, lines: [], href: null };
    case "other":
      return { title: nameOf({ kind: card.type, detail: card.title }), lines: [], href: null };
  }
}
