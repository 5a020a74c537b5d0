import type { StatusSample } from "@pult/api/notifications/analytics/schema.ts";
import type { BotStatus } from "@pult/api/notifications/schema.ts";
import { RotateCw } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { Dot } from "../../../ui/marks.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { type Sample, sparkline } from "./status-history.ts";
import { useAmounts } from "./use-amounts.ts";
import type { useStatus } from "./use-status.ts";

const WIDTH = 120;
const HEIGHT = 24;
const BARS = 40;

type SparkPoint = { at: number; value: number };

function Spark({ points }: { points: readonly SparkPoint[] }) {
  const line = sparkline(points, WIDTH, HEIGHT);
  const left = /^M([\d.]+)/.exec(line)?.[1];
  return (
    <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="mt-2 h-6 w-full">
      {line ? <path d={`${line}L${WIDTH} ${HEIGHT}L${left} ${HEIGHT}Z`} className="fill-surface-3" /> : null}
      <path d={line} fill="none" vectorEffect="non-scaling-stroke" className="stroke-[1.5] stroke-muted" />
    </svg>
  );
}

/** Whether the bot ran, step by step: full bars where it did, low ones where it did not. */
function RunningBars({ samples }: { samples: readonly Sample[] }) {
  const shown = samples.slice(-BARS);
  const step = WIDTH / BARS;
  return (
    <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" className="mt-2 h-6 w-full">
      {shown.map(({ at, status: { running } }, index) => (
        <rect
          key={at}
          x={WIDTH - (shown.length - index) * step}
          y={running ? 4 : 16}
          width={step * 0.7}
          height={running ? HEIGHT - 4 : HEIGHT - 16}
          className={running ? "fill-success" : "fill-danger"}
        />
      ))}
    </svg>
  );
}

type TileProps = { label: ReactNode; value: string; note?: string | undefined; tone?: string; children: ReactNode };

function Tile({ label, value, note, tone, children }: TileProps) {
  return (
    <div className="min-w-0 border-line border-r border-b px-4 pt-3 pb-2.5 md:max-lg:px-3">
      <dt className="flex items-center gap-1.5 whitespace-nowrap text-12 text-muted">{label}</dt>
      <dd>
        <span className="flex items-baseline gap-2">
          <span className={cx("num min-w-0 max-w-full shrink-0 truncate font-semibold text-20", tone)}>{value}</span>
          {note ? (
            <span title={note} className="num min-w-0 truncate text-11 text-fg-2">
              {note}
            </span>
          ) : null}
        </span>
        {children}
      </dd>
    </div>
  );
}

const GRID = "-mr-px grid shrink-0 grid-cols-2 md:grid-cols-6";
const TILES = ["bot", "users", "messages", "alerts", "profit", "delivery"] as const;

function TilesSkeleton({ label }: { label: string }) {
  return (
    <div className="shrink-0 overflow-hidden">
      <AfterDelay label={label}>
        <div className={GRID}>
          {TILES.map((tile) => (
            <div key={tile} className="h-[101px] border-line border-r border-b px-4 pt-3">
              <Skeleton className="h-3 w-20" />
              <Skeleton className="mt-3 h-5 w-16" />
            </div>
          ))}
        </div>
      </AfterDelay>
    </div>
  );
}

/** Days and hours, hours and minutes, or minutes. */
function useUptimeText() {
  const format = useFormatter();
  const t = useTranslations("live.tile");
  return (seconds: number): string => {
    const units = [
      ["day", Math.floor(seconds / 86_400)],
      ["hour", Math.floor(seconds / 3_600) % 24],
      ["minute", Math.floor(seconds / 60) % 60],
    ] as const;
    const from = units.findIndex(([, count]) => count > 0);
    if (from < 0) return t("justStarted");
    const parts = units.slice(from, from + 2).filter(([, count]) => count > 0);
    const time = parts
      .map(([unit, value]) => format.number(value, { style: "unit", unit, unitDisplay: "short" }))
      .join(" ");
    return t("uptime", { time });
  };
}

