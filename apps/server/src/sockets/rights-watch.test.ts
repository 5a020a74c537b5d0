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

class Socket extends EventEmitter implements WatchedSocket {
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
    const socket = new Socket();
    const known: Actor[] = [];
    let asked = 0;
    rights.watch({
      socket,
      actor,
      identify() {
        asked += 1;
        return now();
      },
      changed: (changed) => known.push(changed),
    });
    return {
      socket,
      known,
      get asked() {
        return asked;
      },
    };
  }

  /** The callers' rights changed, and what follows from that is done. */
  const tell = async (...actors: Actor[]) => {
    for (const actor of actors) bus.publishLatest(rightsChangedTopic.name(rightsKey(actor) ?? ""), null);
    await settled();
  };
  const advance = async (afterMs: number) => {
    vi.setSystemTime(Date.now() + afterMs);
    rights.tick(Date.now());
    await settled();
  };

  it("closes a socket at once when its caller may no longer read what it follows", async () => {
    const before = agent("Moderator");
    const one = watch(before, async () => agent("Admin"));
    one.socket.views = [
      { mayRead: () => true },
      { mayRead: (actor) => actor.kind === "agent" && actor.role === "Moderator" },
    ];
    const other = watch({ ...before, personId: "ivan" } as Actor, signedOut);
    await tell(before);
    expect([one.socket.closed, other.socket.closed, other.asked]).toEqual([[1008, "No longer allowed"], null, 0]);
  });

  it("keeps a socket whose caller may still read it, with the new rights", async () => {
    const admin = agent("Admin");
    const one = watch(agent(), async () => admin);
    one.socket.views = [{ mayRead: () => true }];
    await tell(agent());
    expect([one.socket.closed, one.known]).toEqual([null, [admin]]);
  });

  it("listens by the new id once a person was merged into another", async () => {
    const kept = { ...agent(), personId: "ivan" } as Actor;
    const one = watch(agent(), async () => kept);
    await tell(agent());
    await tell(agent());
    expect(one.asked).toBe(1);
    await tell(kept);
    expect(one.asked).toBe(2);
    one.socket.close(1000, "");
    expect(bus.listening).toBe(0);
  });

  it("closes the sockets of a revoked key and of a caller that is anonymous now", async () => {
    const key = watch(KEY, signedOut);
    const nobody = watch(agent(), async () => ({ kind: "anonymous" }));
    await tell(KEY, agent());
    expect([key.socket.closed, nobody.socket.closed]).toEqual([
      [1008, "Signed out"],
      [1008, "Signed out"],
    ]);
  });

  it("closes the sockets of an ended session after its own followers were told", async () => {
    const one = watch(agent(), async () => agent());
    bus.publishLatest(sessionEndedTopic.name("session-1"), null);
    expect(one.socket.closed).toBeNull();
    await new Promise((resolve) => setImmediate(resolve));
    expect([one.socket.closed, one.asked]).toEqual([[1008, "Signed out"], 0]);
  });

  it("checks staff again after a gap, because changes may have been missed", async () => {
    const staff = watch(agent(), signedOut);
    const customer = watch(appCustomer("c", null), signedOut);
    await advance(1_000);
    expect(staff.asked).toBe(0);
    bus.announceGap(null);
    await advance(1_000);
    expect([staff.socket.closed, customer.asked]).toEqual([[1008, "Signed out"], 0]);
  });

  it("asks for staff within 30 s, and for customers, whose tokens expire, within 5 min", async () => {
    const staff = watch(agent(), async () => agent());
    const customer = watch(appCustomer("c", null), signedOut);
    await advance(23_000);
    expect([staff.asked, customer.asked]).toEqual([0, 0]);
    await advance(7_001);
    expect([staff.asked, customer.asked]).toEqual([1, 0]);
    await advance(5 * MINUTE_MS);
    expect([staff.asked, customer.socket.closed]).toEqual([2, [1008, "Signed out"]]);
  });

  it("keeps every socket while the database does not answer, and checks again soon", async () => {
    let answer = () => Promise.reject<Actor>(new Error("database away"));
    const one = watch(KEY, () => answer());
    await tell(KEY);
    answer = () => Promise.reject(requestError("unavailable"));
    await advance(5_001);
    expect([one.socket.closed, one.asked, failures.length]).toEqual([null, 2, 2]);
    answer = signedOut;
    await advance(5_001);
    expect(one.socket.closed).toEqual([1008, "Signed out"]);
  });

  it("goes by the last question's answer, in whatever order the answers come", async () => {
    const answers: PromiseWithResolvers<Actor>[] = [];
    const one = watch(agent(), () => {
      const answer = Promise.withResolvers<Actor>();
      answers.push(answer);
      return answer.promise;
    });
    await tell(agent(), agent());
    answers[1]?.resolve(agent("Admin"));
    await settled();
    answers[0]?.resolve(agent("Moderator"));
    await settled();
    expect(one.known).toEqual([agent("Admin")]);
  });

  it("checks all of many sockets, some in each tick", async () => {
    const all = Array.from({ length: 3_000 }, (_, at) =>
      watch(appCustomer(`c-${at}`, null), async () => appCustomer("c", null)),
    );
    for (let beats = 0; beats < 30; beats++) await advance(10 * MINUTE_MS);
    expect(all.filter(({ asked }) => asked === 0)).toEqual([]);
    expect(Math.max(...all.map(({ asked }) => asked))).toBe(1);
  });

  it("listens to nothing for closed or anonymous sockets", () => {
    const one = watch(agent(), signedOut);
    one.socket.close(1000, "");
    watch({ kind: "anonymous" }, signedOut);
    const late = new Socket();
    late.readyState = 3;
    rights.watch({ socket: late, actor: KEY, identify: signedOut, changed: () => {} });
    expect(bus.listening).toBe(0);
  });
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
