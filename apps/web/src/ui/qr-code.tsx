import { encode } from "uqr";
import { cx } from "./cx.ts";

/** Black on white in both themes: cameras read nothing else reliably. */
export function QrCode({ text, label, className }: { text: string; label: string; className?: string }) {
  const { data, size } = encode(text, { ecc: "M", border: 2 });
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : "")))
    .filter(Boolean)
    .join("");
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className={cx("block rounded-2 shadow-[0_0_0_1px_var(--color-line-2)]", className ?? "size-42")}
    >
      <rect width={size} height={size} className="fill-qr-ground" />
      <path d={path} className="fill-qr-ink" />
    </svg>
  );
}
