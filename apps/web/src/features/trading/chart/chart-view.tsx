import type { Candle } from "@pult/api/trading/market/schema.ts";
import type { Resolution } from "@pult/api/trading/schema.ts";
import { ChartCandlestick } from "lucide-react";
import { useTranslations } from "next-intl";
import { useCallback, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { SPANS } from "../candles.ts";
import type { ReadRoom } from "../room/use-room-store.ts";
import { useTradingText } from "../use-trading-text.ts";
import { useCandles } from "./use-candles.ts";

// What draws is by far the heaviest part of the page.
const CandleCanvas = lazyModule(() => import("./candle-canvas.tsx")).part((module) => module.CandleCanvas, {
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
    <dl className="num flex min-w-0 gap-2.5 truncate text-12 text-muted">
      {figures.map(([name, value]) => (
        <div key={name} className="flex gap-1">
          <dt>{name}</dt>
          <dd className="font-medium text-fg">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type SpanChoiceProps = { spans: readonly Resolution[]; value: Resolution; onChange: (span: Resolution) => void };

/** How long a candle is. */
export function SpanChoice({ spans, value, onChange }: SpanChoiceProps) {
  const t = useTranslations("rooms.chart");
  return (
    <fieldset className="inline-flex shrink-0 gap-0.5 rounded-2 bg-surface-3 p-0.5">
      <legend className="sr-only">{t("span")}</legend>
      {spans.map((span) => (
        <button
          key={span}
          type="button"
          aria-pressed={span === value}
          aria-label={t("spanName", { span })}
          onClick={() => onChange(span)}
          className="h-8 min-w-8 whitespace-nowrap rounded-1 px-1.5 font-medium text-12 text-fg-2 hover:text-fg aria-pressed:bg-surface aria-pressed:text-fg aria-pressed:shadow-[0_0_0_1px_var(--color-line-2)] md:h-6"
        >
          {t("spanShort", { span })}
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
      span={SPANS[span]}
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
  span: Resolution;
  spans: readonly Resolution[];
  onSpan: (span: Resolution) => void;
  /** The figures of the candle under the pointer, or of the last one. */
  hasFigures?: boolean;
  className?: string;
};

/** Candles of a room, as they happen. */
export function RoomChart({ read, span, spans, onSpan, hasFigures = false, className }: RoomChartProps) {
  const t = useTranslations("rooms");
  const feed = useCandles(read, span);
  const [pointed, setPointed] = useState<Candle | null>(null);
  const onPoint = useCallback((candle: Candle | null) => setPointed(candle), []);
  return (
    <section aria-label={t("pane.chart")} className={cx("flex min-h-0 min-w-0 flex-col", className)}>
      <div className="flex min-h-10 shrink-0 items-center gap-3 border-line border-b px-4 max-sm:px-2">
        <SpanChoice spans={spans} value={span} onChange={onSpan} />
        {hasFigures ? (
          <span className="min-w-0 max-md:hidden">
            <CandleFigures candle={pointed ?? feed.candles?.at(-1) ?? null} />
          </span>
        ) : null}
      </div>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <Drawn read={read} span={span} feed={feed} onPoint={onPoint} />
      </div>
    </section>
  );
}