function toneOf(profit: number): string | undefined {
  if (profit > 0) return "text-success";
  return profit < 0 ? "text-danger" : undefined;
}

type FiguresProps = { samples: readonly Sample[]; status: BotStatus };

function BotTile({ samples, status: { running, uptime } }: FiguresProps) {
  const t = useTranslations("live.tile");
  const uptimeText = useUptimeText();
  const label = (
    <>
      <Dot tone={running ? "success" : "hollow"} />
      {t("bot")}
    </>
  );
  return (
    <Tile label={label} value={t(running ? "running" : "stopped")} note={running ? uptimeText(uptime) : undefined}>
      <RunningBars samples={samples} />
    </Tile>
  );
}

/** How long messages take to leave: 95 % of those of ten minutes took no longer. */
function DeliveryTile({ deliveries }: { deliveries: readonly StatusSample[] }) {
  const t = useTranslations("live.tile");
  const format = useFormatter();
  const points = deliveries.flatMap(({ at, deliveryMs }) =>
    deliveryMs === null ? [] : [{ at: Date.parse(at), value: deliveryMs }],
  );
  const last = deliveries.at(-1)?.deliveryMs ?? null;
  const seconds = { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: 1 } as const;
  return (
    <Tile
      label={t("delivery")}
      value={last === null ? "–" : format.number(last / 1_000, seconds)}
      note={last === null ? t("noneSent") : undefined}
    >
      <Spark points={points} />
    </Tile>
  );
}

function Figures({ samples, deliveries, status }: FiguresProps & { deliveries: readonly StatusSample[] }) {
  const t = useTranslations("live.tile");
  const format = useFormatter();
  const { signed } = useAmounts();
  const { activeUsers, messagesProcessed, alertsSent, sessionPnL, sessionTrades } = status;
  const peak = Math.max(...samples.map((sample) => sample.status.activeUsers));
  const sent = messagesProcessed - (samples[0]?.status.messagesProcessed ?? messagesProcessed);
  const spark = (read: (status: BotStatus) => number) => (
    <Spark points={samples.map(({ at, status: figures }) => ({ at, value: read(figures) }))} />
  );
  return (
    <dl className={GRID}>
      <BotTile samples={samples} status={status} />
      <Tile
        label={t("users")}
        value={format.number(activeUsers)}
        note={peak > activeUsers ? t("peak", { count: peak }) : undefined}
      >
        {spark((one) => one.activeUsers)}
      </Tile>
      <Tile
        label={t("messages")}
        value={format.number(messagesProcessed)}
        note={sent > 0 ? t("recent", { count: sent }) : undefined}
      >
        {spark((one) => one.messagesProcessed)}
      </Tile>
      <Tile label={t("alerts")} value={format.number(alertsSent)} note={t("utcDay")}>
        {spark((one) => one.alertsSent)}
      </Tile>
      <Tile
        label={t("profit")}
        value={signed(sessionPnL)}
        tone={toneOf(sessionPnL)}
        note={sessionTrades > 0 ? t("settled", { count: sessionTrades }) : undefined}
      >
        {spark((one) => one.sessionPnL)}
      </Tile>
      <DeliveryTile deliveries={deliveries} />
    </dl>
  );
}

/** The bot's figures, each with its last hour. */
export function StatusTiles({ samples, deliveries, error, retry }: ReturnType<typeof useStatus>) {
  const t = useTranslations();
  const errorText = useErrorText();
  const last = samples.at(-1);
  if (last) return <Figures samples={samples} deliveries={deliveries} status={last.status} />;
  if (!error) return <TilesSkeleton label={t("common.loading")} />;
  return (
    <div role="alert" className="flex shrink-0 items-center gap-3 border-line border-b px-4 py-3">
      <span className="min-w-0 flex-1">
        {t("live.tile.failed")} {errorText(error)}
      </span>
      <Button size="sm" onClick={retry}>
        <Icon of={RotateCw} size={14} />
        {t("common.tryAgain")}
      </Button>
    </div>
  );
}
