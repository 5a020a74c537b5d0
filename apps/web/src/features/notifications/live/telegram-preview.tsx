import { Pin } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Icon } from "../../../ui/icon.tsx";
import { LinkedText } from "../../thread/linked-text.tsx";

/** What Telegram makes something to press of in a plain text, beside addresses. */
const ACTIVE = /((?<![\p{L}\p{N}_])[@#][\p{L}\p{N}_]{2,}|(?<![\p{L}\p{N}_/])\/[a-z0-9_]{1,32}(?![\p{L}\p{N}_/]))/iu;

const Text = ({ text }: { text: string }) => (
  <LinkedText text={text}>
    {({ at, text: part, href }) =>
      href ? (
        <span key={at} className="text-accent-text underline">
          {part}
        </span>
      ) : (
        part.split(ACTIVE).map((piece, index) =>
          index % 2 === 1 ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text have no other name
            <span key={`${at}-${index}`} className="text-accent-text">
              {piece}
            </span>
          ) : (
            piece
          ),
        )
      )
    }
  </LinkedText>
);

/** The message as its readers see it: plain text, with what Telegram links by itself, and the bar of what is pinned above. */
export function TelegramPreview({ text, isPinned, at }: { text: string; isPinned: boolean; at: string }) {
  const t = useTranslations("live.broadcast");
  const time = useTimeText();
  return (
    <figure aria-label={t("preview")} className="overflow-hidden rounded-2 border border-line-2 bg-canvas">
      {isPinned ? (
        <p className="flex items-center gap-2 border-line border-b bg-surface px-3 py-1.5 text-12">
          <span className="w-0.5 self-stretch rounded-full bg-accent" />
          <span className="min-w-0 flex-1">
            <span className="block font-medium text-accent-text">{t("pinnedMessage")}</span>
            <span className="block truncate text-muted">{text}</span>
          </span>
          <Icon of={Pin} size={14} className="text-muted" />
        </p>
      ) : null}
      <div className="p-3">
        <p
          dir="auto"
          className="relative w-fit max-w-full whitespace-pre-wrap rounded-4 rounded-bl-1 bg-surface px-3 py-1.5 text-14"
        >
          <Text text={text} />
          <span className="num float-right mt-1.5 ml-3 text-11 text-muted">{time.clock(at)}</span>
        </p>
      </div>
    </figure>
  );
}
