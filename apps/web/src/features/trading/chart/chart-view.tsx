import type { Candle } from "@pult/api/trading/market/schema.ts";
import { RESOLUTIONS, type Resolution } from "@pult/api/trading/resolutions.ts";
import type { RoomTrade } from "@pult/api/trading/schema.ts";
import { ChartCandlestick } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useCallback, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import type { ReadRoom } from "../room/use-room-store.ts";
import { useTradingText } from "../use-trading-text.ts";
import { useCandles } from "./use-candles.ts";

// What draws is by far the heaviest part of the page.
const CandleCanvas = lazyModule(() => import("./candle-canvas.tsx")).part((module) => module.CandleCanvas, {
  whileLoading: () => <ChartLoading />,
});

// Only rooms that have ended have one.
const ReplayView = lazyModule(() => import("../replay/replay-view.tsx")).part((module) => module.ReplayView, {
  whileLoading: () => <ChartLoading />,
});

const BARS = ["h-16", "h-28", "h-24", "h-40", "h-36", "h-52", "h-44", "h-60"];

function ChartLoading() {
  const t = useTranslations("rooms.chart");
  return (
    <AfterDelay label={t("loading")}>
      <div className="flex h-full items-end justify-around gap-2 p-4">
        {BARS.map((bar) => (
          <Skeleton key={bar} className={cx("w-4", bar)} />
        ))}
      </div>
    </AfterDelay>
  );
}

/** Opening, highest, lowest and last price of one candle, and what was traded. */
export function CandleFigures({ candle }: { candle: Candle | null }) {
  const t = useTranslations("rooms.chart");
  const text = useTradingText();
  if (!candle) return null;
  const figures = [
    [t("open"), text.price(candle.open)],
    [t("high"), text.price(candle.high)],
    [t("low"), text.price(candle.low)],
    [t("close"), text.price(candle.close)],
    [t("volume"), text.sol(candle.volume)],
  ] as const;
  return (
    // What has no room is left out as a whole, the last first.
    <dl className="num flex h-4 min-w-0 flex-wrap gap-x-2.5 overflow-hidden text-12/4 text-muted">
      {figures.map(([name, value]) => (
        <div key={name} className="flex gap-1 whitespace-nowrap">
          <dt>{name}</dt>
          <dd className="font-medium text-fg">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Candles of one length, or the life of a room that has ended. */
export type ChartView = Resolution | "replay";

type ViewChoiceProps = { views: readonly ChartView[]; value: ChartView; onChange: (view: ChartView) => void };

function ViewChoice({ views, value, onChange }: ViewChoiceProps) {
  const t = useTranslations("rooms");
  const nameOf = (view: ChartView) => (view === "replay" ? t("replay.title") : t("chart.spanName", { span: view }));
  return (
    <fieldset className="inline-flex shrink-0 gap-0.5 rounded-2 bg-surface-3 p-0.5">
      <legend className="sr-only">{t("chart.span")}</legend>
      {views.map((view) => (
        <button
          key={view}
          type="button"
          aria-pressed={view === value}
          aria-label={nameOf(view)}
          onClick={() => onChange(view)}
          className="h-8 min-w-8 whitespace-nowrap rounded-1 px-1.5 font-medium text-12 text-fg-2 hover:text-fg aria-pressed:bg-surface aria-pressed:text-fg aria-pressed:shadow-[0_0_0_1px_var(--color-line-2)] md:h-6"
        >
          {view === "replay" ? t("replay.title") : t("chart.spanShort", { span: view })}
        </button>
      ))}
    </fieldset>
  );
}

type ChartProps = { read: ReadRoom; span: Resolution; feed: ReturnType<typeof useCandles> };

/** The drawn candles, or why there are none. */
function Drawn({ read, span, feed, onPoint }: ChartProps & { onPoint: (candle: Candle | null) => void }) {
  const t = useTranslations("rooms.chart");
  const failureText = useFailureText();
  const text = useTradingText();
  const time = useTimeText();
  const { candles, failure, loadEarlier } = feed;
  if (failure) return <EmptyState icon={ChartCandlestick} title={t("failed")} hint={failureText(failure)} />;
  if (!candles) return <ChartLoading />;
  if (candles.length === 0) return <EmptyState icon={ChartCandlestick} title={t("empty")} hint={t("emptyHint")} />;
  return (
    <CandleCanvas
      key={span}
      candles={candles}
      span={RESOLUTIONS[span]}
      locale={text.locale}
      label={t("picture", { span: t("spanName", { span }), price: text.price(read.room.price) })}
      formatPrice={(price) => text.price(price.toFixed(9))}
      formatTime={time.exact}
      onPoint={onPoint}
      onNearStart={loadEarlier}
    />
  );
}

type RoomChartProps = {
  read: ReadRoom;
  /** What is chosen; null for what the room's status makes of it. */
  view: ChartView | null;
  spans: readonly Resolution[];
  onView: (view: ChartView) => void;
  /** The figures of the candle under the pointer, or of the last one. */
  hasFigures?: boolean;
  /** Where trades are listed: those of the moment that a replay shows. */
  onMoment?: ((trades: readonly RoomTrade[] | null) => void) | undefined;
  className?: string;
};

/** What is shown of a room's price: candles as they happen, the replay once it has ended. */
export function RoomChart({ read, view, spans, onView, hasFigures = false, onMoment, className }: RoomChartProps) {
  const t = useTranslations("rooms");
  const hasEnded = read.room.status !== "open";
  const chosen = view === "replay" && !hasEnded ? null : view;
  const shown = chosen ?? (hasEnded ? "replay" : "1m");
  const choice = <ViewChoice views={hasEnded ? ["replay", ...spans] : spans} value={shown} onChange={onView} />;
  return (
    <section aria-label={t("pane.chart")} className={cx("flex min-h-0 min-w-0 flex-col", className)}>
      {shown === "replay" ? (
        <>
          <div className={HEAD}>{choice}</div>
          <ReplayView {...read} onMoment={onMoment} />
        </>
      ) : (
        <Candles read={read} span={shown} choice={choice} hasFigures={hasFigures} />
      )}
    </section>
  );
}

const HEAD = "flex min-h-10 shrink-0 items-center gap-3 overflow-x-auto border-line border-b px-4 max-sm:px-2";

type CandlesProps = { read: ReadRoom; span: Resolution; choice: ReactNode; hasFigures: boolean };

function Candles({ read, span, choice, hasFigures }: CandlesProps) {
  const feed = useCandles(read, span);
  const [pointed, setPointed] = useState<Candle | null>(null);
  const onPoint = useCallback((candle: Candle | null) => setPointed(candle), []);
  return (
    <>
      <div className={HEAD}>
        {choice}
        {hasFigures ? (
          <span className="min-w-0 flex-1 max-md:hidden">
            <CandleFigures candle={pointed ?? feed.candles?.at(-1) ?? null} />
          </span>
        ) : null}
      </div>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <Drawn read={read} span={span} feed={feed} onPoint={onPoint} />
      </div>
    </>
  );
}
