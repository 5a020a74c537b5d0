import { type ReactNode, useEffect, useState } from "react";
import { cx } from "./cx.ts";

/** A placeholder bar. No shimmer. */
export function Skeleton({ className }: { className: string }) {
  return <span className={cx("block rounded-1 bg-surface-3", className)} />;
}

const DELAY_MS = 400;

/** Shows its children only once waiting has become noticeable, so that a quick answer never flashes bars. */
export function AfterDelay({ children, label }: { children: ReactNode; label: string }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), DELAY_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" aria-label={label} aria-busy className="min-h-0 flex-1 overflow-hidden">
      {isLate ? <div aria-hidden>{children}</div> : null}
    </div>
  );
}
