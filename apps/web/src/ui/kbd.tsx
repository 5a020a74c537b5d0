import { cx } from "./cx.ts";

/** One key. On a coloured button it takes the button's colour. */
export function Kbd({ children, plain, className }: { children: string; plain?: boolean; className?: string }) {
  return (
    <kbd
      className={cx(
        "min-w-[18px] rounded-1 border px-1 text-center font-sans font-normal text-11/4",
        plain ? "border-current opacity-80" : "border-line-2 bg-surface text-muted",
        className,
      )}
    >
      {children}
    </kbd>
  );
}
