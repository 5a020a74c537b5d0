/** Decimals of a whole SOL and of a whole token. */
export const DECIMALS = { sol: 9, token: 6 } as const;
export type Unit = keyof typeof DECIMALS;

/** The API takes no more: 2⁶³ − 1. */
const MAX_AMOUNT = 9_223_372_036_854_775_807n;

/** `1.5` of 1500000000 lamports; exact, without zeros at its end. */
export function toDecimal(amount: bigint | string, unit: Unit): string {
  const value = BigInt(amount);
  const digits = String(value < 0n ? -value : value).padStart(DECIMALS[unit] + 1, "0");
  const whole = digits.slice(0, -DECIMALS[unit]);
  const fraction = digits.slice(-DECIMALS[unit]).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${whole}${fraction && `.${fraction}`}`;
}

/** Why something typed is no amount. */
type NoAmount = "empty" | "invalid" | "tooPrecise" | "zero" | "tooLarge";

const GROUPED = { en: /^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/, ru: /^[1-9]\d{0,2}(\.\d{3}){2,}(,\d*)?$/ } as const;

/**
 * What people type as base units. A point and a comma both begin the decimals, spaces are ignored, and English commas before groups of three
 * are thousands: `1,000` is a thousand in English and one in Russian.
 */
export function parseAmount(typed: string, unit: Unit, locale: string): bigint | NoAmount {
  const text = typed.replace(/\s/g, "");
  if (text === "") return "empty";
  const isRussian = locale.startsWith("ru");
  const isGrouped = GROUPED[isRussian ? "ru" : "en"].test(text);
  const plain = (isGrouped ? text.replaceAll(isRussian ? "." : ",", "") : text).replace(",", ".");
  const [, whole, fraction = ""] = /^(\d*)(?:\.(\d*))?$/.exec(plain) ?? [];
  if (whole === undefined || whole + fraction === "") return "invalid";
  if (fraction.replace(/0+$/, "").length > DECIMALS[unit]) return "tooPrecise";
  const amount = BigInt(whole + fraction.padEnd(DECIMALS[unit], "0").slice(0, DECIMALS[unit]));
  if (amount === 0n) return "zero";
  return amount > MAX_AMOUNT ? "tooLarge" : amount;
}

/** As people type it in their language, without groups. */
export const toTyped = (amount: bigint, unit: Unit, locale: string): string =>
  toDecimal(amount, unit).replace(".", locale.startsWith("ru") ? "," : ".");

/** A share of an amount, rounded down. @param percent whole */
export const shareOf = (amount: bigint, percent: number): bigint => (amount * BigInt(percent)) / 100n;

/** The least that a trader gets when the price may move by this much. @param slippageBps hundredths of a percent */
export const atLeast = (amount: bigint, slippageBps: number): bigint =>
  (amount * BigInt(10_000 - slippageBps)) / 10_000n;

/** Prices are decimal strings; in units of 10⁻⁹ lamports they compare and divide exactly. */
export function scalePrice(price: string): bigint {
  const [whole = "0", fraction = ""] = price.split(".");
  return BigInt(whole + fraction.padEnd(9, "0").slice(0, 9));
}

/** How far a price lies from another, in hundredths of a percent, rounded towards it. */
export function changeBps(from: string, to: string): number {
  const [a, b] = [scalePrice(from), scalePrice(to)];
  return a === 0n ? 0 : Number(((b - a) * 10_000n) / a);
}

const formats = new Map<string, Intl.NumberFormat>();

/** A decimal of any length as people read it: exact, as `Intl` takes strings, and never rounded up. */
export function formatDecimal(decimal: string, locale: string, options: Intl.NumberFormatOptions = {}): string {
  const key = `${locale} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(locale, { roundingMode: "trunc", ...options });
  formats.set(key, format);
  return format.format(decimal as `${number}`);
}

/** How many decimals tell enough: fewer of large amounts. */
function decimalsFor(decimal: string, unit: Unit): number {
  const whole = decimal.replace("-", "").split(".")[0] ?? "0";
  if (unit === "token") return whole === "0" ? 6 : whole.length > 3 ? 0 : 2;
  if (whole !== "0") return whole.length > 3 ? 2 : 4;
  return /^-?0\.[1-9]/.test(decimal) ? 4 : /^-?0\.0{5}/.test(decimal) ? 9 : 6;
}

export function formatAmount(
  amount: bigint | string,
  unit: Unit,
  locale: string,
  options: Intl.NumberFormatOptions = {},
): string {
  const decimal = toDecimal(amount, unit);
  return formatDecimal(decimal, locale, { maximumFractionDigits: decimalsFor(decimal, unit), ...options });
}

/** Lamports for a whole token: 57.11. */
export const formatPrice = (price: string, locale: string): string =>
  formatDecimal(price, locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
