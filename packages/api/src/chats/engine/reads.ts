/** Chats of which is remembered what they have at dates. */
const MAX_CHATS = 1_000;

interface Found {
  newestId: number | null;
  /** Unix ms until which it is taken for true. */
  until: number;
}

/** What an account asks Telegram for its readers: once for all who ask meanwhile, and not again while the answer holds. */
export class Reads {
  /** Grows whenever something changes in chats: an answer that was asked for before may be older than that. */
  changes = 0;
  readonly #underway = new Map<string, Promise<unknown>>();
  readonly #dates = new Map<number, Map<string, Found>>();

  /** Callers that ask for the same meanwhile share the answer, and the failure. */
  async once<Result>(key: string, read: () => Promise<Result>): Promise<Result> {
    const known = this.#underway.get(key);
    if (known) return known as Promise<Result>;
    const reading = read().finally(() => this.#underway.delete(key));
    this.#underway.set(key, reading);
    return reading;
  }

  /** The newest message of a chat before a date, as Telegram said lately. */
  foundAt(chatId: number, place: string, now: number): Pick<Found, "newestId"> | null {
    const found = this.#dates.get(chatId)?.get(place);
    return found && found.until > now ? found : null;
  }

  /** @param since `changes` when Telegram was asked */
  keepFound(chatId: number, place: string, { since, ...found }: Found & { since: number }): void {
    if (since !== this.changes) return;
    if (this.#dates.size >= MAX_CHATS) this.#dates.clear();
    const places = this.#dates.get(chatId) ?? new Map<string, Found>();
    this.#dates.set(chatId, places.set(place, found));
  }

  /** Something happened in these chats. */
  forget(chatIds: Iterable<number>): void {
    for (const chatId of chatIds) {
      this.changes += 1;
      this.#dates.delete(chatId);
    }
  }
}
