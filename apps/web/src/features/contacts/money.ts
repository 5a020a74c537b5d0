import { useLocale } from "next-intl";
import { useMemo } from "react";
import { regionOf } from "../../i18n/use-time-text.ts";

const HUNDRED = 100n;

/** Cents of a decimal string with at most two places. */
export function toCents(amount: string): bigint {
  const [whole = "0", part = ""] = amount.split(".");
  return BigInt(whole) * HUNDRED + BigInt(part.padEnd(2, "0").slice(0, 2));
}

export const fromCents = (cents: bigint): string => `${cents / HUNDRED}.${String(cents % HUNDRED).padStart(2, "0")}`;

/** Sums by currency, as decimal strings. */
export function sumAmounts(
  deals: readonly { amount: string | null; currency: string }[],
): Readonly<Record<string, string>> {
  const sums = new Map<string, bigint>();
  for (const { amount, currency } of deals) {
    if (amount) sums.set(currency, (sums.get(currency) ?? 0n) + toCents(amount));
  }
  return Object.fromEntries([...sums].map(([currency, cents]) => [currency, fromCents(cents)]));
}

const isWhole = (amount: string): boolean => /^\d+(\.0+)?$/.test(amount);

/** Amounts as the reader's region writes them; cents only where there are some. */
export function useMoney() {
  const locale = useLocale();
  return useMemo(() => {
    const formats = new Map<string, Intl.NumberFormat>();
    const write = (amount: string, currency: string): string => {
      const digits = isWhole(amount) ? 0 : 2;
      const key = `${currency} ${digits}`;
      const format =
        formats.get(key) ??
        new Intl.NumberFormat(regionOf(locale), {
          style: "currency",
          currency,
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
        });
      formats.set(key, format);
      // A string keeps all digits; a number would not.
      return format.format(amount as Intl.StringNumericLiteral);
    };
    return {
      money: write,
      /** Each currency by itself; empty without any. */
      moneys: (amounts: Readonly<Record<string, string>>): string =>
        Object.entries(amounts)
          .filter(([, amount]) => toCents(amount) > 0n)
          .map(([currency, amount]) => write(amount, currency))
          .join(" · "),
    };
  }, [locale]);
}
