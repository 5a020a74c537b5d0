import type { RoomState } from "@pult/api/trading/schema.ts";
import { useTranslations } from "next-intl";
import { useStore } from "zustand";
import { cx } from "../../../ui/cx.ts";
import { type DepthPoint, depthOf, MAX_CHANGE, markOf } from "../curve.ts";
import type { PlannedOrder } from "../room-store.ts";
import { useTradingText } from "../use-trading-text.ts";
import type { ReadRoom } from "./use-room-store.ts";

const SIZE = { width: 320, height: 168, top: 8, bottom: 2 };
const LAMPORTS = 1e9;
/** Percent from the middle up to which a mark has its words on its outer side. */
const NEAR = 8;

/** Of a picture only: figures that are read stay exact. */
const solOf = ({ sol }: DepthPoint): number => Number(sol) / LAMPORTS;

/** A round step that divides a height into about four. */
function stepOf(max: number): number {
  const raw = max / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5].map((one) => one * power).find((one) => one >= raw) ?? power * 10) || 1;
}

const percentOf = (value: number, size: number) => `${(value / size) * 100}%`;

/** Where things lie in the picture, which is stretched to its box. */
function scaleOf(max: number) {
  const { width, height, top, bottom } = SIZE;
  const x = (change: number) => ((change + MAX_CHANGE) / (2 * MAX_CHANGE)) * width;
  const y = (sol: number) => height - bottom - (sol / max) * (height - top - bottom);
  return {
    ...{ x, y },
    left: (change: number) => percentOf(x(change), width),
    top: (sol: number) => percentOf(y(sol), height),
  };
}

type Scale = ReturnType<typeof scaleOf>;

type MarkProps = { room: RoomState; planned: PlannedOrder | null; marked: PlannedOrder; scale: Scale; max: number };

/** All that the trader holds, as one sell; null for none. */
function heldOrder({ me }: RoomState): PlannedOrder | null {
  const amount = BigInt(me?.balances.token ?? "0");
  return amount > 0n ? { side: "sell", amount } : null;
}

/** Where an order would take the price; at the edge for one that goes beyond the picture. */
function Mark({ room, planned, marked: { side, amount }, scale, max }: MarkProps) {
  const t = useTranslations("rooms.depth");
  const text = useTradingText();
  const point = markOf(room.reserves, { side, amount }, room.feeBps);
  if (!point) return null;
  const isWithin = Math.abs(point.change) <= MAX_CHANGE;
  const change = Math.max(-MAX_CHANGE, Math.min(MAX_CHANGE, point.change));
  // To the side on which there is room, and not over the scale in the middle where that can be.
  const isRight = change < -NEAR || (change >= 0 && change <= NEAR);
  const moved = text.change(Math.trunc(point.change * 100));
  const words = () => {
    if (!planned) return t("held", { change: moved });
    return t("yours", { amount: side === "buy" ? text.sol(amount) : text.briefTokens(String(amount)), change: moved });
  };
  return (
    <>
      <span
        aria-hidden
        className="absolute inset-y-0 border-fg border-l border-dashed"
        style={{ left: scale.left(change) }}
      />
      {isWithin ? (
        <span
          aria-hidden
          className="absolute size-2 -translate-x-1/2 -translate-y-1/2 rounded-full bg-fg"
          style={{ left: `calc(${scale.left(change)} + 0.5px)`, top: scale.top(Math.min(solOf(point), max)) }}
        />
      ) : null}
      <span
        className={cx(
          "num absolute top-0 whitespace-nowrap rounded-1 bg-surface px-1 text-11",
          isRight ? "ml-1.5" : "-ml-1.5 -translate-x-full",
        )}
        style={{ left: scale.left(change) }}
      >
        {words()}
      </span>
    </>
  );
}

/** How much moves the price how far, on both sides of it, and where the order in the ticket would take it, else a sell of all that is held. */
export function DepthView({ store, room }: Pick<ReadRoom, "store" | "room">) {
  const t = useTranslations("rooms.depth");
  const tRooms = useTranslations("rooms");
  const text = useTradingText();
  const planned = useStore(store.order, (state) => state.planned);
  const marked = planned ?? heldOrder(room);
  const { bids, asks } = depthOf(room.reserves);
  const max = Math.max(...[...bids, ...asks].map(solOf), 0.001);
  const { width, height, top } = SIZE;
  const scale = scaleOf(max);
  const { x, y } = scale;
  const path = (points: readonly DepthPoint[]) =>
    `M${x(0)} ${y(0)}${points.map((point) => `L${x(point.change).toFixed(1)} ${y(solOf(point)).toFixed(1)}`).join("")}`;
  const area = (points: readonly DepthPoint[]) => `${path(points)}V${y(0)}H${x(0)}Z`;
  const step = stepOf(max);
  const lines = Array.from({ length: Math.floor(max / step) }, (_, index) => (index + 1) * step);
  const to = (points: readonly DepthPoint[]) => text.sol(points[4]?.sol ?? 0n);
  return (
    <div className="flex min-h-0 flex-1 flex-col px-4 pb-2 max-md:max-h-72">
      <div className="relative flex min-h-36 flex-1">
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t("picture", { bid: to(bids), ask: to(asks) })}
          className="absolute inset-0 size-full overflow-visible"
        >
          {lines.map((line) => (
            <path key={line} d={`M0 ${y(line)}H${width}`} className="stroke-line" vectorEffect="non-scaling-stroke" />
          ))}
          <path d={area(bids)} className="fill-danger opacity-10" />
          <path d={area(asks)} className="fill-success opacity-10" />
          <path d={`M${x(0)} ${top}V${y(0)}`} className="stroke-line-2" vectorEffect="non-scaling-stroke" />
          <path d={path(bids)} fill="none" className="stroke-[1.5px] stroke-danger" vectorEffect="non-scaling-stroke" />
          <path
            d={path(asks)}
            fill="none"
            className="stroke-[1.5px] stroke-success"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
        {/* On the side without the mark. */}
        {lines.map((line) => (
          <span
            key={line}
            aria-hidden
            className={cx(
              "num absolute -translate-y-1/2 text-11 text-muted",
              marked?.side === "sell" ? "left-1/2 ml-1.5" : "right-1/2 mr-1.5",
            )}
            style={{ top: scale.top(line) }}
          >
            {tRooms("sol", { amount: text.decimal(line) })}
          </span>
        ))}
        {marked ? <Mark {...{ room, planned, marked, scale, max }} /> : null}
      </div>
      <p aria-hidden className="num mt-1 flex justify-between text-11 text-muted">
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
