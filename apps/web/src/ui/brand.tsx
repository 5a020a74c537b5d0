import { cx } from "./cx.ts";

/** The mark: a console's key. */
export function BrandMark({ large }: { large?: boolean }) {
  return (
    <span
      aria-hidden
      className={cx(
        "grid shrink-0 place-items-center bg-fg text-canvas",
        large ? "size-8 rounded-3" : "size-5 rounded-[5px]",
      )}
    >
      <svg viewBox="0 0 20 20" className={large ? "size-[26px]" : "size-5"} role="presentation">
        <path d="M6 15V5h8v10" fill="none" stroke="currentColor" strokeWidth="2" />
        <circle cx="10" cy="15" r="1.4" fill="currentColor" />
      </svg>
    </span>
  );
}
