/**
 * CSV by RFC 4180, and what spreadsheets do to it.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */

/** Cells that a spreadsheet would take for a formula, with the apostrophes that were put before them. */
const FORMULA = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;

/** A cell as it is written: no formula, quoted where it needs to be. */
function formatCell(text: string): string {
  const guarded = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

export const formatLine = (cells: readonly string[]): string => `${cells.map(formatCell).join(",")}\r\n`;

/** Excel reads UTF-8 by it. */
export const BOM = "\uFEFF";

export interface CsvRecord {
  /** In the file, from 1: where the record begins. */
  line: number;
  cells: string[];
}

export interface ParsedCsv {
  /** Without blank lines. */
  records: CsvRecord[];
  /** The line of a quote that nothing ends; null when all end. */
  unclosed: number | null;
}

/** Cells as they were written by `formatLine`: with commas, or, as spreadsheets of some countries write, semicolons or tabs. */
export function parseCsv(given: string): ParsedCsv {
  const text = given.startsWith(BOM) ? given.slice(1) : given;
  const delimiter = delimiterOf(text);
  const records: CsvRecord[] = [];
  let [cells, line, at]: [string[], number, number] = [[], 1, 0];
  while (at < text.length) {
    const begun = line;
    cells = [];
    for (let isEnd = false; !isEnd; ) {
      const cell = readCell(text, at, delimiter);
      if (cell === null) return { records, unclosed: line };
      cells.push(cell.text.replace(GUARDED, (guarded) => guarded.slice(1)));
      line += cell.lines;
      at = cell.next;
      isEnd = cell.isLast;
    }
    if (cells.some((cell) => cell !== "")) records.push({ line: begun, cells });
  }
  return { records, unclosed: null };
}

/** What the first line, outside of quotes, has most of. */
function delimiterOf(text: string): string {
  const counts = new Map([",", ";", "\t"].map((one) => [one, 0]));
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === "\n" && !isQuoted) break;
    else if (!isQuoted) counts.set(character, (counts.get(character) ?? Number.NaN) + 1);
  }
  const [most = ","] = [",", ";", "\t"].toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  return most;
}

interface Cell {
  text: string;
  next: number;
  /** Of its record. */
  isLast: boolean;
  /** Line ends in it and behind it. */
  lines: number;
}

/** @returns null when its quote does not end */
function readCell(text: string, from: number, delimiter: string): Cell | null {
  let [at, value, lines] = [from, "", 0];
  if (text[from] === '"') {
    const closed = readQuoted(text, from + 1);
    if (closed === null) return null;
    ({ next: at, value, lines } = closed);
  }
  const begin = at;
  while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at += 1;
  value += text.slice(begin, at);
  if (text[at] === delimiter && at < text.length) return { text: value, next: at + 1, isLast: false, lines };
  const end = text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
  return { text: value, next: at + end, isLast: true, lines: lines + 1 };
}

function readQuoted(text: string, from: number): { next: number; value: string; lines: number } | null {
  let [at, value] = [from, ""];
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return null;
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { next: quote + 1, value, lines: value.split("\n").length - 1 };
    value += '"';
    at = quote + 2;
  }
}

/** Several values in one cell. */
export const joinValues = (values: readonly string[]): string =>
  values.map((value) => value.replace(/[\\|]/g, "\\$&")).join("|");

export const splitValues = (cell: string): string[] =>
  (cell.match(/(?:\\[\\|]|[^|])+/g) ?? []).map((value) => value.replace(/\\([\\|])/g, "$1").trim()).filter(Boolean);
