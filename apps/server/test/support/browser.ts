export interface Page {
  status: number;
  /** Where it sends the browser; absolute. */
  location: string | null;
  headers: Headers;
}

/** As much of a browser as redirects and cookies need: one jar, and no redirect is followed by itself. */
export class Browser {
  readonly origin: string;
  readonly cookies = new Map<string, string>();

  constructor(origin: string, cookies: Record<string, string> = {}) {
    this.origin = origin;
    for (const [name, value] of Object.entries(cookies)) this.cookies.set(name, value);
  }

  /** @param address a path of the origin, or a whole address, which gets no cookies where it is another site's */
  async get(address: string, headers: Record<string, string> = {}): Promise<Page> {
    const url = new URL(address, this.origin);
    const isOwn = url.origin === this.origin;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      redirect: "manual",
      headers: { ...(isOwn && cookie !== "" ? { cookie } : {}), ...headers },
    });
    await response.body?.cancel();
    if (isOwn) for (const one of response.headers.getSetCookie()) this.#keep(one);
    const location = response.headers.get("location");
    return {
      status: response.status,
      location: location === null ? null : new URL(location, url).href,
      headers: response.headers,
    };
  }

  /** Follows redirects as far as `until` says, or to their end. @returns the address it came to, fragment and all */
  async follow(address: string, until: (address: URL) => boolean = () => false): Promise<string> {
    let at = new URL(address, this.origin);
    for (let left = 10; left > 0; left--) {
      if (until(at)) return at.href;
      const { location } = await this.get(at.href);
      if (location === null) return at.href;
      at = new URL(location);
    }
    throw new Error(`Redirects without end, ${at.href} last`);
  }

  #keep(cookie: string): void {
    const [pair = ""] = cookie.split(";");
    const name = pair.slice(0, pair.indexOf("="));
    const value = pair.slice(name.length + 1);
    if (value === "" || /max-age=0/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
