/** Spans of candles, in seconds. In a file of its own: pages need it, and none of the schemas. */
export const RESOLUTIONS = {
  "1s": 1,
  "1m": 60,
  "5m": 300,
  "15m": 900,
  "1h": 3_600,
  "4h": 14_400,
  "1d": 86_400,
} as const;
export type Resolution = keyof typeof RESOLUTIONS;
