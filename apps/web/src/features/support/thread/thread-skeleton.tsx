import { cx } from "../../../ui/cx.ts";
import { Skeleton } from "../../../ui/skeleton.tsx";

const BUBBLES = [
  ["in", "w-56"],
  ["in", "w-72"],
  ["out", "w-64"],
  ["in", "w-40"],
  ["out", "w-80"],
  ["out", "w-48"],
] as const;

export function ThreadSkeleton() {
  return (
    <div className="flex flex-col gap-2 p-5">
      {BUBBLES.map(([side, width]) => (
        <Skeleton key={side + width} className={cx("h-8 max-w-full rounded-4", width, side === "out" && "self-end")} />
      ))}
    </div>
  );
}
