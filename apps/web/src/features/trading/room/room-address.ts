import { parseAsStringLiteral, useQueryStates } from "nuqs";

export const PANES = ["chart", "trades", "holders", "chat", "trade"] as const;
export type Pane = (typeof PANES)[number];
/** Spans of candles that the chart offers. */
export const OFFERED_SPANS = ["1s", "1m", "5m", "15m", "1h", "4h", "1d"] as const;
const VIEWS = [...OFFERED_SPANS, "replay"] as const;

const parsers = {
  /** Where not everything fits: what is shown. */
  pane: parseAsStringLiteral(PANES).withDefault("chart"),
  side: parseAsStringLiteral(["buy", "sell"] as const).withDefault("buy"),
  view: parseAsStringLiteral(VIEWS),
};

export function useRoomAddress() {
  const [address, setAddress] = useQueryStates(parsers, { history: "replace", shallow: true });
  return { ...address, setAddress };
}
