import { useFormatter } from "next-intl";

/** Figures of alerts as people read them. */
export function useAmounts() {
  const format = useFormatter();
  return {
    /** +12.50 of a number or a decimal. */
    signed: (amount: number | string) =>
      format.number(Number(amount), { signDisplay: "exceptZero", minimumFractionDigits: 2, maximumFractionDigits: 8 }),
    plain: (amount: string) => format.number(Number(amount), { minimumFractionDigits: 2, maximumFractionDigits: 8 }),
    /** 94 % of 0.94. */
    confidence: (share: number) => format.number(share, { style: "percent", maximumFractionDigits: 1 }),
    /** +8.7 % of 8.7. */
    value: (percent: number) =>
      format.number(percent / 100, {
        ...{ style: "percent", signDisplay: "exceptZero" },
        ...{ minimumFractionDigits: 1, maximumFractionDigits: 1 },
      }),
  };
}

/** A decimal as the API reads it, from what people type: with a comma, a plus, a real minus or spaces. */
export const toDecimal = (typed: string): string =>
  typed
    .replace(/[\s\u00a0\u202f+]/g, "")
    .replace(/[−–]/g, "-")
    .replace(",", ".");
