import { describe, expect, it } from "vitest";
import { type FollowHandlers, followLog, type SubscribeLog } from "./follow-log.ts";

type Said = { type: "said"; words: string };
type Positioned = { type: "position"; recovered: boolean; snapshot?: string };
type Handlers = Parameters<SubscribeLog<Said | Positioned>>[1];

/** One subscription as the server sees it. */
interface Opened {
  lastEventId: string | null;
  handlers: Handlers;
  closed: boolean;
}

function start(extra: Partial<FollowHandlers<Said, string>> = {}) {
  const opened: Opened[] = [];
  const told: string[] = [];
  const stop = followLog<Said | Positioned, string>(
    ({ lastEventId }, handlers) => {
      const one: Opened = { lastEventId, handlers, closed: false };
      opened.push(one);
      return {
        unsubscribe: () => {
          one.closed = true;
        },
      };
    },
    {
      onEvent: (event, id) => told.push(`${id} ${event.words}`),
      onPosition: (snapshot) => told.push(`start at ${snapshot ?? "now"}`),
      ...extra,
    },
  );
  const at = (index: number): Opened => {
    const one = opened.at(index);
    if (!one) throw new Error(`There is no subscription ${index}`);
    return one;
  };
  const position = (id: string, recovered = true, snapshot?: string) =>
    at(-1).handlers.onData({ id, data: { type: "position", recovered, ...(snapshot ? { snapshot } : {}) } });
  const say = (id: string, words: string) => at(-1).handlers.onData({ id, data: { type: "said", words } });
  const beat = (head: string) => at(-1).handlers.onData({ type: "heartbeat", head });
  return { opened, told, stop, at, position, say, beat };
}

describe("followLog", () => {
  it("asks for the end first, then tells where to start and each event in order", () => {
    const { opened, told, position, say } = start();
    expect(opened[0]?.lastEventId).toBeNull();
    position("e:0");
    say("e:1", "a");
    say("e:2", "b");
    expect(told).toEqual(["start at now", "e:1 a", "e:2 b"]);
  });

  it("asks again with its own position when the stock client forgot it after a heartbeat", () => {
    const { opened, told, position, say, beat, at } = start();
    position("e:0");
    say("e:1", "a");
    beat("e:1");
    // tRPC's client resubscribes without lastEventId: the server starts at the end and skips 2 and 3.
    position("e:3");
    expect(opened).toHaveLength(2);
    expect(at(1).lastEventId).toBe("e:1");
    expect(at(0).closed).toBe(true);
    position("e:1");
    say("e:2", "b");
    say("e:3", "c");
    expect(told).toEqual(["start at now", "e:1 a", "e:2 b", "e:3 c"]);
  });

  it("asks again with its position when it had seen no event yet", () => {
    const { told, position, say, beat, at } = start();
    position("e:5");
    beat("e:5");
    position("e:6");
    expect(at(-1).lastEventId).toBe("e:5");
    position("e:5");
    say("e:6", "a");
    expect(told).toEqual(["start at now", "e:6 a"]);
  });

  it("goes on without asking again when nothing was missed", () => {
    const { opened, told, position, say } = start();
    position("e:0");
    say("e:1", "a");
    position("e:1");
    say("e:2", "b");
    expect(opened).toHaveLength(1);
    expect(told).toEqual(["start at now", "e:1 a", "e:2 b"]);
  });

  it("hears nothing more of a subscription it has replaced", () => {
    const { told, position, say, at } = start();
    position("e:0");
    say("e:1", "a");
    position("e:3");
    at(0).handlers.onData({ id: "e:4", data: { type: "said", words: "stale" } });
    position("e:1");
    say("e:2", "b");
    expect(told).toEqual(["start at now", "e:1 a", "e:2 b"]);
  });

  it("drops an event it has had, and takes the first of a new epoch", () => {
    const { told, position, say } = start();
    position("e:0");
    say("e:1", "a");
    say("e:1", "a again");
    position("f:7", false, "state");
    say("f:8", "b");
    expect(told).toEqual(["start at now", "e:1 a", "start at state", "f:8 b"]);
  });

  it("hands over the snapshot when the log could not be continued, also the first time", () => {
    const { told, position } = start();
    position("e:9", false, "state");
    position("e:20", false);
    expect(told).toEqual(["start at state", "start at now"]);
  });

  it("asks again when a heartbeat's head is further than what it heard, and only then", () => {
    const { opened, told, position, say, beat, at } = start();
    position("e:0");
    say("e:1", "a");
    beat("e:1");
    beat("e:0");
    expect(opened).toHaveLength(1);
    beat("e:3");
    expect(opened.map((one) => one.lastEventId)).toEqual([null, "e:1"]);
    expect(at(0).closed).toBe(true);
    position("e:1");
    say("e:2", "b");
    say("e:3", "c");
    beat("e:3");
    expect(told).toEqual(["start at now", "e:1 a", "e:2 b", "e:3 c"]);
  });

  it("asks again when a heartbeat comes from another epoch, and starts from the snapshot it gets", () => {
    const { opened, told, position, beat, at } = start();
    position("e:4");
    beat("f:4");
    expect(at(-1).lastEventId).toBe("e:4");
    position("f:4", false, "state");
    beat("f:4");
    expect(opened).toHaveLength(2);
    expect(told).toEqual(["start at now", "start at state"]);
  });

  it("passes on the error that ended the subscription", () => {
    const errors: Error[] = [];
    const { at } = start({ onError: (error) => errors.push(error) });
    const refused = new Error("FORBIDDEN");
    at(0).handlers.onError(refused);
    expect(errors).toEqual([refused]);
  });

  it("is silent and closed once it is stopped", () => {
    const { told, stop, at, position, say } = start();
    position("e:0");
    stop();
    say("e:1", "late");
    expect(at(0).closed).toBe(true);
    expect(told).toEqual(["start at now"]);
  });
});
