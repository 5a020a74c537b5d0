/**
 * Patterns that people write, matched in time linear in the text: Thompson's simulation, one step for each character and state, so that no pattern
 * can stop the server. Literals, `.`, classes, `\d \w \s \b` and their opposites, `^ $`, groups, `|`, `* + ? {m,n}`; letters of either case. What
 * cannot be matched so (back references, look-around) is refused.
 * @see https://swtch.com/~rsc/regexp/regexp1.html
 */
export interface Pattern {
  /** Whether it is found anywhere in a text. */
  test(text: string): boolean;
}

/** What is wrong with a pattern, for its writer. */
export class PatternError extends Error {}

export const MAX_PATTERN = 200;
/** States at most: `(a{1,50}){1,50}` would have thousands. */
const MAX_STATES = 1_000;
const MAX_REPEATS = 100;
/** Characters of a text that are looked at. */
const MAX_TEXT = 4_096;

type Test = (char: string) => boolean;
type Edge = "start" | "end" | "word" | "noWord";
type Node =
  | { kind: "char"; test: Test }
  | { kind: "edge"; edge: Edge }
  | { kind: "all"; nodes: Node[] }
  | { kind: "any"; nodes: Node[] }
  | { kind: "repeat"; node: Node; min: number; max: number };
type State = { op: "char"; test: Test } | { op: "edge"; edge: Edge } | { op: "split"; to: number[] } | { op: "match" };

const isDigit: Test = (char) => /^\p{Nd}$/u.test(char);
const isWord: Test = (char) => /^[\p{L}\p{N}_]$/u.test(char);
const isSpace: Test = (char) => /^\s$/u.test(char);
const not =
  (test: Test): Test =>
  (char) =>
    !test(char);
const CLASSES: Readonly<Record<string, Test>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isSpace,
  S: not(isSpace),
};
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** @throws PatternError */
export function compilePattern(source: string): Pattern {
  if (source.length > MAX_PATTERN) throw new PatternError(`at most ${MAX_PATTERN} characters`);
  const states: State[] = [];
  emit(new Parser(source).parse(), states);
  states.push({ op: "match" });
  return { test: (text) => run(states, [...text.slice(0, MAX_TEXT)]) };
}

class Parser {
  readonly #chars: string[];
  #at = 0;

  constructor(source: string) {
    this.#chars = [...source];
  }

  parse(): Node {
    const node = this.#any();
    if (this.#peek() !== undefined) throw new PatternError(`unexpected ${this.#peek()}`);
    return node;
  }

  #peek = (): string | undefined => this.#chars[this.#at];
  #take(): string {
    const char = this.#chars[this.#at++];
    if (char === undefined) throw new PatternError("ends too early");
    return char;
  }
  #takeIf(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #any(): Node {
    const nodes = [this.#all()];
    while (this.#takeIf("|")) nodes.push(this.#all());
    return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: "any", nodes };
  }

  #all(): Node {
    const nodes: Node[] = [];
    while (this.#peek() !== undefined && this.#peek() !== "|" && this.#peek() !== ")") nodes.push(this.#repeat());
    return { kind: "all", nodes };
  }

  #repeat(): Node {
    let node = this.#one();
    for (;;) {
      const bounds = this.#bounds();
      if (!bounds) return node;
      if (node.kind === "edge") throw new PatternError("nothing to repeat");
      node = { kind: "repeat", node, ...bounds };
      // Whether as little or as much as possible makes no difference to whether it is found.
      this.#takeIf("?");
    }
  }

  #bounds(): { min: number; max: number } | null {
    if (this.#takeIf("*")) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#takeIf("+")) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#takeIf("?")) return { min: 0, max: 1 };
    const [text, from, comma, to] = /^\{(\d{1,3})(,?)(\d{0,3})\}/.exec(this.#chars.slice(this.#at).join("")) ?? [];
    if (text === undefined) return null;
    this.#at += text.length;
    const min = Number(from);
    const max = comma === "" ? min : to === "" ? Number.POSITIVE_INFINITY : Number(to);
    if (min > MAX_REPEATS || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEATS) || max < min)
      throw new PatternError(`repeats at most ${MAX_REPEATS} times`);
    return { min, max };
  }

  #one(): Node {
    const char = this.#take();
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "char", test: this.#class() };
      case ".":
        return { kind: "char", test: (one) => one !== "\n" };
      case "^":
        return { kind: "edge", edge: "start" };
      case "$":
        return { kind: "edge", edge: "end" };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw new PatternError("nothing to repeat");
      default:
        return { kind: "char", test: sameAs(char) };
    }
  }

  #group(): Node {
    if (this.#takeIf("?") && !this.#takeIf(":"))
      throw new PatternError("look-around and named groups are not supported");
    const node = this.#any();
    if (!this.#takeIf(")")) throw new PatternError("a bracket is not closed");
    return node;
  }

  #escape(): Node {
    const char = this.#take();
    if (char === "b" || char === "B") return { kind: "edge", edge: char === "b" ? "word" : "noWord" };
    return { kind: "char", test: CLASSES[char] ?? sameAs(this.#literal(char)) };
  }

  #literal(char: string): string {
    const control = CONTROLS[char];
    if (control) return control;
    if (/[\p{L}\p{N}]/u.test(char)) throw new PatternError(`\\${char} is not supported`);
    return char;
  }

  #class(): Test {
    const isNegated = this.#takeIf("^");
    const tests: Test[] = [];
    for (let isFirst = true; isFirst || !this.#takeIf("]"); isFirst = false) {
      const from = this.#member();
      if (typeof from !== "string") {
        tests.push(from);
        continue;
      }
      const isRange = this.#peek() === "-" && this.#chars[this.#at + 1] !== "]";
      if (!isRange) tests.push(sameAs(from));
      else {
        this.#take();
        const to = this.#member();
        if (typeof to !== "string" || to < from) throw new PatternError("a range is the wrong way round");
        tests.push((char) => inEitherCase(char).some((one) => one >= from && one <= to));
      }
    }
    const test: Test = (char) => tests.some((one) => one(char));
    return isNegated ? not(test) : test;
  }

  #member(): string | Test {
    const char = this.#take();
    if (char !== "\\") return char;
    const escaped = this.#take();
    return CLASSES[escaped] ?? this.#literal(escaped);
  }
}

