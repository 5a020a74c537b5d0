/**
 * Reads a state that events change. Its answer may be older than what was heard since it was asked for, which is therefore applied once more
 * after it; the answer to an earlier question says nothing any more.
 */
export class Reading<Event> {
  #heard: Event[] | null = null;

  hear(event: Event): void {
    this.#heard?.push(event);
  }

  /** What has come is newer than what is being read. */
  drop(): void {
    this.#heard = null;
  }

  /**
   * @returns the answer, and what was heard since it was asked for; null where something newer has taken its place
   * @throws what the call does, unless something newer has taken its place
   */
  async read<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer; heard: readonly Event[] } | null> {
    const heard: Event[] = [];
    this.#heard = heard;
    const isNewest = () => this.#heard === heard;
    try {
      const answer = await call();
      return isNewest() ? { answer, heard } : null;
    } catch (error) {
      if (isNewest()) throw error;
      return null;
    } finally {
      if (isNewest()) this.#heard = null;
    }
  }
}
