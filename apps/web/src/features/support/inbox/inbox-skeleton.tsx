import { Skeleton } from "../../../ui/skeleton.tsx";

const WIDTHS = [
  ["w-[38%]", "w-[76%]", "w-[24%]"],
  ["w-[52%]", "w-[90%]", "w-[38%]"],
  ["w-[30%]", "w-[68%]", "w-[16%]"],
  ["w-[46%]", "w-[84%]", "w-[32%]"],
  ["w-[34%]", "w-[72%]", "w-[20%]"],
] as const;

/** Rows of the real height. */
export function InboxSkeleton() {
  return [...WIDTHS, ...WIDTHS].map(([name, last, meta], index) => (
    <div
      // biome-ignore lint/suspicious/noArrayIndexKey: bars that never change
      key={index}
      className="grid h-[76px] grid-cols-[36px_minmax(0,1fr)] content-center gap-x-3 border-line border-b pr-3 pl-4 md:h-[72px]"
    >
      <Skeleton className="size-9 rounded-full" />
      <span className="flex flex-col gap-2 pt-1">
        <Skeleton className={`h-2.5 ${name}`} />
        <Skeleton className={`h-2.5 ${last}`} />
        <Skeleton className={`h-2 ${meta}`} />
      </span>
    </div>
  ));
}
