import { encode } from "uqr";

/** Black on white in both themes: cameras read nothing else reliably. */
export function QrCode({ text, label }: { text: string; label: string }) {
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
      className="block size-42 rounded-2 shadow-[0_0_0_1px_var(--border-2)]"
    >
      <rect width={size} height={size} className="fill-qr-ground" />
      <path d={path} className="fill-qr-ink" />
    </svg>
  );
}
