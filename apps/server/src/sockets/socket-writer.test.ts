import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { frameOf } from "./frame.ts";
import { streamOf } from "./internals.ts";
import { FrameJoiner, SocketWriter, WriteTick } from "./socket-writer.ts";
import { openPairs, type Pair, stall } from "./test-sockets.ts";

const QUEUE_BYTES = 1024 * 1024;

describe("SocketWriter", () => {
  let pairs: Awaited<ReturnType<typeof openPairs>>;
  const lags: number[] = [];
  const failures: unknown[] = [];
  const tick = new WriteTick(
    (lag) => lags.push(lag),
    (error) => failures.push(error),
  );
  beforeAll(async () => {
    pairs = await openPairs();
  });
  afterAll(() => pairs.close());

  const open = async () => {
    const pair = await pairs.open();
    return {
      pair,
      writer: new SocketWriter(pair.server, { tick, queueBytes: QUEUE_BYTES }),
      writes: countWrites(pair),
    };
  };

  it("writes frames of one turn at once, in order, also between frames of ws itself", async () => {
    const { pair, writer, writes } = await open();
    for (let at = 0; at < 50; at++) writer.push(frameOf(String(at)));
    expect(writer.queued).toBeGreaterThan(100);
    await pair.texts.until((all) => all.length === 50 || undefined);
    expect(pair.texts.all).toEqual(Array.from({ length: 50 }, (_, at) => String(at)));
    expect(writes.length).toBe(1);
    writer.push(frameOf("a"));
    writer.flush();
    pair.server.send("b");
    writer.push(frameOf("c"));
    await pair.texts.first((text) => text === "c");
    expect(pair.texts.all.slice(-3)).toEqual(["a", "b", "c"]);
  });

  it("writes a held frame with the next one or when it is released, and none that was taken back", async () => {
    const { pair, writer, writes } = await open();
    writer.hold(frameOf("ping"));
    writer.push(frameOf("value"));
    await pair.texts.first((text) => text === "ping");
    writer.hold(frameOf("again"));
    writer.release();
    await pair.texts.first((text) => text === "again");
    writer.hold(frameOf("never"));
    writer.hold(null);
    writer.release();
    writer.push(frameOf("end"));
    await pair.texts.first((text) => text === "end");
    expect(pair.texts.all).toEqual(["value", "ping", "again", "end"]);
    expect(writes.length).toBe(3);
  });

  it("makes one buffer for sockets with equal frames, and none for a single frame", async () => {
    const [one, other] = [await open(), await open()];
    const frames = [frameOf("x"), frameOf("y")];
    for (const { writer } of [one, other]) for (const frame of frames) writer.push(frame);
    await other.pair.texts.first((text) => text === "y");
    expect(one.writes[0]).toBe(other.writes[0]);
    one.writer.push(frames[0] as Buffer);
    await one.pair.texts.until((all) => all.length === 3 || undefined);
    expect(one.writes[1]).toBe(frames[0]);
  });

  it("writes nothing to a socket that is closing, and keeps nothing", async () => {
    const { pair, writer, writes } = await open();
    pair.server.close(1000);
    writer.push(frameOf("late"));
    expect(await pair.closed).toBe(1000);
    expect([writes.filter((write) => write.includes("late")), writer.queued]).toEqual([[], 0]);
  });

  it("tells each listener once after draining, and no cancelled one", async () => {
    const { pair, writer } = await open();
    stall(pair);
    expect(writer.draining).toBe(true);
    let repaid = 0;
    const listener = {
      drained() {
        repaid += 1;
      },
    };
    const cancelled = { drained: () => expect.unreachable() };
    writer.onDrain(listener);
    writer.onDrain(listener);
    writer.onDrain(cancelled);
    writer.cancel(cancelled);
    const drained = writer.waitForRoom();
    pair.client.resume();
    await drained;
    expect([repaid, writer.draining]).toEqual([1, false]);
  });

  it("has room when little waits, or when the socket is closed", async () => {
    const { pair, writer } = await open();
    expect(writer.isRoomy).toBe(true);
    writer.push(frameOf("x".repeat(QUEUE_BYTES / 2)));
    expect(writer.isRoomy).toBe(false);
    while (!writer.isRoomy) await writer.waitForRoom();
    expect(writer.queued).toBeLessThan(QUEUE_BYTES / 2);
    stall(pair);
    writer.push(frameOf("x".repeat(QUEUE_BYTES)));
    pair.server.terminate();
    expect(writer.isRoomy).toBe(true);
  });

  it("does not let one socket's failure keep the frames from the others", async () => {
    const [bad, good] = [await open(), await open()];
    streamOf(bad.pair.server).write = () => {
      throw new Error("broken");
    };
    bad.writer.push(frameOf("x"));
    good.writer.push(frameOf("x"));
    await good.pair.texts.first((text) => text === "x");
    expect(failures).toHaveLength(1);
  });

  it("observes each publication once, when it was written", async () => {
    const { pair, writer } = await open();
    lags.length = 0;
    tick.published();
    tick.published(500);
    writer.push(frameOf("x"));
    await pair.texts.first((text) => text === "x");
    expect(lags).toEqual([expect.any(Number), expect.any(Number)]);
    expect(lags[1]).toBeGreaterThan(499);
  });
});

describe("FrameJoiner", () => {
  it("joins anew when the frames are others, or fewer", () => {
    const joiner = new FrameJoiner();
    const [a, b, c] = [Buffer.from("a"), Buffer.from("b"), Buffer.from("c")];
    const first = joiner.join(a, [b, c]);
    expect(joiner.join(a, [b, c])).toBe(first);
    expect(String(joiner.join(a, [b]))).toBe("ab");
    expect(String(joiner.join(b, [b]))).toBe("bb");
    expect(String(joiner.join(b, [c]))).toBe("bc");
  });
});

/** Buffers that were handed to the stream from now on. */
function countWrites(pair: Pair): Buffer[] {
  const stream = streamOf(pair.server);
  const write = stream.write.bind(stream) as (chunk: Buffer) => boolean;
  const writes: Buffer[] = [];
  stream.write = ((chunk: Buffer) => {
    writes.push(chunk);
    return write(chunk);
  }) as typeof stream.write;
  return writes;
}
