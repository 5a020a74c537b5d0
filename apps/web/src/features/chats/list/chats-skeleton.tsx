import { Skeleton } from "../../../ui/skeleton.tsx";

const ROWS = ["w-[38%]", "w-[52%]", "w-[30%]", "w-[46%]", "w-[34%]", "w-[56%]", "w-[42%]", "w-[48%]"];

/** Rows of the real height. */
export const ChatsSkeleton = () =>
  ROWS.map((width) => (
    <div
      key={width}
      className="grid h-[76px] grid-cols-[36px_minmax(0,1fr)] content-center gap-x-3 border-line border-b pr-3 pl-4 md:h-[72px]"
    >
      <Skeleton className="size-9 rounded-full" />
      <span className="flex flex-col gap-2 pt-1">
        <Skeleton className={`h-2.5 ${width}`} />
        <Skeleton className="h-2.5 w-[80%]" />
        <Skeleton className="h-2 w-[24%]" />
      </span>
    </div>
  ));
