/** Decimals of a number that was said, as many as a SOL has. */
const DECIMALS = 9;
const ONE = 10n ** BigInt(DECIMALS);

const many = (words: string, value: number): [string, bigint][] =>
  words.split(" ").map((word) => [word, BigInt(value) * ONE]);
const counted = (words: string, first: number, step = 1): [string, bigint][] =>
  words.split(" ").flatMap((word, at) => many(word.replaceAll("/", " "), first + at * step));

/** Words below a hundred that end a number or follow a ten: `one`, `семнадцать`. */
const SMALL = new Map([
  ...counted(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    0,
  ),
  ...counted(
    "ноль/нуль один/одна/одну/одно два/две три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
    0,
  ),
]);
const TENS = new Map([
  ...counted("twenty thirty forty/fourty fifty sixty seventy eighty ninety", 20, 10),
  ...counted("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто", 20, 10),
]);
const HUNDREDS = new Map(counted("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот", 100, 100));
const SCALES = new Map([
  ...many("thousand тысяча тысячи тысяч тысячу", 1_000),
  ...many("million миллион миллиона миллионов", 1_000_000),
]);
/** What stands for itself, and is followed by no other word of a number. */
const MIXED = new Map([
  ["полтора", (ONE * 3n) / 2n],
  ["полторы", (ONE * 3n) / 2n],
]);
const PARTS: Readonly<Record<string, bigint>> = { десятых: 10n, десятая: 10n, сотых: 100n, сотая: 100n };

/** A number that begins at a word, and the word after it. In units of 10⁻⁹. */
export interface Said {
  value: bigint;
  next: number;
}

export const HALF = ONE / 2n;
export const QUARTER = ONE / 4n;

/** Digits or words of English or Russian from a place on; null where no number stands, or one that can be read in two ways. */
export function readNumber(words: readonly string[], from: number): Said | null {
  const word = words[from] ?? "";
  const said = /^\d/.test(word) ? readDigits(words, from) : readWords(words, from);
  return said && withHalf(words, said);
}

function readDigits(words: readonly string[], from: number): Said | null {
  const [, whole = "", separator, decimals = ""] = /^(\d{1,12})(?:([.,])(\d{1,9}))?$/.exec(words[from] ?? "") ?? [];
  // A comma before three digits is a thousand to one reader and a fraction to another.
  if (whole === "" || (separator === "," && decimals.length === 3)) return null;
  return { value: BigInt(whole) * ONE + BigInt(decimals.padEnd(DECIMALS, "0")), next: from + 1 };
}

function readWords(words: readonly string[], from: number): Said | null {
  const mixed = MIXED.get(words[from] ?? "");
  if (mixed !== undefined) return { value: mixed, next: from + 1 };
  const whole = readWhole(words, from);
  if (!whole) return null;
  return readPoint(words, whole) ?? readParts(words, whole) ?? whole;
}

/** `two hundred and five thousand`, `сто двадцать три`. */
function readWhole(words: readonly string[], from: number): Said | null {
  let [total, group, at] = [0n, 0n, from];
  // What may follow: a smaller part of the same group.
  let room = 1_000n * ONE;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    const part = SMALL.get(word) ?? TENS.get(word) ?? HUNDREDS.get(word);
    const scale = SCALES.get(word);
    if (part !== undefined && part < room) {
      group += part;
      room = HUNDREDS.has(word) ? 100n * ONE : TENS.has(word) ? 10n * ONE : 0n;
    } else if (word === "hundred" && group < 10n * ONE && (group > 0n || at === from)) {
      group = (group > 0n ? group : ONE) * 100n;
      room = 100n * ONE;
    } else if (scale !== undefined && (group > 0n || at === from)) {
      total += (group > 0n ? group / ONE : 1n) * scale;
      [group, room] = [0n, 1_000n * ONE];
    } else if (!(word === "and" && at > from && SMALL.has(words[at + 1] ?? "") && room === 100n * ONE)) break;
  }
  return at === from ? null : { value: total + group, next: at };
}

/** `one point two five`. */
function readPoint(words: readonly string[], { value, next }: Said): Said | null {
  if (words[next] !== "point") return null;
  let digits = "";
  let at = next + 1;
  for (; at < words.length; at++) {
    const digit = SMALL.get(words[at] ?? "");
    if (digit === undefined || digit >= 10n * ONE) break;
    digits += String(digit / ONE);
  }
  if (digits === "" || digits.length > DECIMALS) return null;
  return { value: value + BigInt(digits.padEnd(DECIMALS, "0")), next: at };
}

/** `ноль целых пять десятых`. */
function readParts(words: readonly string[], { value, next }: Said): Said | null {
  if (!/^цел(ых|ая|ую)$/.test(words[next] ?? "")) return null;
  const parts = readWhole(words, next + 1);
  const divisor = parts && PARTS[words[parts.next] ?? ""];
  return parts && divisor ? { value: value + parts.value / divisor, next: parts.next + 1 } : null;
}

/** `and a half`, `с половиной`. */
function withHalf(words: readonly string[], said: Said): Said {
  const after = words.slice(said.next, said.next + 3).join(" ");
  if (after === "and a half") return { value: said.value + HALF, next: said.next + 3 };
  if (after.startsWith("с половиной")) return { value: said.value + HALF, next: said.next + 2 };
  return said;
}

/** A two-digit code from a place on: `42`, `4 2`, `forty two`, `four two`, `сорок два`. */
export function readCode(words: readonly string[], from: number): { code: string; next: number } | null {
  const first = readNumber(words, from);
  if (!first || first.value % ONE !== 0n) return null;
  const number = first.value / ONE;
  if (number >= 10n && number < 100n) return { code: String(number), next: first.next };
  const second = number < 10n ? readNumber(words, first.next) : null;
  if (number === 0n || !second || second.value >= 10n * ONE || second.value % ONE !== 0n) return null;
  return { code: `${number}${second.value / ONE}`, next: second.next };
}

/** `1.5` of a value in units of 10⁻⁹. */
export function formatNumber(value: bigint): string {
  const digits = String(value).padStart(DECIMALS + 1, "0");
  const decimals = digits.slice(-DECIMALS).replace(/0+$/, "");
  return `${digits.slice(0, -DECIMALS)}${decimals === "" ? "" : `.${decimals}`}`;
}
