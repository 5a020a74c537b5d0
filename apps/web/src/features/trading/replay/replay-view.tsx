import type { RoomTrade } from "@pult/api/trading/schema.ts";
import { ChartLine, Pause, Play } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useId, useMemo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { changeBps } from "../amounts.ts";
import { START_PRICE } from "../curve.ts";
import { TradeLine } from "../room/timeline-line.tsx";
import type { ReadRoom } from "../room/use-room-store.ts";
import { toneOf, useTradingText } from "../use-trading-text.ts";
import { type Step, tradesUntil } from "./replay.ts";
import { usePlayer, useSteps, useTrades } from "./use-replay.ts";

const SIZE = { width: 1_000, height: 300 };
/** Lines with a price, by their place from the top. */
const GRID = [0, 0.5, 1] as const;

/** Where the steps lie in the picture, which is stretched to its box. Of a picture only: figures that are read stay exact. */
function pictureOf(steps: readonly Step[]) {
  const prices = [START_PRICE, ...steps.map(({ price }) => price)].map(Number);
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const y = (price: number) => SIZE.height * (1 - (price - low) / (high - low || 1));
  const x = (index: number) => (SIZE.width * index) / Math.max(1, steps.length);
  const line = prices.map((price, index) => `${x(index).toFixed(1)} ${y(price).toFixed(1)}`).join("L");
  return { low, high, line: `M${line}`, x, y };
}

type PictureProps = { steps: readonly Step[]; position: number; price: string };

/** The price over the room's life: what was played strong, the rest thin. */
function Picture({ steps, position, price }: PictureProps) {
  const t = useTranslations("rooms.replay");
  const text = useTradingText();
  const playedId = useId();
  const { low, high, line, x, y } = useMemo(() => pictureOf(steps), [steps]);
  const played = x(position);
  const label = t("picture", { from: text.price(START_PRICE), price: text.price(steps.at(-1)?.price ?? START_PRICE) });
  return (
    <div className="relative mx-4 mt-12 min-h-24 flex-1">
      <svg
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
        className="absolute inset-0 size-full overflow-visible"
      >
        <clipPath id={playedId}>
          <rect x={0} y={-20} width={played} height={SIZE.height + 40} />
        </clipPath>
        {GRID.map((share) => (
          <path
            key={share}
            d={`M0 ${SIZE.height * share}H${SIZE.width}`}
            className="stroke-line"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        <path d={line} fill="none" className="stroke-line-2" vectorEffect="non-scaling-stroke" />
        <g clipPath={`url(#${playedId})`}>
          <path d={`${line}V${SIZE.height}H0Z`} className="fill-accent opacity-10" />
          <path d={line} fill="none" className="stroke-[1.5px] stroke-accent" vectorEffect="non-scaling-stroke" />
        </g>
      </svg>
      {GRID.map((share) => (
        <span
          key={share}
          aria-hidden
          className="num absolute right-0 -translate-y-full text-11 text-muted"
          style={{ top: `${share * 100}%` }}
        >
          {text.price((high - (high - low) * share).toFixed(9))}
        </span>
      ))}
      <span
        aria-hidden
        className="absolute size-2.5 -translate-x-1/2 -translate-y-1/2 rounded-full border-2 border-surface bg-accent"
        style={{ left: `${(played / SIZE.width) * 100}%`, top: `${(y(Number(price)) / SIZE.height) * 100}%` }}
      />
    </div>
  );
}

type ReplayViewProps = ReadRoom & {
  /** Trades that were made until the moment that is shown; null where they are not known, and at the end. */
  onMoment?: ((trades: readonly RoomTrade[] | null) => void) | undefined;
};

/** The life of a room that has ended, told in seconds: its price, and its trades one after the other. */
export function ReplayView({ onMoment, ...read }: ReplayViewProps) {
  const t = useTranslations("rooms.replay");
  const failureText = useFailureText();
  const { steps, endedAt, failure, retry } = useSteps(read);
  if (failure) {
    return (
      <EmptyState icon={ChartLine} title={t("failed")} hint={failureText(failure)} role="alert">
        <Button onClick={retry}>{t("tryAgain")}</Button>
      </EmptyState>
    );
  }
  if (!steps) return null;
  if (steps.length === 0) return <EmptyState icon={ChartLine} title={t("empty")} hint={t("emptyHint")} />;
  return <Player {...read} steps={steps} endedAt={endedAt} onMoment={onMoment} />;
}

function Player({ steps, endedAt, onMoment, ...read }: ReplayViewProps & { steps: readonly Step[]; endedAt: string }) {
  const t = useTranslations("rooms.replay");
  const text = useTradingText();
  const time = useTimeText();
  const format = useFormatter();
  const { room } = read;
  const { position, isTouched, isPlaying, play, pause, seek } = usePlayer(steps.length);
  const trades = useTrades(read, isTouched);
  const step = steps[position - 1];
  const price = step?.price ?? START_PRICE;
  const at = step?.at ?? room.createdAt;
  const isEnd = position >= steps.length;
  const made = useMemo(() => trades && tradesUntil(trades, step), [trades, step]);
  useEffect(() => onMoment?.(isEnd ? null : made), [onMoment, made, isEnd]);
  useEffect(() => () => onMoment?.(null), [onMoment]);
  const change = changeBps(START_PRICE, price);
  const lastTrade = isEnd ? room.trades.at(-1) : made?.at(-1);
  const moment = t("moment", { time: time.exact(at), price: text.price(price) });
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="relative flex min-h-0 flex-1 flex-col">
        <p className="absolute inset-x-4 top-3 flex flex-wrap items-baseline gap-x-2">
          <span className="num font-semibold text-16">{text.price(price)}</span>
          <span className={cx("num font-medium", toneOf(change))}>{text.change(change)}</span>
          <span className="num ml-auto text-12 text-muted">{time.exact(at)}</span>
        </p>
        <Picture steps={steps} position={position} price={price} />
      </div>
      <p className="num mt-1 flex justify-between px-4 text-11 text-muted">
        <span>{time.moment(room.createdAt)}</span>
        <span>{t("ended", { time: time.moment(endedAt) })}</span>
      </p>
      <div className="flex items-center gap-3 px-4 pt-1">
        <IconButton
          icon={isPlaying ? Pause : Play}
          label={t(isPlaying ? "pause" : isEnd ? "play" : "resume")}
          onClick={isPlaying ? pause : play}
          className="-ml-2 max-md:size-11"
        />
        <input
          type="range"
          min={0}
          max={steps.length}
          value={position}
          aria-label={t("seek")}
          aria-valuetext={moment}
          onChange={({ currentTarget }) => {
            pause();
            seek(Number(currentTarget.value));
          }}
          className="h-8 min-w-0 flex-1 accent-accent max-md:h-11"
        />
        <span className="num shrink-0 text-12 text-muted">
          {t("step", { position: format.number(position), count: format.number(steps.length) })}
        </span>
      </div>
      <div className="min-h-7 px-4 pb-2">
        {lastTrade ? <TradeLine trade={lastTrade} isOwn={lastTrade.traderId === room.me?.traderId} /> : null}
      </div>
    </div>
  );
}
