import type { Candle } from "@pult/api/trading/market/schema.ts";
import {
  CandlestickSeries,
  ColorType,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  TickMarkType,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef } from "react";
import { onThemeChange, readColors, thin } from "./colors.ts";

const TOKENS = ["surface", "line", "muted", "fg", "success", "danger", "control"] as const;
const LAMPORTS = 1e9;
/** Bars from the left end at which earlier ones are asked for. */
const NEAR_START = 20;

export type CandleCanvasProps = {
  candles: readonly Candle[];
  /** Seconds of a candle. */
  span: number;
  locale: string;
  label: string;
  formatPrice: (price: number) => string;
  formatTime: (iso: string) => string;
  /** The candle under the pointer; null where there is none. */
  onPoint: (candle: Candle | null) => void;
  onNearStart: () => void;
};

type Series = {
  chart: IChartApi;
  candles: ISeriesApi<"Candlestick">;
  volume: ISeriesApi<"Histogram">;
  colors: ReturnType<typeof readColors<(typeof TOKENS)[number]>>;
};

const timeOf = ({ start }: Candle): UTCTimestamp => (Date.parse(start) / 1000) as UTCTimestamp;
const isoOf = (time: number): string => new Date(time * 1000).toISOString();

/** Of a picture only: what is read as a figure stays exact. */
const barOf = (candle: Candle) => ({
  time: timeOf(candle),
  open: Number(candle.open),
  high: Number(candle.high),
  low: Number(candle.low),
  close: Number(candle.close),
});

const isUp = ({ open, close }: Candle) => Number(close) >= Number(open);

const volumeBar = (candle: Candle, { colors }: Pick<Series, "colors">) => ({
  time: timeOf(candle),
  value: Number(candle.volume) / LAMPORTS,
  color: thin(isUp(candle) ? colors.success : colors.danger, 0.35),
});

function tickText(locale: string) {
  const formats = {
    [TickMarkType.Year]: new Intl.DateTimeFormat(locale, { year: "numeric" }),
    [TickMarkType.Month]: new Intl.DateTimeFormat(locale, { month: "short" }),
    [TickMarkType.DayOfMonth]: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }),
    [TickMarkType.Time]: new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }),
    [TickMarkType.TimeWithSeconds]: new Intl.DateTimeFormat(locale, { timeStyle: "medium" }),
  };
  return (time: unknown, type: TickMarkType) => formats[type].format(new Date(Number(time) * 1000));
}

function paint({ chart, candles, colors }: Series): void {
  chart.applyOptions({
    layout: {
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: colors.muted,
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 11,
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colors.line } },
    crosshair: { vertLine: { color: colors.control }, horzLine: { color: colors.control } },
  });
  // Up is hollow, down is filled: the shape says it too.
  candles.applyOptions({
    upColor: colors.surface,
    borderUpColor: colors.success,
    wickUpColor: colors.success,
    downColor: colors.danger,
    borderDownColor: colors.danger,
    wickDownColor: colors.danger,
    priceLineColor: colors.fg,
  });
}

function createSeries(element: HTMLElement): Series {
  const colors = readColors(element, TOKENS);
  const chart = createChart(element, {
    autoSize: true,
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.22 } },
    timeScale: { borderVisible: false, timeVisible: true, rightOffset: 4, barSpacing: 10, minBarSpacing: 2 },
  });
  const candles = chart.addSeries(CandlestickSeries, { priceLineStyle: 1 });
  const volume = chart.addSeries(HistogramSeries, {
    priceScaleId: "volume",
    lastValueVisible: false,
    priceLineVisible: false,
  });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.85, bottom: 0 } });
  const series = { chart, candles, volume, colors };
  paint(series);
  return series;
}

/** How many bars at the end are new or changed; null where the whole has to be drawn anew. */
function changedFrom(before: readonly Candle[], now: readonly Candle[]): number | null {
  const last = before.length - 1;
  const isContinued = last >= 0 && before[0] === now[0] && now[last]?.start === before[last]?.start;
  return isContinued ? last : null;
}

function draw(series: Series, before: readonly Candle[], now: readonly Candle[]): void {
  const from = changedFrom(before, now);
  if (from === null) {
    series.candles.setData(now.map(barOf));
    series.volume.setData(now.map((candle) => volumeBar(candle, series)));
    return;
  }
  for (const candle of now.slice(from)) {
    series.candles.update(barOf(candle));
    series.volume.update(volumeBar(candle, series));
  }
}

/** The candles on a canvas, with their volume beneath. */
export function CandleCanvas(props: CandleCanvasProps) {
  const { candles, span, locale, label } = props;
  const box = useRef<HTMLDivElement>(null);
  const series = useRef<Series | null>(null);
  const drawn = useRef<readonly Candle[]>([]);
  const now = useRef(props);
  now.current = props;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const created = createSeries(element);
    const { chart } = created;
    series.current = created;
    chart.subscribeCrosshairMove(({ time }) => {
      const start = time === undefined ? null : isoOf(Number(time));
      now.current.onPoint(now.current.candles.find((candle) => candle.start === start) ?? null);
    });
    chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < NEAR_START && drawn.current.length > 0) now.current.onNearStart();
    });
    const stop = onThemeChange(() => {
      Object.assign(created.colors, readColors(element, TOKENS));
      paint(created);
      draw(created, [], drawn.current);
    });
    return () => {
      stop();
      chart.remove();
      series.current = null;
      drawn.current = [];
    };
  }, []);
  useEffect(() => {
    series.current?.chart.applyOptions({
      localization: {
        locale,
        // The scale goes on below the lowest bar, where there are no prices.
        priceFormatter: (price: number) => (price < 0 ? "" : now.current.formatPrice(price)),
        timeFormatter: (time: unknown) => now.current.formatTime(isoOf(Number(time))),
      },
      timeScale: { secondsVisible: span < 60, tickMarkFormatter: tickText(locale) },
    });
  }, [locale, span]);
  useEffect(() => {
    if (!series.current) return;
    const before = drawn.current;
    draw(series.current, before, candles);
    drawn.current = candles;
    const isOther = before.length === 0 || before.at(-1)?.start.slice(0, 10) !== candles.at(-1)?.start.slice(0, 10);
    if (isOther) series.current.chart.timeScale().scrollToRealTime();
  }, [candles]);
  return <div ref={box} role="img" aria-label={label} className="absolute inset-0" />;
}
