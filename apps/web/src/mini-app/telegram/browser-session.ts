/** What Telegram Login came to, as the address's fragment says it. */
export type Arrival = { token: string } | { error: SignInError };

/** In the words of `miniApp.account`. */
export type SignInError = "telegramFailed" | "telegramUnavailable";

/** A tab of a browser, as far as a sign-in touches it. */
export type Tab = {
  location: Pick<Location, "hash" | "pathname" | "search">;
  history: Pick<History, "replaceState">;
  /** Of this tab alone, and over with it. May throw where the browser keeps nothing. */
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
};

const TOKEN_KEY = "pult.app.session";
const BEGUN_KEY = "pult.app.signInBegan";
/** As long as the server waits for a login. */
const SIGN_IN_LIFE_MS = 10 * 60_000;

/** Null when it says nothing of a sign-in, such as what Telegram itself puts there. */
export function parseArrival(fragment: string): Arrival | null {
  const said = new URLSearchParams(fragment.replace(/^#/, ""));
  const tokens = said.getAll("session");
  const [token] = tokens;
  if (token !== undefined) {
    return tokens.length === 1 && /^[\w-]{20,200}$/.test(token) ? { token } : { error: "telegramFailed" };
  }
  const error = said.get("error");
  if (error === null) return null;
  return { error: error === "telegramUnavailable" ? error : "telegramFailed" };
}

/** The customer's session in one tab. Nothing of it outlives the tab, and no other tab learns of it. */
export class BrowserSession {
  readonly #tab: Tab;
  readonly #now: () => number;

  constructor(tab: Tab, now: () => number = Date.now) {
    this.#tab = tab;
    this.#now = now;
  }

  /**
   * Takes what the fragment says of a sign-in out of the address, and keeps the session when this tab has begun it: a person who follows a
   * stranger's link must not write to the desk as that stranger.
   * @returns why the sign-in failed, if it did
   */
  takeArrival(): SignInError | null {
    const { location, history } = this.#tab;
    const arrival = parseArrival(location.hash);
    if (!arrival) return null;
    history.replaceState(null, "", location.pathname + location.search);
    const began = Number(this.#read(BEGUN_KEY) ?? Number.NaN);
    this.#write(BEGUN_KEY, null);
    if ("error" in arrival) return arrival.error;
    const age = this.#now() - began;
    if (!(age >= 0 && age < SIGN_IN_LIFE_MS)) return "telegramFailed";
    this.#write(TOKEN_KEY, arrival.token);
    return null;
  }

  /** To be said before the tab leaves for Telegram. */
  begin(): void {
    this.#write(BEGUN_KEY, String(this.#now()));
  }

  token(): string | null {
    return this.#read(TOKEN_KEY);
  }

  forget(): void {
    this.#write(TOKEN_KEY, null);
  }

  #read(key: string): string | null {
    try {
      return this.#tab.sessionStorage.getItem(key);
    } catch {
      return null;
    }
  }

  #write(key: string, value: string | null): void {
    try {
      if (value === null) this.#tab.sessionStorage.removeItem(key);
      else this.#tab.sessionStorage.setItem(key, value);
    } catch {
      // Without storage there is no sign-in, and the page says so.
    }
  }
}

/**
 * Ends a session on the server, without the agent's cookie that the same browser may hold: that session goes on.
 * @returns whether the server has ended it, or knew it no more
 */
export async function endSession(token: string, send: typeof fetch = fetch): Promise<boolean> {
  try {
    const answer = await send("/trpc/auth.signOut", {
      method: "POST",
      credentials: "omit",
      keepalive: true,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
    });
    return answer.ok || answer.status === 401;
  } catch {
    return false;
  }
}
