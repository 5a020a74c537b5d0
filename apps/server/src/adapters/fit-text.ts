const ELLIPSIS = "…";

/**
 * The longest start of `text` whose encoding fits into `maxBytes`, cut between code points and ended with "…" when anything was cut.
 * @param encode the whole encoded message for a given text; longer texts must not make it shorter
 * @returns null when not even an empty text fits
 */
export function fitText(text: string, maxBytes: number, encode: (text: string) => string): string | null {
  const fits = (candidate: string) => Buffer.byteLength(encode(candidate)) <= maxBytes;
  // No unit encodes to less than a byte, so anything past maxBytes units cannot fit.
  const whole = text.length <= maxBytes ? text : "";
  if (whole === text && fits(text)) return text;
  if (!fits("")) return null;
  const points = Array.from(text.slice(0, maxBytes));
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(points.slice(0, middle).join("") + ELLIPSIS)) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : points.slice(0, low).join("") + ELLIPSIS;
}
