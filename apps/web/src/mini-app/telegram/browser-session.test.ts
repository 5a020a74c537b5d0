import { describe, expect, it } from "vitest";
import { BrowserSession, endSession, parseArrival, type Tab } from "./browser-session.ts";

const TOKEN = `ses_${"a".repeat(43)}`;

describe("parseArrival", () => {
  it.each([
    ["", null],
    ["#", null],
    ["#tgWebAppData=user%3D1&tgWebAppVersion=8.0", null],
    [`#session=${TOKEN}`, { token: TOKEN }],
    ["#session=", { error: "telegramFailed" }],
    ["#session=short", { error: "telegramFailed" }],
    [`#session=${TOKEN}%0d%0aX: y`, { error: "telegramFailed" }],
    [`#session=${TOKEN}&session=${TOKEN}`, { error: "telegramFailed" }],
    ["#error=telegramFailed", { error: "telegramFailed" }],
    ["#error=telegramUnavailable", { error: "telegramUnavailable" }],
    ["#error=<b>anything</b>", { error: "telegramFailed" }],
  ])("%s", (fragment, arrival) => {
    expect(parseArrival(fragment)).toEqual(arrival);
  });
});

function openTab(hash = "") {
  const kept = new Map<string, string>();
  const tab = {
    location: { hash, pathname: "/app", search: "?startapp=message_5" },
    addresses: [] as string[],
    history: {
      replaceState(_state: unknown, _title: string, address?: string | URL | null) {
        tab.location.hash = "";
        tab.addresses.push(String(address));
      },
    },
    sessionStorage: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    },
  };
  return tab;
}

describe("BrowserSession", () => {
  it("takes the session out of the address once, and keeps it for the tab", () => {
    const tab = openTab();
    new BrowserSession(tab).begin();
    tab.location.hash = `#session=${TOKEN}`;
    const session = new BrowserSession(tab);
    expect(session.takeArrival()).toBeNull();
    expect(tab.addresses).toEqual(["/app?startapp=message_5"]);
    expect(session.token()).toBe(TOKEN);
    expect(session.takeArrival()).toBeNull();
    expect(tab.addresses).toHaveLength(1);
    session.forget();
    expect(session.token()).toBeNull();
  });

  it("refuses a session that this tab has not begun, has begun too long ago, or has taken already", () => {
    let now = 0;
    const tab = openTab(`#session=${TOKEN}`);
    const session = new BrowserSession(tab, () => now);
    expect(session.takeArrival()).toBe("telegramFailed");
    session.begin();
    now = 10 * 60_000;
    tab.location.hash = `#session=${TOKEN}`;
    expect(session.takeArrival()).toBe("telegramFailed");
    session.begin();
    tab.location.hash = "#error=telegramFailed";
    expect(session.takeArrival()).toBe("telegramFailed");
    tab.location.hash = `#session=${TOKEN}`;
    expect(session.takeArrival()).toBe("telegramFailed");
    expect(session.token()).toBeNull();
    expect(tab.addresses).toHaveLength(4);
  });

  it("leaves the session it has when another is refused", () => {
    const tab = openTab();
    const session = new BrowserSession(tab);
    session.begin();
    tab.location.hash = `#session=${TOKEN}`;
    session.takeArrival();
    tab.location.hash = `#session=${TOKEN.replaceAll("a", "b")}`;
    session.takeArrival();
    expect(session.token()).toBe(TOKEN);
  });

  it("refuses the session where the browser has no storage", () => {
    const tab = openTab(`#session=${TOKEN}`);
    const blocked: Tab = {
      location: tab.location,
      history: tab.history,
      get sessionStorage(): Storage {
        throw new DOMException("denied", "SecurityError");
      },
    };
    const session = new BrowserSession(blocked);
    session.begin();
    expect(session.takeArrival()).toBe("telegramFailed");
    expect(session.token()).toBeNull();
    session.forget();
  });
});

describe("endSession", () => {
  it("shows the session alone, not the browser's cookies", async () => {
    const calls: [unknown, RequestInit | undefined][] = [];
    const isEnded = await endSession(TOKEN, async (input, init) => {
      calls.push([input, init]);
      return new Response("{}");
    });
    expect(isEnded).toBe(true);
    expect(calls[0]?.[0]).toBe("/trpc/auth.signOut");
    expect(calls[0]?.[1]).toMatchObject({ credentials: "omit", headers: { authorization: `Bearer ${TOKEN}` } });
  });

  it.each([
    [401, true],
    [503, false],
  ])("an answer of %i counts as ended: %s", async (status, isEnded) => {
    expect(await endSession(TOKEN, async () => new Response("", { status }))).toBe(isEnded);
  });

  it("is not ended when the server does not respond", async () => {
    expect(await endSession(TOKEN, () => Promise.reject(new TypeError("Failed to fetch")))).toBe(false);
  });
});
