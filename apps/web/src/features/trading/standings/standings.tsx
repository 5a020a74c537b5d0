import type { Holders, Leaderboard, Standing } from "@pult/api/trading/market/schema.ts";
import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { cx } from "../../../ui/cx.ts";
import { Segmented } from "../../../ui/segmented.tsx";
import type { ReadRoom } from "../room/use-room-store.ts";
import { toneOf, useTradingText } from "../use-trading-text.ts";
import { useHolders, useLeaderboard } from "./use-standings.ts";

const ROW = "flex min-h-8 items-center gap-2 px-4 md:min-h-7";

type ListProps = { myTraderId: string | null };

function Name({ children, isOwn }: { children: ReactNode; isOwn: boolean }) {
  return (
    <span dir="auto" className={cx("min-w-0 flex-1 truncate", isOwn && "font-semibold")}>
      {children}
    </span>
  );
}

export function HolderList({ holders, myTraderId }: Holders & ListProps) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const most = holders[0]?.shareBps ?? 1;
  if (holders.length === 0) return <p className="px-4 py-4 text-12 text-muted">{t("standings.noHolders")}</p>;
  return (
    <ol>
      {holders.map((holder) => {
        const isOwn = holder.traderId === myTraderId;
        return (
          <li key={holder.traderId} className={ROW} title={text.tokens(holder.token)}>
            <Name isOwn={isOwn}>{isOwn ? t("line.youName") : text.trader(holder)}</Name>
            <span aria-hidden className="h-1 w-16 shrink-0 overflow-hidden rounded-full bg-surface-4">
              <span
                className="block h-full rounded-full bg-fg-2"
                style={{ width: `${(holder.shareBps / Math.max(most, 1)) * 100}%` }}
              />
            </span>
            <span className="num w-14 shrink-0 text-right text-muted">{text.share(holder.shareBps)}</span>
          </li>
        );
      })}
    </ol>
  );
}

type StandingListProps = Leaderboard & ListProps & { aside?: ((standing: Standing) => ReactNode) | undefined };

export function StandingList({ standings, myTraderId, aside }: StandingListProps) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const format = useFormatter();
  return (
    <ol>
      {standings.map((standing) => {
        const isOwn = standing.traderId === myTraderId;
        const { realised, unrealised, total } = standing.result;
        const parts = t("standings.parts", {
          realised: text.solResult(realised),
          unrealised: text.solResult(unrealised),
        });
        return (
          <li key={standing.traderId} className={cx(ROW, "group/line")} title={parts}>
            <span className="num w-5 shrink-0 text-muted">{format.number(standing.rank)}</span>
            <Name isOwn={isOwn}>{isOwn ? t("line.youName") : text.trader(standing)}</Name>
            {isOwn ? null : aside?.(standing)}
            <span className={cx("num shrink-0 text-right", toneOf(total))}>{text.solResult(total)}</span>
          </li>
        );
      })}
    </ol>
  );
}

const SHOWN = 10;
const VIEWS = ["holders", "leaderboard"] as const;

type StandingsProps = Pick<ReadRoom, "port" | "room"> & Pick<StandingListProps, "aside">;

/** Who holds the most, or who won the most. */
export function Standings({ port, room, aside }: StandingsProps) {
  const t = useTranslations("rooms.standings");
  const format = useFormatter();
  const [view, setView] = useState<(typeof VIEWS)[number]>("holders");
  const holders = useHolders({ port, room }, SHOWN);
  const leaderboard = useLeaderboard({ port, room }, SHOWN);
  const myTraderId = room.me?.traderId ?? null;
  const count = view === "holders" ? holders.data?.count : room.members;
  return (
    <section aria-label={t("title")}>
      <div className="flex min-h-11 items-center justify-between gap-2 px-4">
        <Segmented
          label={t("title")}
          value={view}
          options={VIEWS.map((value) => ({ value, label: t(value) }))}
          onChange={setView}
        />
        <span className="num text-12 text-muted">{count === undefined ? "" : format.number(count)}</span>
      </div>
      {view === "holders" && holders.data ? <HolderList {...holders.data} myTraderId={myTraderId} /> : null}
      {view === "leaderboard" && leaderboard.data ? (
        <StandingList {...leaderboard.data} myTraderId={myTraderId} aside={aside} />
      ) : null}
    </section>
  );
}
