import { describe, expect } from "vitest";
import type { Presence } from "../../realtime/presence.ts";
import { type ContractTest, contractOf } from "./contract.ts";

/** Two ends of one presence. On a single node they are the same. */
export interface PresencePeer extends Partial<AsyncDisposable> {
  here: Presence;
  there: Presence;
  /** Resolves when everything said so far is known at both ends. */
  settled(): Promise<void>;
  /** Moves the clock of both ends, and whatever was to happen meanwhile has happened. @param ms */
  pass(ms: number): Promise<void>;
}

/** What every presence must do. @param start a fresh one for each test */
export function describePresence(name: string, start: () => Promise<PresencePeer>): void {
  describe(`presence contract: ${name}`, () => {
    const it = contractOf(start);
    describeConnections(it);
    describeWords(it);
    describeExpiry(it);
  });
}

/** The changes of one name. */
function changesOf(presence: Presence, name: string): string[] {
  const changes: string[] = [];
  presence.onChange((key) => {
    if (key === name) changes.push(`${key} ${presence.isOnline(key)}`);
  });
  return changes;
}

function describeConnections(it: ContractTest<PresencePeer>): void {
  it("counts connections over both ends, announces first and last", async ({ peer: { here, there, settled } }) => {
    const changes = [changesOf(here, "app:anna"), changesOf(there, "app:anna")];
    const phone = here.enter("app:anna");
    const laptop = there.enter("app:anna");
    expect(here.isOnline("app:anna")).toBe(true);
    await settled();
    expect([here.online, there.online]).toEqual([1, 1]);
    phone();
    phone();
    await settled();
    expect([here.isOnline("app:anna"), there.isOnline("app:anna")]).toEqual([true, true]);
    laptop();
    await settled();
    expect([here.isOnline("app:anna"), there.isOnline("app:anna")]).toEqual([false, false]);
    expect([here.online, there.online]).toEqual([0, 0]);
    for (const list of changes) expect(list).toEqual(["app:anna true", "app:anna false"]);
  });

  it("knows one key from another, and stops telling those who left", async ({ peer: { here, there, settled } }) => {
    const changes: string[] = [];
    const stop = there.onChange((key) => key.startsWith("app:") && changes.push(key));
    here.enter("app:anna");
    await settled();
    expect(there.isOnline("telegram:anna")).toBe(false);
    stop();
    here.enter("app:boris");
    await settled();
    expect([there.isOnline("app:boris"), changes]).toEqual([true, ["app:anna"]]);
  });

  it("ends where the last of many comings and goings left it", async ({ peer: { here, there, settled } }) => {
    const leaves = Array.from({ length: 50 }, () => here.enter("app:anna"));
    for (const leave of leaves) leave();
    for (let round = 0; round < 20; round += 1) {
      const leave = here.enter("app:boris");
      if (round % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      leave();
    }
    here.enter("app:boris");
    await settled();
    expect([there.isOnline("app:anna"), there.isOnline("app:boris"), there.online]).toEqual([false, true, 1]);
  });
}

function describeWords(it: ContractTest<PresencePeer>): void {
  const ttlMs = 60_000;

  it("lists what was said in a room, at both ends, and not in another", async ({ peer: { here, there, settled } }) => {
    here.put({ room: "conversation:1", member: "agent:1", value: { typing: true, draft: "привет" }, ttlMs });
    there.put({ room: "conversation:1", member: "agent:2", value: null, ttlMs });
    here.put({ room: "conversation:2", member: 'm"[,]', value: 1, ttlMs });
    await settled();
    for (const end of [here, there]) {
      const members = end.list("conversation:1").sort((a, b) => (a.member < b.member ? -1 : 1));
      expect(members).toEqual([
        { member: "agent:1", value: { typing: true, draft: "привет" } },
        { member: "agent:2", value: null },
      ]);
      expect(end.list("conversation:2")).toEqual([{ member: 'm"[,]', value: 1 }]);
      expect(end.list("conversation:3")).toEqual([]);
    }
  });

  it("keeps the newest entry of a member, from whichever node", async ({ peer: { here, there, settled } }) => {
    const set = (end: Presence, value: string) => end.put({ room: "r", member: "m", value, ttlMs });
    set(here, "one");
    await settled();
    set(there, "two");
    expect(there.list("r")).toEqual([{ member: "m", value: "two" }]);
    await settled();
    expect(here.list("r")).toEqual([{ member: "m", value: "two" }]);
    set(here, "three");
    await settled();
    expect(there.list("r")).toEqual([{ member: "m", value: "three" }]);
    there.remove("r", "m");
    expect(there.list("r")).toEqual([]);
    await settled();
    await settled();
    expect([here.list("r"), there.list("r")]).toEqual([[], []]);
    here.remove("r", "never said");
  });

  it("tells of a room that changed, and not of the same said again", async ({ peer: { here, there, settled } }) => {
    const changes = changesOf(there, "r");
    for (const value of [1, 1, 2]) {
      here.put({ room: "r", member: "m", value, ttlMs });
      await settled();
    }
    here.remove("r", "m");
    here.remove("r", "m");
    await settled();
    expect(changes).toHaveLength(3);
  });
}

function describeExpiry(it: ContractTest<PresencePeer>): void {
  it("forgets what was not said again in time, and tells of it", async ({ peer: { here, there, settled, pass } }) => {
    here.put({ room: "r", member: "short", value: 1, ttlMs: 5_000 });
    here.put({ room: "r", member: "long", value: 1, ttlMs: 20_000 });
    await settled();
    const changes = [changesOf(here, "r"), changesOf(there, "r")];
    await pass(4_000);
    here.put({ room: "r", member: "short", value: 1, ttlMs: 5_000 });
    await settled();
    await pass(4_000);
    expect(there.list("r")).toHaveLength(2);
    expect(changes).toEqual([[], []]);
    await pass(2_000);
    for (const end of [here, there]) expect(end.list("r")).toEqual([{ member: "long", value: 1 }]);
    await pass(10_500);
    for (const end of [here, there]) expect(end.list("r")).toEqual([]);
    for (const list of changes) expect(list).toHaveLength(2);
  });
}
