type TipProps = { "data-tip": string; "data-tip-keys"?: string };

/** Names an icon for people who see it: spread on the element. It carries its accessible name itself. */
export function tip(label: string, keys?: string): TipProps {
  return { "data-tip": label, "data-tip-keys": keys };
}