const inEitherCase = (char: string): string[] => [char, char.toLowerCase(), char.toUpperCase()];
const sameAs = (wanted: string): Test => {
  const lower = wanted.toLowerCase();
  return (char) => char.toLowerCase() === lower;
};

function emit(node: Node, states: State[]): void {
  if (states.length > MAX_STATES) throw new PatternError("too long with its repeats");
  switch (node.kind) {
    case "char":
      states.push({ op: "char", test: node.test });
      return;
    case "edge":
      states.push({ op: "edge", edge: node.edge });
      return;
    case "all":
      for (const one of node.nodes) emit(one, states);
      return;
    case "any":
      emitAny(node.nodes, states);
      return;
    case "repeat":
      emitRepeat(node, states);
  }
}

function emitAny(nodes: readonly Node[], states: State[]): void {
  const split: State = { op: "split", to: [] };
  states.push(split);
  const ends: { op: "split"; to: number[] }[] = [];
  for (const one of nodes) {
    split.to.push(states.length);
    emit(one, states);
    const end: State = { op: "split", to: [] };
    states.push(end);
    ends.push(end);
  }
  for (const end of ends) end.to.push(states.length);
}

function emitRepeat({ node, min, max }: Extract<Node, { kind: "repeat" }>, states: State[]): void {
  for (let time = 0; time < min; time++) emit(node, states);
  if (max === Number.POSITIVE_INFINITY) {
    const split: State = { op: "split", to: [states.length + 1] };
    const at = states.length;
    states.push(split);
    emit(node, states);
    states.push({ op: "split", to: [at] });
    split.to.push(states.length);
    return;
  }
  const exits: { op: "split"; to: number[] }[] = [];
  for (let time = min; time < max; time++) {
    const split: State = { op: "split", to: [states.length + 1] };
    states.push(split);
    exits.push(split);
    emit(node, states);
  }
  for (const exit of exits) exit.to.push(states.length);
}

function run(states: readonly State[], chars: readonly string[]): boolean {
  let current = new Set<number>();
  for (let at = 0; at <= chars.length; at++) {
    // It may begin anywhere.
    if (follow(states, current, { from: 0, chars, at })) return true;
    const next = new Set<number>();
    const char = chars[at];
    if (char === undefined) return false;
    for (const index of current) {
      const state = states[index];
      if (state?.op !== "char" || !state.test(char)) continue;
      if (follow(states, next, { from: index + 1, chars, at: at + 1 })) return true;
    }
    current = next;
  }
  return false;
}

/** Adds what is reached without a character. @returns whether that is the end */
function follow(
  states: readonly State[],
  reached: Set<number>,
  { from, chars, at }: { from: number; chars: readonly string[]; at: number },
): boolean {
  const open = [from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const state = states[index];
    if (state?.op === "match") return true;
    if (state?.op === "split") open.push(...state.to);
    if (state?.op === "edge" && isAt(state.edge, chars, at)) open.push(index + 1);
  }
  return false;
}

function isAt(edge: Edge, chars: readonly string[], at: number): boolean {
  if (edge === "start") return at === 0;
  if (edge === "end") return at === chars.length;
  const isBoundary = isWord(chars[at - 1] ?? "") !== isWord(chars[at] ?? "");
  return isBoundary === (edge === "word");
}
