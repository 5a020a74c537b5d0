import { parseAsStringLiteral, useQueryStates } from "nuqs";

const parsers = {
  /** Narrow screens: the broadcast in the place of the figures. */
  panel: parseAsStringLiteral(["broadcast"] as const),
  /** An open form. */
  new: parseAsStringLiteral(["alert"] as const),
};

export function useLiveAddress() {
  const [address, setAddress] = useQueryStates(parsers, { history: "replace", shallow: true });
  return { ...address, setAddress };
}
