import { beforeAll, describe, expect, test } from "vitest";
import { beginConversation } from "../../support/desk.ts";
import { ADMIN_KEY } from "../../support/installation.ts";
import { eventually } from "../../support/mailbox.ts";
import { postAsCustomer } from "../../support/numbered-writer.ts";
import { type FrameSocket, frame, OPCODE, openFrames, readFrames } from "../../support/raw-frames.ts";
import { follow, openRawAs, query } from "../../support/raw-socket.ts";
import { useServer } from "../../support/use-server.ts";
import { openWatched } from "../../support/watched-server.ts";

const USER = "slow-reader";
const SLOW_READERS = 40;
/** More than kernel buffers of a connection and the server's own queue hold together. */
const MESSAGES = 400;
const MESSAGE = "x".repeat(30_000);

const percentile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

describe("Clients that stop reading", () => {
  const server = useServer(openWatched);
  let conversationId: number;
  let posted = 0;

  beforeAll(async () => {
    conversationId = await beginConversation(server, USER);
  });

  async function openSlow(): Promise<FrameSocket> {
    const slow = await openFrames(server.port, "/trpc", { authorization: `Bearer ${ADMIN_KEY}` });
    slow.socket.on("error", () => {});
    slow.socket.write(frame(JSON.stringify(follow(1, "support.onConversation", { conversationId }))));
    await eventually(async () => slow.received().includes('"position"'));
    slow.socket.pause();
    return slow;
  }

  async function post(): Promise<void> {
    expect(await postAsCustomer(server, USER, { text: MESSAGE, clientId: `slow-${++posted}` })).toBe(true);
  }

  /** Milliseconds until a reader of another conversation has what was sent to it, while the topic is busy. */
  async function measure(messages: number): Promise<number[]> {
    const times: number[] = [];
    for (let n = 0; n < messages; n++) {
      await post();
      if (n % 4 === 0) times.push(await server.canary());
    }
    return times;
  }

  test("on a busy topic: each is closed with 1013 or cut, others' latency and the server's memory stay, and it can resume", async () => {
    const alone = await measure(200);
    const before = server.rss();
    const slow = await Promise.all(Array.from({ length: SLOW_READERS }, openSlow));
    const beside = await measure(MESSAGES);
    const peak = server.rss();
    for (const { socket } of slow) socket.resume();
    const codes = await Promise.all(slow.map(({ closed }) => closed));
    for (const code of codes) expect([1013, null]).toContain(code);
    for (const one of slow) expect(one.received().length).toBeLessThan(MESSAGES * MESSAGE.length);

    // Every unread byte kept in memory would be some 480 MiB; forty queues of 1 MiB and what waits for collection are not.
    expect(peak - before).toBeLessThan(300);
    expect(percentile(beside, 0.99)).toBeLessThan(Math.max(250, 10 * percentile(alone, 0.99)));
    await eventually(async () => server.rss() - before < 200, 20_000);

    const lastEventId = lastIdOf(slow[0]?.received() ?? Buffer.alloc(0));
    const raw = await openRawAs(server, ADMIN_KEY);
    const position = await raw.follow(1, "support.onConversation", { conversationId, lastEventId });
    expect(position.result?.data?.data?.type).toBe("position");
    raw.socket.close();
  });

  test("a socket that asks for much and reads none of it is cut as well", async () => {
    const slow = await openSlow();
    const ask = (id: number) => JSON.stringify(query(id, "support.conversation", { conversationId }));
    // 1.5 MB each: together more than every buffer on the way holds.
    for (let id = 2; id < 52; id++) slow.socket.write(frame(ask(id)));
    const ping = frame("", { opcode: OPCODE.ping });
    // Who does not read learns of the end only by writing.
    await eventually(async () => slow.socket.destroyed || void slow.socket.write(ping), 20_000);
    await server.canary();
  });
});

/** `epoch:offset` of the last whole event. */
function lastIdOf(bytes: Buffer): string {
  let last = "";
  for (const { opcode, payload } of readFrames(bytes)) {
    if (opcode === OPCODE.text) last = /"id":"([\w-]+:\d+)"\}\}$/.exec(payload.toString())?.[1] ?? last;
  }
  return last;
}
