import type { RoomState, RoomTrade } from "@pult/api/trading/schema.ts";
import { useTranslations } from "next-intl";
import { memo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { cx } from "../../../ui/cx.ts";
import { useTradingText } from "../use-trading-text.ts";

const SHOWN = 50;
const cell = "num h-8 whitespace-nowrap px-1.5 first:pl-4 last:pr-4 md:h-6";

const TapeRow = memo(function TapeRow({ trade, isOwn }: { trade: RoomTrade; isOwn: boolean }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const time = useTimeText();
  const isBuy = trade.side === "buy";
  const name = isOwn ? t("line.youName") : text.trader(trade);
  return (
    <tr title={time.full(trade.at)}>
      <td className={cx(cell, "text-muted")}>{time.exact(trade.at)}</td>
      <td className={cx(cell, isBuy ? "text-success" : "text-danger")}>{t(isBuy ? "tape.buy" : "tape.sell")}</td>
      <td className={cx(cell, "text-right")}>{text.brief(isBuy ? trade.amountIn : trade.amountOut, "sol")}</td>
      <td className={cx(cell, "text-right")}>{text.price(trade.price)}</td>
      <td
        dir="auto"
        title={name}
        className={cx(cell, "w-full max-w-0 truncate text-right", isOwn ? "font-semibold" : "text-muted")}
      >
        {name}
      </td>
    </tr>
  );
});

type TapeProps = {
  room: RoomState;
  /** In their order; the room's newest, when left out. */
  trades?: readonly RoomTrade[] | undefined;
};

/** The newest trades of the room, or of a moment of it. */
export function Tape({ room: { me, ...room }, trades = room.trades }: TapeProps) {
  const t = useTranslations("rooms.tape");
  const newest = trades.slice(-SHOWN).reverse();
  if (newest.length === 0) return <p className="px-4 py-6 text-center text-12 text-muted">{t("empty")}</p>;
  const head = "sticky top-0 h-7 whitespace-nowrap bg-surface px-1.5 font-medium text-muted first:pl-4 last:pr-4";
  return (
    <table className="w-full border-collapse text-12">
      <caption className="sr-only">{t("title")}</caption>
      <thead>
        <tr>
          <th className={cx(head, "text-left")}>{t("time")}</th>
          <th className={cx(head, "text-left")}>{t("side")}</th>
          <th className={cx(head, "text-right")}>{t("sol")}</th>
          <th className={cx(head, "text-right")}>{t("price")}</th>
          <th className={cx(head, "text-right")}>{t("by")}</th>
        </tr>
      </thead>
      <tbody>
        {newest.map((trade) => (
          <TapeRow key={trade.sequence} trade={trade} isOwn={trade.traderId === me?.traderId} />
        ))}
      </tbody>
    </table>
  );
}
