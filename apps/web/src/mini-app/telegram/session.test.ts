import type { MiniAppSession } from "@pult/api/auth/account/schema.ts";
import { describe, expect, it } from "vitest";
import { TelegramSession } from "./session.ts";

const sessionUntil = (expiresAt: number, token: string): MiniAppSession => ({
  token,
  expiresAt: new Date(expiresAt).toISOString(),
  user: { id: "1", name: "Demo customer 1", username: null, languageCode: "en" },
});

describe("TelegramSession", () => {
  it("is stale before, near and after its end", async () => {
    let now = 0;
    const session = new TelegramSession(
      async () => sessionUntil(60_000, "a"),
      () => now,
    );
    expect(session.isStale).toBe(true);
    await session.renew();
    expect(session.isStale).toBe(false);
    now = 55_000;
    expect(session.isStale).toBe(true);
  });

  it("exchanges once for callers at the same time, again for later ones", async () => {
    let count = 0;
    const session = new TelegramSession(async () => sessionUntil(1e12, `t${++count}`));
    const [one, other] = await Promise.all([session.renew(), session.renew()]);
    expect(one.token).toBe(other.token);
    await session.renew();
    expect(session.token()).toBe("t2");
  });

  it("keeps what it had when a renewal fails", async () => {
    let isRefused = false;
    const session = new TelegramSession(async () => {
      if (isRefused) throw new Error("no");
      return sessionUntil(1e12, "a");
    });
    await session.renew();
    isRefused = true;
    await expect(session.renew()).rejects.toThrow("no");
    expect(session.token()).toBe("a");
  });
});
