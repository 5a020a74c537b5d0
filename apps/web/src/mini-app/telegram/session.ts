/** A customer's session of our own. */
export type OpenedSession = {
  token: string;
  /** Null when only the server knows. */
  expiresAt: string | null;
  user: { id: string };
};

/** The exchange of Telegram's word for a session of our own. The token lives in memory only. */
export class TelegramSession {
  readonly #exchange: () => Promise<OpenedSession>;
  readonly #now: () => number;
  #session: OpenedSession | null = null;
  #pending: Promise<OpenedSession> | null = null;

  constructor(exchange: () => Promise<OpenedSession>, now: () => number = Date.now) {
    this.#exchange = exchange;
    this.#now = now;
  }

  readonly token = (): string | null => this.#session?.token ?? null;

  get user(): OpenedSession["user"] | null {
    return this.#session?.user ?? null;
  }

  /** Whether it is over, or will be before a call can be made. */
  get isStale(): boolean {
    if (!this.#session) return true;
    const { expiresAt } = this.#session;
    return expiresAt !== null && Date.parse(expiresAt) - this.#now() < EXPIRY_MARGIN_MS;
  }

  /** Signs in, also when there is a session already. Callers at the same time share one exchange. */
  renew(): Promise<OpenedSession> {
    this.#pending ??= this.#exchange()
      .then((session) => {
        this.#session = session;
        return session;
      })
      .finally(() => {
        this.#pending = null;
      });
    return this.#pending;
  }
}

const EXPIRY_MARGIN_MS = 10_000;
