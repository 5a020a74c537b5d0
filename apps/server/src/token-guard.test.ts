import { requestError } from "@pult/api/errors.ts";
import { query } from "@pult/api/testing/factories.ts";
import { describeOnDatabases } from "@pult/api/testing/test-deps.ts";
import { sql } from "drizzle-orm";
import { expect, it, vi } from "vitest";
import { parseEnv } from "./env.ts";
import { createRateLimits } from "./rate-limits.ts";
import { createTokenGuard } from "./token-guard.ts";

describeOnDatabases("createTokenGuard", (world) => {
  const wrong = async () => {
    throw requestError("unauthorized");
  };
  /** Written beside the refusals, so in no promised order. */
  const entries = () =>
    query<object>(world.deps, sql`select action, actor_kind, target_id, ip from audit_log order by ip`);
  const warnings = () => world.deps.log.lines.filter(({ level }) => level === "warn").map(({ fields }) => fields);

  /** Room for two wrong tokens a minute. */
  const open = () => {
    const limits = createRateLimits(parseEnv({ LIMIT_IP_PER_MINUTE: "8" }));
    return createTokenGuard({ limits, deps: world.deps });
  };
  const refused = { code: "RATE_LIMITED", retryAfterSeconds: expect.any(Number) };

  it("accepts a valid token and counts nothing", async () => {
    const guard = open();
    for (let n = 0; n < 50; n += 1)
      expect(await guard.admit({ ip: "a", token: "right" }, async () => "somebody")).toBe("somebody");
  });

  it("passes a wrong token's error on, then refuses the address before any token is checked", async () => {
    const guard = open();
    for (let n = 0; n < 2; n += 1)
      await expect(guard.admit({ ip: "a", token: "x" }, wrong)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
    await expect(guard.admit({ ip: "a", token: "x" }, wrong)).rejects.toMatchObject(refused);
    const identify = vi.fn(async () => "somebody");
    await expect(guard.admit({ ip: "a", token: "right" }, identify)).rejects.toMatchObject(refused);
    expect(identify).not.toHaveBeenCalled();
    expect(await guard.admit({ ip: "a", token: null }, identify)).toBe("somebody");
    expect(await guard.admit({ ip: "b", token: "right" }, identify)).toBe("somebody");
    await expect.poll(entries).toHaveLength(1);
  });

  it("counts handshakes, and records a guessing address also when a handshake finds it over its limit", async () => {
    const guard = open();
    for (let n = 0; n < 80; n += 1) await guard.countHandshake("a");
    await expect(guard.countHandshake("a")).rejects.toMatchObject(refused);
    for (let n = 0; n < 2; n += 1) await guard.admit({ ip: "b", token: "x" }, wrong).catch(() => {});
    await expect(guard.countHandshake("b")).rejects.toMatchObject(refused);
    await expect.poll(entries).toMatchObject([{ ip: "b", action: "auth.tokensGuessed" }]);
  });

  it("does not count failures that are not the token's", async () => {
    const guard = open();
    const broken = async () => {
      throw new Error("The database is away");
    };
    for (let n = 0; n < 9; n += 1)
      await expect(guard.admit({ ip: "a", token: "x" }, broken)).rejects.toThrow("The database is away");
  });

  it("writes one line a minute, and one entry an hour for each address", async () => {
    const guard = open();
    const guess = (ip: string) => guard.admit({ ip, token: "a-secret-guess" }, wrong).catch(() => {});
    for (const ip of ["192.0.2.1", "192.0.2.2"]) for (let n = 0; n < 9; n += 1) await guess(ip);
    await expect.poll(entries).toHaveLength(2);
    expect(warnings()).toEqual([{ ip: "192.0.2.1", refused: 1 }]);
    world.deps.clock.advance(60_000);
    await guess("192.0.2.2");
    expect(warnings()[1]).toEqual({ ip: "192.0.2.2", refused: 14 });
    expect(await entries()).toEqual(
      ["192.0.2.1", "192.0.2.2"].map((ip) => ({
        action: "auth.tokensGuessed",
        actor_kind: "anonymous",
        target_id: ip,
        ip,
      })),
    );
    expect(JSON.stringify([warnings(), await entries()])).not.toContain("a-secret-guess");
  });
});
