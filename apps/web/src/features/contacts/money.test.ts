import { expect, it } from "vitest";
import { sumAmounts } from "./money.ts";

it("adds amounts to the cent, each currency by itself", () => {
  const deals = [
    { amount: "0.10", currency: "EUR" },
    { amount: "0.2", currency: "EUR" },
    { amount: "900000000000000.01", currency: "EUR" },
    { amount: "5", currency: "USD" },
    { amount: null, currency: "USD" },
  ];
  expect(sumAmounts(deals)).toEqual({ EUR: "900000000000000.31", USD: "5.00" });
});
