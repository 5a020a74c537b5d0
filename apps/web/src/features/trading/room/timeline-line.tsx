import type { ChatMessage, RoomEvent, RoomTrade } from "@pult/api/trading/schema.ts";
import { ArrowDownLeft, ArrowUpRight } from "lucide-react";
import { useTranslations } from "next-intl";
import { Fragment, memo, type ReactNode } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { LinkedText } from "../../thread/linked-text.tsx";
import type { Entry } from "../timeline.ts";
import { useTradingText } from "../use-trading-text.ts";

type TradeLineProps = { trade: RoomTrade; isOwn: boolean };

/** Who did it, which way, and for how much. */
export function TradeLine({ trade, isOwn }: TradeLineProps) {
  const t = useTranslations("rooms.line");
  const tRooms = useTranslations("rooms");
  const text = useTradingText();
  const time = useTimeText();
  const { side, amountIn, amountOut, at } = trade;
  const isBuy = side === "buy";
  const [sol, token] = isBuy ? [amountIn, amountOut] : [amountOut, amountIn];
  const name = isOwn ? t("you") : text.trader(trade);
  const figures = { name, tokens: text.brief(token, "token"), sol: tRooms("sol", { amount: text.brief(sol, "sol") }) };
  return (
    <p className="flex items-center gap-2 py-0.5 text-12 text-fg-2" title={`${name}, ${time.full(at)}`}>
      <span className={cx("grid w-6 shrink-0 place-items-center", isBuy ? "text-success" : "text-danger")}>
        <Icon of={isBuy ? ArrowUpRight : ArrowDownLeft} size={14} />
      </span>
      <span dir="auto" className="num min-w-0 flex-1 truncate">
        {t.rich(isOwn ? (isBuy ? "youBought" : "youSold") : isBuy ? "bought" : "sold", {
          ...figures,
          who: (chunks: ReactNode) => (
            <b className="inline-block max-w-28 truncate align-bottom font-medium text-fg">{chunks}</b>
          ),
        })}
      </span>
    </p>
  );
}

type MessageLineProps = {
  message: Pick<ChatMessage, "userId" | "name" | "text" | "at">;
  isOwn: boolean;
  joinsAbove: boolean;
  /** Beside the name: what can be done about it. */
  aside?: ReactNode;
  /** Beneath the words: why they were not sent. */
  foot?: ReactNode;
  isWaiting?: boolean;
};

export function MessageLine({ message, isOwn, joinsAbove, aside, foot, isWaiting = false }: MessageLineProps) {
  const t = useTranslations("rooms.line");
  const { trader } = useTradingText();
  const time = useTimeText();
  const name = trader(message);
  return (
    <div className={cx("group/line grid grid-cols-[24px_minmax(0,1fr)] gap-x-2", joinsAbove ? "mt-0.5" : "mt-2.5")}>
      {joinsAbove ? <span /> : <Avatar name={name} size={24} className="mt-0.5" />}
      <div className="min-w-0">
        {joinsAbove ? null : (
          <p className="flex min-h-5 items-baseline gap-2">
            <b dir="auto" className="min-w-0 truncate font-semibold">
              {isOwn ? t("youName") : name}
            </b>
            <time dateTime={message.at} title={time.full(message.at)} className="num shrink-0 text-11 text-muted">
              {isWaiting ? t("sending") : time.clock(message.at)}
            </time>
            {aside}
          </p>
        )}
        <p dir="auto" className={cx("whitespace-pre-wrap", isWaiting && "text-muted")}>
          <LinkedText text={message.text}>
            {({ at, text, href }) =>
              href ? (
                <a key={at} href={href} target="_blank" rel="noreferrer" className="text-accent-text underline">
                  {text}
                </a>
              ) : (
                <Fragment key={at}>{text}</Fragment>
              )
            }
          </LinkedText>
        </p>
        {foot}
      </div>
    </div>
  );
}

export type OtherEvent = Exclude<RoomEvent, { type: "traded" | "messageSent" }>;

/** Who came and went, what moderators did, and the end. */
function NewsLine({ event, isOwn, wayBack }: { event: OtherEvent; isOwn: boolean; wayBack: ReactNode }) {
  const t = useTranslations("rooms.line");
  const tRooms = useTranslations("rooms");
  const text = useTradingText();
  const time = useTimeText();
  const said = () => {
    if (event.type === "completed") return t("completed", { price: text.price(event.finalPrice) });
    if (event.type === "closed") return t("closed");
    const name = isOwn ? t("youName") : text.trader(event);
    switch (event.type) {
      case "tierReached":
        return t("tierReached", { name, tier: tRooms(`tier.${event.tier}`) });
      case "muted":
        return event.until === null
          ? t("unmuted", { name })
          : t("muted", { name, until: time.moment(event.until), reason: event.reason ?? "none" });
      case "warned":
        return t("warned", { name, reason: event.reason ?? "" });
      case "removed":
        return t("removed", { name, reason: event.reason ?? "none" });
      case "spoke":
        return t("spoke", { name, text: event.text });
      default:
        return t(event.type, { name });
    }
  };
  const isLoud = event.type === "completed" || event.type === "closed";
  const isModeration = event.type === "muted" || event.type === "warned" || event.type === "removed";
  return (
    <p
      dir="auto"
      title={time.full(event.at)}
      className={cx(
        "my-1 text-center text-12",
        isLoud ? "font-semibold text-fg" : isModeration ? "text-warning" : "text-muted",
      )}
    >
      {said()}
      {wayBack}
    </p>
  );
}

type LineProps = {
  entry: Entry;
  myTraderId: string | null;
  joinsAbove: boolean;
  aside?: ((message: ChatMessage) => ReactNode) | undefined;
  /** After what a moderator did: how it is taken back. */
  wayBack?: ((event: OtherEvent) => ReactNode) | undefined;
};

export const TimelineLine = memo(function TimelineLine({ entry, myTraderId, joinsAbove, ...slots }: LineProps) {
  const { event } = entry;
  if (event.type === "traded") return <TradeLine trade={event.trade} isOwn={event.trade.traderId === myTraderId} />;
  if (event.type === "messageSent") {
    const { message } = event;
    const isOwn = message.traderId === myTraderId;
    return <MessageLine {...{ message, isOwn, joinsAbove }} aside={isOwn ? null : slots.aside?.(message)} />;
  }
  const isOwn = "traderId" in event && event.traderId === myTraderId;
  return <NewsLine event={event} isOwn={isOwn} wayBack={isOwn ? null : slots.wayBack?.(event)} />;
});
