import type { MiniAppSession } from "@pult/api/auth/account/schema.ts";

/** The exchange of `initData` for a session of our own. The token lives in memory only. */
export class TelegramSession {
  readonly #exchange: () => Promise<MiniAppSession>;
  readonly #now: () => number;
  #session: MiniAppSession | null = null;
  #pending: Promise<MiniAppSession> | null = null;

  constructor(exchange: () => Promise<MiniAppSession>, now: () => number = Date.now) {
    this.#exchange = exchange;
    this.#now = now;
  }

  readonly token = (): string | null => this.#session?.token ?? null;

  get user(): MiniAppSession["user"] | null {
    return this.#session?.user ?? null;
  }

  /** Whether it is over, or will be before a call can be made. */
  get isStale(): boolean {
    return !this.#session || Date.parse(this.#session.expiresAt) - this.#now() < EXPIRY_MARGIN_MS;
  }

  /** Signs in, also when there is a session already. Callers at the same time share one exchange. */
  renew(): Promise<MiniAppSession> {
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
