import { oneTimeTokens, strangerSignIns } from "@pult/db/schema/auth.ts";
import { asc } from "drizzle-orm";
import { expect, it } from "vitest";
import { issueOneTime, type Purpose, takeOneTime } from "../auth/one-time.ts";
import { SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { sweepAll } from "./retention.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describeOnDatabases("sweepAll", (world) => {
  const sweep = () => sweepAll(world.contextOf(SYSTEM));

  it("drops tickets and challenges as soon as they have expired, and what was used; links wait for their days", async () => {
    const { db, now } = world.deps;
    const issue = (purpose: Purpose, lifeMs = MINUTE_MS) => issueOneTime(db, { purpose, now: now(), lifeMs });
    for (const purpose of ["ticket", "passkeyChallenge", "telegramLogin", "walletProof", "initData"] as const) {
      await issue(purpose);
      await issue(purpose, HOUR_MS);
    }
    for (const purpose of ["setUp", "invitation", "passwordReset"] as const) {
      await issue(purpose);
      for (const lifeMs of [MINUTE_MS, HOUR_MS])
        await takeOneTime(db, { purpose, token: (await issue(purpose, lifeMs)).token, now: now() });
    }
    world.deps.clock.advance(2 * MINUTE_MS);
    await sweep();
    const left = await db
      .select({ purpose: oneTimeTokens.purpose, expiresAt: oneTimeTokens.expiresAt })
      .from(oneTimeTokens)
      .orderBy(asc(oneTimeTokens.purpose), asc(oneTimeTokens.expiresAt));
    expect(left.map(({ purpose, expiresAt }) => [purpose, expiresAt > now()])).toEqual([
      ["initData", true],
      ["invitation", false],
      ["invitation", true],
      ["passkeyChallenge", true],
      ["passwordReset", false],
      ["passwordReset", true],
      ["setUp", false],
      ["setUp", true],
      ["telegramLogin", true],
      ["ticket", true],
      ["walletProof", true],
    ]);
    expect(await world.countRows("audit_log")).toBe(0);
  });

  it("deletes wrong passwords for unknown e-mails after a day", async () => {
    const { db, now, clock } = world.deps;
    await db.insert(strangerSignIns).values({ emailHash: "old", lockedUntil: now() });
    clock.advance(HOUR_MS);
    await db.insert(strangerSignIns).values({ emailHash: "newer", lockedUntil: now() });
    clock.advance(23 * HOUR_MS + 1);
    await sweep();
    expect(await db.select({ hash: strangerSignIns.emailHash }).from(strangerSignIns)).toEqual([{ hash: "newer" }]);
  });
});
