import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ADMIN_KEY } from "../../support/installation.ts";
import { bothRuntimes } from "../../support/matrix.ts";
import { type FrameSocket, frame, OPCODE, openFrames } from "../../support/raw-frames.ts";
import { openRaw, openRawAs, query } from "../../support/raw-socket.ts";
import { useServer } from "../../support/use-server.ts";
import { openWatched } from "../../support/watched-server.ts";

const KEY = { authorization: `Bearer ${ADMIN_KEY}` };
const QUERY = JSON.stringify(query("after"));

/** The senders: not yet identified, anonymous, known, and of the other protocol. */
const CALLERS: [who: string, path: string, headers: Record<string, string>][] = [
  ["before connectionParams", "/trpc?connectionParams=1", {}],
  ["from an anonymous caller", "/trpc", {}],
  ["from a known caller", "/trpc", KEY],
  ["to Socket.IO", "/socket.io/?EIO=4&transport=websocket", {}],
];

/** Of a message over tRPC's socket. */
const MOST = 4 * 1024 * 1024;

const fragments = (count: number) =>
  Buffer.concat([
    frame("x", { fin: false }),
    ...Array(count - 1).fill(frame("x", { opcode: OPCODE.continuation, fin: false })),
  ]);

const BREACHES: [what: string, bytes: Buffer][] = [
  ["131,000 fragments of one message", fragments(131_000)],
  ["131,000 empty fragments", Buffer.concat(Array(131_000).fill(frame("", { fin: false })))],
  ["all reserved bits", frame("{}", { rsv: 7 })],
  ["a compressed frame that was not agreed", frame("{}", { rsv: 4 })],
  ["an unmasked frame", frame("{}", { masked: false })],
  ["an unknown opcode", frame("{}", { opcode: 3 })],
  ["an unknown control opcode", frame("", { opcode: 11 })],
  ["a continuation of nothing", frame("x", { opcode: OPCODE.continuation })],
  ["a message inside another", Buffer.concat([frame("x", { fin: false }), frame("y")])],
  ["a ping in fragments", frame("x", { opcode: OPCODE.ping, fin: false })],
  ["a ping of 126 bytes", frame(Buffer.alloc(126), { opcode: OPCODE.ping })],
  ["text that is not UTF-8", frame(Buffer.from([0xc3, 0x28]))],
  ["a half surrogate", frame(Buffer.from([0xed, 0xa0, 0x80]))],
  ["a length of 2^63", Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ["a length of 4 GiB", Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])],
  ["a close of one byte", frame(Buffer.from([3]), { opcode: OPCODE.close })],
  ["a close with a reserved code", frame(Buffer.from([3, 0xee]), { opcode: OPCODE.close })],
  ["4 MiB and a byte", frame("x".repeat(MOST + 1))],
];

describe.each(bothRuntimes())("Bad frames on %s", (_name, cell) => {
  const server = useServer(() => openWatched(cell));

  /** Pushes bytes although the other end may be gone already. */
  function push({ socket }: FrameSocket, bytes: Buffer): void {
    socket.on("error", () => {});
    socket.write(bytes);
  }

  test.each(BREACHES)("%s ends that socket and touches no other", async (_what, bytes) => {
    for (const [, path, headers] of CALLERS) {
      const attacker = await openFrames(server.port, path, headers);
      push(attacker, bytes);
      expect([1002, 1003, 1007, 1008, 1009, null]).toContain(await attacker.closed);
    }
    await server.canary();
  });

  test("more than 4 MiB is closed 1009, in one frame or in many; exactly 4 MiB is read", async () => {
    const whole = await openFrames(server.port, "/trpc", KEY);
    push(whole, frame("x".repeat(MOST + 1)));
    expect(await whole.closed).toBe(1009);
    const parts = await openFrames(server.port, "/trpc", KEY);
    const half = "x".repeat(MOST / 2 + 1);
    push(parts, Buffer.concat([frame(half, { fin: false }), frame(half, { opcode: OPCODE.continuation })]));
    expect(await parts.closed).toBe(1009);
    const raw = await openRawAs(server, ADMIN_KEY);
    raw.send(QUERY.padEnd(MOST, " "));
    expect((await raw.answer("after")).result).toBeDefined();
    raw.socket.close();
    await server.canary();
  });

  test("a frame that stops in its middle, and a connection reset there, leave nothing behind", async () => {
    for (let length = 1; length < 12; length++) {
      const attacker = await openFrames(server.port, "/trpc", KEY);
      push(attacker, frame(QUERY).subarray(0, length));
      if (length % 2 === 0) attacker.socket.resetAndDestroy();
      else attacker.socket.end();
      await attacker.closed;
    }
    await server.canary();
  });

  test("binary messages are refused and the socket goes on", async () => {
    const raw = await openRawAs(server, ADMIN_KEY);
    for (const bytes of [Buffer.alloc(0), Buffer.from([0]), Buffer.from(QUERY)])
      raw.socket.send(bytes, { binary: true });
    raw.send(QUERY);
    expect((await raw.answer("after")).result).toBeDefined();
    expect(raw.messages.all.filter(({ id, error }) => id === null && error)).toHaveLength(3);
    raw.socket.close();
  });

  test("property: whatever bytes follow the upgrade, others are served", async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      fc
        .record({
          payload: fc.uint8Array({ maxLength: 300 }),
          opcode: fc.nat(15),
          fin: fc.boolean(),
          rsv: fc.nat(7),
          masked: fc.boolean(),
        })
        .map(({ payload, ...options }) => frame(payload, options)),
      fc.constant(frame(QUERY)),
    );
    const calls = fc.record({
      who: fc.constantFrom(...CALLERS),
      pieces: fc.array(piece, { minLength: 1, maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(calls, async ({ who: [, path, headers], pieces }) => {
        const attacker = await openFrames(server.port, path, headers);
        push(attacker, Buffer.concat(pieces));
        attacker.socket.end();
        await attacker.closed;
      }),
      { numRuns: 150 },
    );
    await server.canary();
  });

  test.each([
    ["a foreign site", () => "https://evil.example"],
    ["null", () => "null"],
    ["our address as a prefix", (origin: string) => `${origin}.evil.example`],
    ["our address as a user name", (origin: string) => `${origin}@evil.example`],
    ["our port as a prefix", (origin: string) => `${origin}0`],
    ["our address by another scheme", (origin: string) => origin.replace("http:", "https:")],
    ["our address with a path", (origin: string) => `${origin}/`],
    ["nothing", () => ""],
  ])("an Origin that is %s is refused with 403", async (_what, of) => {
    for (const path of ["/trpc", "/trpc?connectionParams=1", "/socket.io/?EIO=4&transport=websocket"]) {
      const opened = openRaw(server, { path, headers: { origin: of(server.origin), ...KEY } });
      await expect(opened).rejects.toThrow("refused with 403");
    }
  });

  test("our own Origin and none at all pass", async () => {
    for (const headers of [{ origin: server.origin, ...KEY }, KEY]) {
      const raw = await openRaw(server, { headers });
      raw.send(QUERY);
      expect((await raw.answer("after")).result).toBeDefined();
      raw.socket.close();
    }
  });
});
