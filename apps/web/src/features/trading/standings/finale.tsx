import { Lock, Trophy } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { changeBps } from "../amounts.ts";
import { START_PRICE } from "../curve.ts";
import type { ReadRoom } from "../room/use-room-store.ts";
import { toneOf, useTradingText } from "../use-trading-text.ts";
import { StandingList } from "./standings.tsx";
import { useLeaderboard } from "./use-standings.ts";

const SHOWN = 10;
/** One's own place is looked for among as many. */
const LOOKED_AT = 200;

/** In the place of the ticket once a room has ended: why nothing can be traded, the last price, and who stands where. */
export function Finale({ port, room }: Pick<ReadRoom, "port" | "room">) {
  const t = useTranslations("rooms.finale");
  const text = useTradingText();
  const time = useTimeText();
  const format = useFormatter();
  const { data } = useLeaderboard({ port, room }, LOOKED_AT);
  const isComplete = room.completedAt !== null;
  const change = changeBps(START_PRICE, room.price);
  const endedAt = room.completedAt ?? room.closedAt;
  const mine = data?.standings.find(({ traderId }) => traderId === room.me?.traderId);
  return (
    <section aria-labelledby="finale" className="pb-3">
      <div className="flex flex-col gap-1 px-4 py-4">
        <Icon of={isComplete ? Trophy : Lock} size={24} className="text-muted" />
        <h2 id="finale" className="mt-1 font-semibold text-16">
          {t(isComplete ? "completed" : "closed")}
        </h2>
        <p className="text-fg-2">{t(isComplete ? "completedHint" : "closedHint")}</p>
        <p className="mt-2 flex flex-wrap items-baseline gap-x-2 *:whitespace-nowrap">
          <span className="num font-semibold text-20">{text.price(room.price)}</span>
          <span className="text-12 text-muted">{t("lastPrice")}</span>
          <span className={cx("num font-medium", toneOf(change))}>{text.change(change)}</span>
        </p>
        {endedAt ? <p className="num text-12 text-muted">{t("ended", { time: time.moment(endedAt) })}</p> : null}
      </div>
      {mine ? (
        <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-y-1.5 border-line border-t px-4 py-3">
          <dt className="pr-3 text-muted">{t("place")}</dt>
          <dd className="num text-right font-semibold">
            {t("placeOf", { place: format.number(mine.rank), count: format.number(data?.standings.length ?? 0) })}
          </dd>
          <dt className="pr-3 text-muted">{t("result")}</dt>
          <dd className={cx("num text-right font-semibold", toneOf(mine.result.total))}>
            {text.solResult(mine.result.total)}
          </dd>
          <dt className="pr-3 text-muted">{t("held")}</dt>
          <dd className="num text-right">{text.tokens(mine.balances.token)}</dd>
        </dl>
      ) : null}
      <div className="border-line border-t">
        <h3 className="flex min-h-11 items-center px-4 font-semibold">{t("standings")}</h3>
        {data ? (
          <StandingList standings={data.standings.slice(0, SHOWN)} myTraderId={room.me?.traderId ?? null} />
        ) : null}
      </div>
    </section>
  );
}
