import { EventEmitter } from "node:events";
import type { Actor } from "@pult/api/actor.ts";
import { rightsChangedTopic, rightsKey, sessionEndedTopic } from "@pult/api/auth/events.ts";
import { rightsOf } from "@pult/api/auth/permissions.ts";
import type { Role } from "@pult/api/auth/schema.ts";
import { requestError } from "@pult/api/errors.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { TestBus } from "@pult/api/testing/test-bus.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RightsWatch, type WatchedSocket } from "./rights-watch.ts";

const MINUTE_MS = 60_000;

class Gate extends EventEmitter implements WatchedSocket {
  readyState = 1;
  views: WatchedSocket["views"] = [];
  closed: [code: number, reason: string] | null = null;

  close(code: number, reason: string): void {
    this.closed ??= [code, reason];
    this.readyState = 3;
    this.emit("close");
  }
}

const agent = (role: Role = "Moderator"): Actor => ({
  kind: "agent",
  personId: "olga",
  name: "Olga",
  email: "olga@example.com",
  role,
  roleName: role,
  ...rightsOf(role),
  sessionId: "session-1",
  expiresAt: new Date(),
});
const KEY: Actor = { kind: "apiKey", keyId: "k", name: "Shop", scopes: ["*"] };
const signedOut = () => Promise.reject(requestError("unauthorized"));

describe("RightsWatch", () => {
  let bus: TestBus;
  let rights: RightsWatch;
  let failures: unknown[];

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    bus = new TestBus();
    failures = [];
    rights = new RightsWatch(bus, (error) => failures.push(error));
  });
  afterEach(() => {
    rights.close();
    vi.useRealTimers();
  });

  /** @param now who he turns out to be when asked for again */
  function watch(actor: Actor, now: () => Promise<Actor>) {
    const gate = new Gate();
    const known: Actor[] = [];
    let asked = 0;
    rights.watch({
      gate,
      actor,
      identify() {
        asked += 1;
        return now();
      },
      changed: (changed) => known.push(changed),
    });
    return {
      gate,
      known,
      get asked() {
        return asked;
      },
    };
  }

  const tell = (actor: Actor) => bus.publishLatest(rightsChangedTopic.name(rightsKey(actor) ?? ""), null);
  const beat = async (afterMs: number) => {
    vi.setSystemTime(Date.now() + afterMs);
    rights.beat(Date.now());
    await settled();
  };

  it("closes at once whoever may no longer read what he follows", async () => {
    const before = agent("Moderator");
    const one = watch(before, async () => agent("Admin"));
    one.gate.views = [
      { mayRead: () => true },
      { mayRead: (actor) => actor.kind === "agent" && actor.role === "Moderator" },
    ];
    const other = watch({ ...before, personId: "ivan" } as Actor, signedOut);
    tell(before);
    await settled();
    expect([one.gate.closed, other.gate.closed, other.asked]).toEqual([[1008, "No longer allowed"], null, 0]);
  });

  it("keeps whoever may still read it, with the rights he has now", async () => {
    const admin = agent("Admin");
    const one = watch(agent(), async () => admin);
    one.gate.views = [{ mayRead: () => true }];
    tell(agent());
    await settled();
    expect([one.gate.closed, one.known]).toEqual([null, [admin]]);
  });

  it("hears of whoever has become part of somebody else by that one's name from then on", async () => {
    const kept = { ...agent(), personId: "ivan" } as Actor;
    const one = watch(agent(), async () => kept);
    tell(agent());
    await settled();
    tell(agent());
    await settled();
    expect(one.asked).toBe(1);
    tell(kept);
    await settled();
    expect(one.asked).toBe(2);
    one.gate.close(1000, "");
    expect(bus.listening).toBe(0);
  });

  it("closes a revoked key's sockets, and those of whoever is nobody now", async () => {
    const key = watch(KEY, signedOut);
    const nobody = watch(agent(), async () => ({ kind: "anonymous" }));
    tell(KEY);
    tell(agent());
    await settled();
    expect([key.gate.closed, nobody.gate.closed]).toEqual([
      [1008, "Signed out"],
      [1008, "Signed out"],
    ]);
  });

  it("closes the sockets of a session that ended, unasked, after its own followers were told", async () => {
    const one = watch(agent(), async () => agent());
    bus.publishLatest(sessionEndedTopic.name("session-1"), null);
    expect(one.gate.closed).toBeNull();
    await new Promise((resolve) => setImmediate(resolve));
    expect([one.gate.closed, one.asked]).toEqual([[1008, "Signed out"], 0]);
  });

  it("asks for staff again after a gap, when what was said may have been missed", async () => {
    const staff = watch(agent(), signedOut);
    const customer = watch(appCustomer("c", null), signedOut);
    await beat(1_000);
    expect(staff.asked).toBe(0);
    bus.announceGap(null);
    await beat(1_000);
    expect([staff.gate.closed, customer.asked]).toEqual([[1008, "Signed out"], 0]);
  });

  it("asks for staff within 30 s, and for customers, whose tokens expire, within 5 min", async () => {
    const staff = watch(agent(), async () => agent());
    const customer = watch(appCustomer("c", null), signedOut);
    await beat(23_000);
    expect([staff.asked, customer.asked]).toEqual([0, 0]);
    await beat(7_001);
    expect([staff.asked, customer.asked]).toEqual([1, 0]);
    await beat(5 * MINUTE_MS);
    expect([staff.asked, customer.gate.closed]).toEqual([2, [1008, "Signed out"]]);
  });

  it("keeps everybody while the database does not answer, and asks again soon", async () => {
    let answer = () => Promise.reject<Actor>(new Error("database away"));
    const one = watch(KEY, () => answer());
    tell(KEY);
    await settled();
    answer = () => Promise.reject(requestError("unavailable"));
    await beat(5_001);
    expect([one.gate.closed, one.asked, failures.length]).toEqual([null, 2, 2]);
    answer = signedOut;
    await beat(5_001);
    expect(one.gate.closed).toEqual([1008, "Signed out"]);
  });

  it("goes by the last question's answer, in whatever order the answers come", async () => {
    const answers: PromiseWithResolvers<Actor>[] = [];
    const one = watch(agent(), () => {
      const answer = Promise.withResolvers<Actor>();
      answers.push(answer);
      return answer.promise;
    });
    tell(agent());
    tell(agent());
    answers[1]?.resolve(agent("Admin"));
    await settled();
    answers[0]?.resolve(agent("Moderator"));
    await settled();
    expect(one.known).toEqual([agent("Admin")]);
  });

  it("asks for all of many, some in each beat", async () => {
    const all = Array.from({ length: 3_000 }, (_, at) =>
      watch(appCustomer(`c-${at}`, null), async () => appCustomer("c", null)),
    );
    for (let beats = 0; beats < 30; beats++) await beat(10 * MINUTE_MS);
    expect(all.filter(({ asked }) => asked === 0)).toEqual([]);
    expect(Math.max(...all.map(({ asked }) => asked))).toBe(1);
  });

  it("listens to nothing for sockets that are gone or have nobody", () => {
    const one = watch(agent(), signedOut);
    one.gate.close(1000, "");
    watch({ kind: "anonymous" }, signedOut);
    const late = new Gate();
    late.readyState = 3;
    rights.watch({ gate: late, actor: KEY, identify: signedOut, changed: () => {} });
    expect(bus.listening).toBe(0);
  });
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
