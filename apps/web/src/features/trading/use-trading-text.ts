import { useLocale, useTranslations } from "next-intl";
import { useMemo } from "react";
import { formatAmount, formatDecimal, formatPrice, toDecimal, type Unit } from "./amounts.ts";

/** A trader as an event or a list names them. */
export type Named = { userId: string; name: string | null };

const MAX_ID = 12;

/** `4Nd1…DB4T` of a public key. */
export const shortId = (id: string): string => (id.length > MAX_ID ? `${id.slice(0, 4)}…${id.slice(-4)}` : id);

/** Figures of rooms as people read them, in the page's language. */
export function useTradingText() {
  const locale = useLocale();
  const t = useTranslations("rooms");
  return useMemo(() => {
    const sol = (amount: bigint | string, options: Intl.NumberFormatOptions = {}) =>
      t("sol", { amount: formatAmount(amount, "sol", locale, options) });
    const signed = { signDisplay: "exceptZero" } as const;
    return {
      locale,
      sol,
      /** +0.9177 SOL */
      solResult: (amount: bigint | string) => sol(amount, signed),
      /** +0.9177, where there is little room: four digits tell enough. */
      briefResult: (amount: string) =>
        formatDecimal(toDecimal(amount, "sol"), locale, {
          ...signed,
          notation: "compact",
          maximumSignificantDigits: 4,
        }),
      /** The figure alone, for a column that names its unit. */
      plain: (amount: bigint | string, unit: Unit) => formatAmount(amount, unit, locale),
      tokens: (amount: bigint | string) => t("tokens", { amount: formatAmount(amount, "token", locale) }),
      /** 312.5, of what was traded over a long time. */
      volume: (amount: string) => formatDecimal(toDecimal(amount, "sol"), locale, { maximumFractionDigits: 2 }),
      /** 12.9K SOL, for tables. */
      compactSol: (amount: string) =>
        t("sol", {
          amount: formatDecimal(toDecimal(amount, "sol"), locale, { notation: "compact", maximumFractionDigits: 2 }),
        }),
      /** 0.0184, 599K: in a line among many. */
      brief: (amount: string, unit: Unit) =>
        formatDecimal(toDecimal(amount, unit), locale, { notation: "compact", maximumSignificantDigits: 4 }),
      briefTokens: (amount: string) =>
        t("tokens", {
          amount: formatDecimal(toDecimal(amount, "token"), locale, {
            notation: "compact",
            maximumSignificantDigits: 3,
          }),
        }),
      /** 0.5 of 0.5, on an axis. */
      decimal: (value: number) => formatDecimal(value.toFixed(6), locale, { maximumFractionDigits: 6 }),
      price: (price: string) => formatPrice(price, locale),
      /** +2.32% of 232 hundredths of a percent. */
      change: (bps: number) =>
        formatDecimal(String(bps / 10_000), locale, {
          style: "percent",
          minimumFractionDigits: 1,
          maximumFractionDigits: 2,
          ...signed,
        }),
      /** −10% of −10, on an axis. */
      step: (percent: number) => formatDecimal(String(percent / 100), locale, { style: "percent", ...signed }),
      share: (bps: number) =>
        formatDecimal(String(bps / 10_000), locale, { style: "percent", maximumFractionDigits: bps < 1_000 ? 2 : 1 }),
      trader: ({ userId, name }: Named) => (userId === "erased" ? t("erased") : (name ?? shortId(userId))),
    };
  }, [locale, t]);
}

/** How a gain or a loss is coloured; its sign says it too. */
export function toneOf(amount: bigint | string | number): "text-success" | "text-danger" | "" {
  const value = typeof amount === "number" ? amount : BigInt(amount);
  return value > 0 ? "text-success" : value < 0 ? "text-danger" : "";
}
