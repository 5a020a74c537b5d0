/** What a reader saw of the numbered events, in numbers. */
export interface Tally {
  /** Events that were acknowledged to their writers. */
  sent: number;
  /** Numbered events that arrived, over all readers. */
  delivered: number;
  /** Acknowledged, never delivered, and the gap was not announced. */
  lost: number;
  repeated: number;
  disordered: number;
  /** Positions that continued where the reader was. */
  resumed: number;
  /** Positions that said that they could not, and brought a snapshot. */
  recoveredFalse: number;
}

export const emptyTally = (): Tally => ({
  sent: 0,
  delivered: 0,
  lost: 0,
  repeated: 0,
  disordered: 0,
  resumed: 0,
  recoveredFalse: 0,
});

export interface Numbered {
  writer: string;
  /** From 1, without gaps. */
  number: number;
}

export const numberedText = ({ writer, number }: Numbered): string => `${writer} #${number}`;

/** Base units of the first trade of a writer; each further one is of one more, so that a trade says which it is. */
const FIRST_AMOUNT = 1_000_000;

export const amountOf = (number: number): string => String(FIRST_AMOUNT + number);

/** A trade as the text of the one who made it. */
export const textOfTrade = ({ userId, amountIn }: { userId: string | null; amountIn: string }): string =>
  numberedText({ writer: userId ?? "", number: Number(amountIn) - FIRST_AMOUNT });

/** The number in a message's text; null for what no writer of ours wrote. */
export function readNumber(text: string): Numbered | null {
  const match = /^(\S+) #(\d+)$/.exec(text);
  return match ? { writer: match[1] ?? "", number: Number(match[2]) } : null;
}

interface Position {
  epoch: string;
  offset: number;
}

export function parseId(id: string): Position {
  const match = /^([\w-]+):(\d+)$/.exec(id);
  if (!match) throw new Error(`Not an event id: ${id}`);
  return { epoch: match[1] ?? "", offset: Number(match[2]) };
}

/** What stood at which id of a topic, so that all of its readers can be held to the same. Forgets the oldest. */
export class TopicTruth {
  readonly #texts = new Map<string, string>();

  /** False when another reader saw something else there. */
  agrees(id: string, text: string): boolean {
    const known = this.#texts.get(id);
    if (known !== undefined) return known === text;
    this.#texts.set(id, text);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > 20_000 && oldest !== undefined) this.#texts.delete(oldest);
    return true;
  }
}

/**
 * Offsets of one subscription as the stock client hands them on: a position, then one after the other. While a client moves to a new socket
 * it is told the position that it asked from, although its old socket has delivered more; what is replayed of that, it drops itself.
 */
export class OffsetLedger {
  readonly problems: string[] = [];
  readonly counts = { missed: 0, repeated: 0 };
  #last: Position | null = null;
  /** Up to where a replay has come, when it began before the last event. */
  #replayed = 0;

  position(id: string): void {
    const at = parseId(id);
    this.#replayed = at.offset;
    if (this.#last === null || at.epoch !== this.#last.epoch || at.offset > this.#last.offset) this.#last = at;
  }

  /** False for a replay that a position before the last event announced. */
  event(id: string): boolean {
    const at = parseId(id);
    const last = this.#last;
    if (last && at.epoch === last.epoch && at.offset <= last.offset && at.offset === this.#replayed + 1) {
      this.#replayed += 1;
      return false;
    }
    this.#last = at;
    this.#replayed = at.offset;
    if (last && at.epoch === last.epoch && at.offset === last.offset + 1) return true;
    this.problems.push(last ? `${id} came after ${last.epoch}:${last.offset}` : `${id} came before any position`);
    if (last && at.epoch === last.epoch && at.offset <= last.offset) this.counts.repeated += 1;
    else this.counts.missed += last && at.epoch === last.epoch ? at.offset - last.offset - 1 : 1;
    return true;
  }
}

/** Numbers as one reader got them: each writer's once and in order. Room for a watermark and the holes below it, however long it runs. */
export class NumberLedger {
  readonly problems: string[] = [];
  readonly counts = { delivered: 0, repeated: 0, disordered: 0 };
  readonly #newest = new Map<string, number>();
  readonly #missing = new Map<string, Set<number>>();
  /** What a reader was told it does not get. */
  readonly #announced = new Map<string, number>();
  /** What a snapshot held may be told once more: it is at least as new as its position. */
  readonly #fromSnapshot = new Set<string>();

  /** Where a reader starts who was not there from the beginning. */
  begin(writer: string, number: number): void {
    this.#newest.set(writer, number);
  }

  deliver({ writer, number }: Numbered): void {
    this.counts.delivered += 1;
    const newest = this.#newest.get(writer) ?? 0;
    if (number > newest) {
      for (let missed = this.#known(writer) + 1; missed < number; missed++) this.#holesOf(writer).add(missed);
      this.#newest.set(writer, number);
      return;
    }
    if (this.#fromSnapshot.delete(numberedText({ writer, number }))) return;
    if (this.#holesOf(writer).delete(number)) {
      this.counts.disordered += 1;
      this.problems.push(`${writer} #${number} came after #${newest}`);
    } else {
      this.counts.repeated += 1;
      this.problems.push(`${writer} #${number} came again, after #${newest}`);
    }
  }

  /**
   * The state as of now: what was missed before it is no longer owed.
   * @param acknowledged newest number of each writer that was stored by then
   */
  replace(snapshot: readonly Numbered[], acknowledged: ReadonlyMap<string, number>): void {
    this.#missing.clear();
    for (const [writer, number] of acknowledged) this.#announced.set(writer, number);
    for (const one of snapshot) {
      this.#fromSnapshot.add(numberedText(one));
      this.#newest.set(one.writer, Math.max(this.#newest.get(one.writer) ?? 0, one.number));
    }
  }

  /**
   * The same for a snapshot that holds the newest of each writer alone: what came before it is stored, and may be told once more where it was not
   * told yet.
   */
  replaceUpTo(newest: readonly Numbered[]): void {
    const held = newest.flatMap(({ writer, number }) => {
      const told = this.#newest.get(writer) ?? 0;
      return Array.from({ length: Math.max(0, number - told) }, (_, at) => ({ writer, number: told + at + 1 }));
    });
    this.replace(held, new Map(newest.map(({ writer, number }) => [writer, number])));
  }

  /** Numbers that were acknowledged and never came. */
  lost(writer: string, upTo: number): number[] {
    const known = this.#known(writer);
    const after = Array.from({ length: Math.max(0, upTo - known) }, (_, at) => known + 1 + at);
    return [...this.#holesOf(writer), ...after].sort((a, b) => a - b);
  }

  #known(writer: string): number {
    return Math.max(this.#newest.get(writer) ?? 0, this.#announced.get(writer) ?? 0);
  }

  #holesOf(writer: string): Set<number> {
    const holes = this.#missing.get(writer) ?? new Set();
    this.#missing.set(writer, holes);
    return holes;
  }
}
