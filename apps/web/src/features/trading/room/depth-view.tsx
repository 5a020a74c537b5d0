import type { RoomState } from "@pult/api/trading/schema.ts";
import { useTranslations } from "next-intl";
import { type DepthPoint, depthOf } from "../curve.ts";
import { useTradingText } from "../use-trading-text.ts";

const SIZE = { width: 320, height: 168, left: 4, right: 4, top: 8, bottom: 20 };
const MAX_CHANGE = 20;
const LAMPORTS = 1e9;

/** Of a picture only: figures that are read stay exact. */
const solOf = ({ sol }: DepthPoint): number => Number(sol) / LAMPORTS;

/** A round step that divides a height into about four. */
function stepOf(max: number): number {
  const raw = max / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5].map((one) => one * power).find((one) => one >= raw) ?? power * 10) || 1;
}

type DepthViewProps = { room: RoomState };

/** How much moves the price how far, on both sides of it. */
export function DepthView({ room }: DepthViewProps) {
  const t = useTranslations("rooms.depth");
  const text = useTradingText();
  const { bids, asks } = depthOf(room.reserves);
  const max = Math.max(...[...bids, ...asks].map(solOf), 0.001);
  const { width, height, left, right, top, bottom } = SIZE;
  const x = (change: number) => left + ((change + MAX_CHANGE) / (2 * MAX_CHANGE)) * (width - left - right);
  const y = (sol: number) => height - bottom - (sol / max) * (height - top - bottom);
  const path = (points: readonly DepthPoint[]) =>
    `M${x(0)} ${y(0)}${points.map((point) => `L${x(point.change).toFixed(1)} ${y(solOf(point)).toFixed(1)}`).join("")}`;
  const area = (points: readonly DepthPoint[]) => `${path(points)}V${y(0)}H${x(0)}Z`;
  const step = stepOf(max);
  const lines = Array.from({ length: Math.floor(max / step) }, (_, index) => (index + 1) * step);
  const to = (points: readonly DepthPoint[]) => text.sol(points[4]?.sol ?? 0n);
  return (
    <div className="flex min-h-0 flex-1 flex-col px-4 pb-2 max-md:max-h-72">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t("picture", { bid: to(bids), ask: to(asks) })}
        className="min-h-36 w-full flex-1 overflow-visible"
      >
        {lines.map((line) => (
          <path
            key={line}
            d={`M${left} ${y(line)}H${width - right}`}
            className="stroke-line"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        <path d={area(bids)} className="fill-danger opacity-10" />
        <path d={area(asks)} className="fill-success opacity-10" />
        <path d={`M${x(0)} ${top}V${y(0)}`} className="stroke-line-2" vectorEffect="non-scaling-stroke" />
        <path d={path(bids)} fill="none" className="stroke-[1.5px] stroke-danger" vectorEffect="non-scaling-stroke" />
        <path d={path(asks)} fill="none" className="stroke-[1.5px] stroke-success" vectorEffect="non-scaling-stroke" />
      </svg>
      <p aria-hidden className="num flex justify-between text-11 text-muted">
        {[-20, -10, 0, 10, 20].map((change) => (
          <span key={change}>{change === 0 ? "0" : text.step(change)}</span>
        ))}
      </p>
      <p className="num mt-1 flex justify-between gap-2 text-12 text-muted">
        <span>
          {t("toLower")} <span className="font-medium text-danger">{to(bids)}</span>
        </span>
        <span>
          {t("toHigher")} <span className="font-medium text-success">{to(asks)}</span>
        </span>
      </p>
    </div>
  );
}
