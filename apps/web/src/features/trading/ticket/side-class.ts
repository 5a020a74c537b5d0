import { cx } from "../../../ui/cx.ts";

const LOOKS = {
  buy: "bg-success text-surface hover:opacity-90",
  sell: "bg-danger text-on-danger hover:bg-danger-hover",
  /** Cannot be pressed now; why stands beneath it. */
  off: "cursor-default border border-line bg-surface-3 text-muted",
} as const;

/** Class names of the button that trades. */
export const sideClass = (look: keyof typeof LOOKS): string =>
  cx(
    "inline-flex h-11 w-full items-center justify-center gap-2 rounded-2 px-4 font-semibold text-14 transition-colors md:h-9",
    LOOKS[look],
  );
