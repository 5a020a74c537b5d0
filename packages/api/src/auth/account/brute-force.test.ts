import { credentials, strangerSignIns } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { findDomainError } from "../../errors.ts";
import { codeOf, tokenOf } from "../../testing/browser.ts";
import { ANONYMOUS, callerOf, refusal } from "../../testing/factories.ts";
import { describeOnDatabases, type TestDeps } from "../../testing/test-deps.ts";
import { lockSecondsAfter } from "./attempts.ts";

const DAY_MS = 24 * 60 * 60_000;

it("waits from the fifth failure on, twice as long each time, never longer than 15 minutes", () => {
  const seconds = Array.from({ length: 18 }, (_, at) => lockSecondsAfter(at + 1));
  expect(seconds).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
  expect(lockSecondsAfter(1_000_000)).toBe(900);
});

describeOnDatabases("brute force", (world) => {
  /** In short: what a try is answered. */
  async function tryOnce(deps: TestDeps, email: string, password = "wrong", code?: string): Promise<string> {
    try {
      await callerOf(deps, ANONYMOUS).auth.signIn({ email, password, code });
      return "in";
    } catch (error) {
      const known = findDomainError(error);
      if (!known) throw error;
      return known.retryAfterSeconds === null ? known.code : `${known.code} ${known.retryAfterSeconds}`;
    }
  }

  const failTimes = async (email: string, times: number) => {
    for (let at = 0; at < times; at++) {
      await tryOnce(world.deps, email);
      world.deps.clock.advance(lockSecondsAfter(at + 1) * 1000);
    }
  };

  it("looks at five of 300 wrong passwords, and at nothing else, also when they come at once", async () => {
    const { email, password } = await world.makeAccount();
    const answers: string[] = [];
    for (let round = 0; round < 3; round++)
      answers.push(...(await Promise.all(Array.from({ length: 100 }, () => tryOnce(world.deps, email)))));
    expect(answers.filter((answer) => answer === "UNAUTHORIZED")).toHaveLength(5);
    expect(answers.filter((answer) => answer === "RATE_LIMITED 1")).toHaveLength(295);
    expect(await tryOnce(world.deps, email, password)).toBe("RATE_LIMITED 1");
    world.deps.clock.advance(1_000);
    expect(await tryOnce(world.deps, email, password)).toBe("in");
  });

  it("accepts many simultaneous sign-ins with the right password", async () => {
    const { email, password } = await world.makeAccount();
    const answers = await Promise.all(Array.from({ length: 12 }, () => tryOnce(world.deps, email, password)));
    expect(answers).toEqual(Array(12).fill("in"));
  });

  it("delays hours of guessing by growing pauses, also for an unknown e-mail", async () => {
    const { email } = await world.makeAccount();
    const sequence = async (address: string) => {
      const start = world.deps.now();
      const answers: string[] = [];
      for (let at = 0; at < 40; at++) {
        answers.push(await tryOnce(world.deps, address));
        world.deps.clock.advance(at % 3 === 0 ? 61_000 : 1_000);
      }
      world.deps.clock.advance(DAY_MS + 900_001);
      answers.push(await tryOnce(world.deps, address), await tryOnce(world.deps, address));
      world.deps.clock.set(start.toISOString());
      return answers;
    };
    const known = await sequence(email);
    expect(known.at(-1)).toBe("UNAUTHORIZED");
    expect(known.filter((answer) => answer === "UNAUTHORIZED").length).toBeLessThan(16);
    expect(await sequence("unknown@example.com")).toEqual(known);
  });

  it("runs as many queries for an unknown e-mail as for a known one", async () => {
    const { email } = await world.makeAccount();
    const asked: string[] = [];
    const counting = <Target extends object>(target: Target): Target =>
      new Proxy(target, {
        get(inner, property) {
          const value = Reflect.get(inner, property, inner);
          if (typeof value !== "function") return value;
          if (["select", "insert", "update", "delete"].includes(String(property))) asked.push("statement");
          if (property !== "transaction") return value.bind(inner);
          asked.push("transaction");
          return (work: (tx: object) => unknown) => value.call(inner, (tx: object) => work(counting(tx)));
        },
      });
    const deps = { ...world.deps, db: counting(world.deps.db) };
    const costOf = async (address: string) => {
      asked.length = 0;
      await tryOnce(deps, address);
      return [...asked].sort();
    };
    for (let at = 0; at < 5; at++) expect(await costOf("unknown@example.com")).toEqual(await costOf(email));
    expect(await tryOnce(deps, "unknown@example.com")).toBe("RATE_LIMITED 1");
    expect(await costOf("unknown@example.com")).toEqual(await costOf(email));
  });

  it("forgets strangers after a day, and keeps no e-mail of theirs", async () => {
    await tryOnce(world.deps, "a.secret@example.com");
    expect(JSON.stringify(await world.deps.db.select().from(strangerSignIns))).not.toContain("secret");
    world.deps.clock.advance(DAY_MS + 1);
    await tryOnce(world.deps, "another@example.com");
    expect(await world.deps.db.$count(strangerSignIns)).toBe(1);
  });

  it("begins anew after a right password", async () => {
    const { email, password, personId } = await world.makeAccount();
    await failTimes(email, 6);
    expect(await tryOnce(world.deps, email, password)).toBe("in");
    const [row] = await world.deps.db.select().from(credentials).where(eq(credentials.personId, personId));
    expect(row).toMatchObject({ failedAttempts: 0, lockedUntil: null });
  });

  it("counts wrong codes too, and a code that is missing neither counts nor forgives", async () => {
    const { account, browser } = await world.signedIn();
    const { email, password } = account;
    const { secret } = await world.enableTotp(browser);
    const wrong = codeOf(secret, world.deps.now(), 50);
    for (let at = 0; at < 4; at++) {
      expect(await tryOnce(world.deps, email, password, wrong)).toBe("SECOND_FACTOR_REQUIRED");
      expect(await tryOnce(world.deps, email, password)).toBe("SECOND_FACTOR_REQUIRED");
    }
    expect(await tryOnce(world.deps, email, password)).toBe("SECOND_FACTOR_REQUIRED");
    expect(await tryOnce(world.deps, email, password, wrong)).toBe("SECOND_FACTOR_REQUIRED");
    expect(await tryOnce(world.deps, email, password, codeOf(secret, world.deps.now(), 1))).toBe("RATE_LIMITED 1");
    world.deps.clock.advance(1_000);
    expect(await tryOnce(world.deps, email, password, codeOf(secret, world.deps.now(), 1))).toBe("in");
  });

  it("a missing code leaves no lock behind, however long its password takes to check", async () => {
    const { account, browser } = await world.signedIn();
    const { email, password } = account;
    const { secret } = await world.enableTotp(browser);
    await failTimes(email, 7);
    const { clock } = world.deps;
    const ticking = {
      ...world.deps,
      now() {
        clock.advance(7);
        return clock.now();
      },
    };
    for (let at = 0; at < 3; at++) expect(await tryOnce(ticking, email, password)).toBe("SECOND_FACTOR_REQUIRED");
    expect(await tryOnce(ticking, email, password, codeOf(secret, clock.now(), 1))).toBe("in");
  });

  it("counts wrong passwords entered in an open session", async () => {
    const { browser } = await world.signedIn();
    const change = async () => (await browser.api()).password.change({ current: "wrong", next: "another password" });
    for (let at = 0; at < 5; at++) await expect(change()).rejects.toMatchObject(refusal("VALIDATION"));
    await expect(change()).rejects.toMatchObject({ cause: { code: "RATE_LIMITED", retryAfterSeconds: 1 } });
  });

  it("records a long lock and mails the agent once", async () => {
    const { email, personId } = await world.makeAccount();
    await failTimes(email, 13);
    await world.deps.background.idle();
    const locked = await world.listAudit("auth.accountLocked");
    expect(locked.map(({ details }) => details)).toMatchObject([{ seconds: 64 }, { seconds: 128 }, { seconds: 256 }]);
    expect(locked.every(({ targetId }) => targetId === personId)).toBe(true);
    expect(await world.listAudit("auth.signInFailed")).toHaveLength(13);
    expect(world.deps.mailer.sent).toMatchObject([{ to: email, subject: "Failed sign-ins at Pult" }]);
  });

  it("a lock does not outlast a reset of the password", async () => {
    const { email } = await world.makeAccount();
    const browser = world.newBrowser();
    await failTimes(email, 5);
    await tryOnce(world.deps, email);
    expect(await tryOnce(world.deps, email)).toBe("RATE_LIMITED 2");
    await (await browser.api()).password.requestReset({ email });
    await world.deps.background.idle();
    const token = tokenOf(world.deps.mailer.linkTo(email));
    await (await browser.api()).password.reset({ token, password: "a new password" });
    expect(await tryOnce(world.deps, email, "a new password")).toBe("in");
  });
});
