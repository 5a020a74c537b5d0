import type { TelegramUpdate, UpdateBatch, UpdateState } from "./telegram.ts";

/** What was missed, and has to be asked for. */
export type Gap = { box: "account" } | { box: "channel"; channelId: number };

export interface Ordered {
  /** To be applied now, in this order. */
  updates: TelegramUpdate[];
  gaps: Gap[];
}

/**
 * Telegram counts what it tells: `pts` for the account and for each channel, `qts` for some, `seq` for containers. An update that continues
 * the count is applied, one that is behind it was applied before, and one that is ahead shows a gap: what it needs is asked for, and it comes
 * again with that.
 * @see https://core.telegram.org/api/updates
 */
export class UpdateOrder {
  #state: UpdateState;
  readonly #channels: Map<number, number>;

  constructor(state: UpdateState, channels: Iterable<readonly [channelId: number, pts: number]>) {
    this.#state = { ...state };
    this.#channels = new Map(channels);
  }

  get state(): Readonly<UpdateState> {
    return this.#state;
  }

  channelPts(channelId: number): number | null {
    return this.#channels.get(channelId) ?? null;
  }

  /** Takes the account's counters from an answer that says where it ends. */
  reset(state: Partial<UpdateState>): void {
    this.#state = { ...this.#state, ...state };
  }

  resetChannel(channelId: number, pts: number): void {
    this.#channels.set(channelId, pts);
  }

  take({ updates, seq, date }: Pick<UpdateBatch, "updates" | "seq" | "date">): Ordered {
    const ordered: Ordered = { updates: [], gaps: [] };
    const hasSeq = seq !== null && seq.start > 0;
    // What a container of an earlier number says without a count of its own was applied before.
    const isRepeat = hasSeq && seq.end <= this.#state.seq;
    const isAhead = hasSeq && seq.start > this.#state.seq + 1;
    if (isAhead) ordered.gaps.push({ box: "account" });
    for (const update of updates) this.#takeOne(update, { ordered, isFresh: !isRepeat && !isAhead });
    if (hasSeq && !isRepeat && !isAhead) {
      this.#state.seq = seq.end;
      if (date !== null) this.#state.date = Math.max(this.#state.date, date);
    }
    return ordered;
  }

  /** Counts an update, where it is its turn. */
  #takeOne(update: TelegramUpdate, { ordered, isFresh }: { ordered: Ordered; isFresh: boolean }): void {
    const gap = this.#gapBefore(update);
    if (gap) addGap(ordered, gap);
    else if (this.#count(update, isFresh)) ordered.updates.push(update);
  }

  #gapBefore(update: TelegramUpdate): Gap | null {
    const { channelId, pts, ptsCount, qts } = update;
    if (update.type === "tooLong") return { box: "account" };
    if (update.type === "channelTooLong") return { box: "channel", channelId: update.chatId };
    if (pts !== null && channelId !== null)
      return pts > this.#channelAt(update) + ptsCount ? { box: "channel", channelId } : null;
    if (pts !== null) return pts > this.#state.pts + ptsCount ? { box: "account" } : null;
    return qts !== null && this.#state.qts > 0 && qts > this.#state.qts + 1 ? { box: "account" } : null;
  }

  /** @returns whether it was not applied before */
  #count(update: TelegramUpdate, isFresh: boolean): boolean {
    const { channelId, pts, ptsCount, qts } = update;
    if (pts !== null && channelId !== null) {
      if (!isNext({ at: this.#channelAt(update), pts, ptsCount })) return false;
      this.#channels.set(channelId, pts);
    } else if (pts !== null) {
      if (!isNext({ at: this.#state.pts, pts, ptsCount })) return false;
      this.#state.pts = pts;
    } else if (qts !== null) {
      if (qts <= this.#state.qts) return false;
      this.#state.qts = qts;
    } else return isFresh;
    return true;
  }

  /** The first that is heard of a channel is where its count begins. */
  #channelAt({ channelId, pts, ptsCount }: TelegramUpdate): number {
    return this.#channels.get(channelId ?? 0) ?? (pts ?? 0) - ptsCount;
  }
}

/** Some updates count as none: they tell of a state, and may come again. */
const isNext = ({ at, pts, ptsCount }: { at: number; pts: number; ptsCount: number }): boolean =>
  ptsCount === 0 ? pts >= at : pts === at + ptsCount;

function addGap({ gaps }: Ordered, gap: Gap): void {
  const isKnown = gaps.some((one) =>
    one.box === "channel" && gap.box === "channel" ? one.channelId === gap.channelId : one.box === gap.box,
  );
  if (!isKnown) gaps.push(gap);
}
