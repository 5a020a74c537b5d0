import { createContext, type ReactNode, use } from "react";
import { cx } from "./cx.ts";
import { Badge } from "./marks.tsx";

/** What stands last in the head of every page. */
export const HeaderEnd = createContext<ReactNode>(null);

type PaneHeaderProps = { title: string; count?: number; leading?: ReactNode; children?: ReactNode };

/** 48 px, 52 when narrow: what the page is, how many there are, and what can be done. */
export function PaneHeader({ title, count, leading, children }: PaneHeaderProps) {
  return (
    <header
      className={cx(
        "flex h-[52px] shrink-0 items-center gap-2 border-line border-b px-4 max-md:pr-2 md:h-12",
        leading ? "max-md:pl-2" : "",
      )}
    >
      {leading}
      <h1 className="min-w-0 truncate font-semibold text-16 md:text-14">{title}</h1>
      {count === undefined ? null : <Badge quiet count={count} />}
      <span className="ml-auto flex items-center gap-2">
        {children}
        {use(HeaderEnd)}
      </span>
    </header>
  );
}
