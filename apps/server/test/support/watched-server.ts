import pLimit from "p-limit";
import { expect } from "vitest";
import type { Cell, ServerOptions } from "../server-under-test.ts";
import { type Peer, sendMessage } from "./calls.ts";
import { startDesk } from "./desk.ts";
import { ADMIN_KEY } from "./installation.ts";
import { problemsIn, residentMiB } from "./process-stats.ts";
import { openRawAs, type RawSocket } from "./raw-socket.ts";

/** A server under attack, and a client that uses it normally. */
export interface WatchedServer {
  readonly origin: string;
  readonly port: number;
  /** Sends a message and sees it on a socket that has been open all the while. @returns milliseconds from sending to seeing */
  canary(): Promise<number>;
  /** Resident memory, MiB. */
  rss(): number;
  /** The same process is alive and has logged no error; then it is stopped. */
  stop(): Promise<void>;
}

/** The longest wait of a canary: other clients' input may not delay it further. */
const AT_ONCE_MS = 3_000;

export async function openWatched(cell: Partial<Cell> = {}, options: ServerOptions = {}): Promise<WatchedServer> {
  const server = await startDesk(cell, options);
  const { origin, port, pid } = server;
  const socket = await followInbox(server);
  let sung = 0;
  const oneAtATime = pLimit(1);
  return {
    origin,
    port,
    // One at a time: messages of one batch are one change of the inbox, which shows the last.
    canary: () =>
      oneAtATime(async () => {
        const message = `canary ${++sung}`;
        const started = performance.now();
        const seen = socket.messages.first((one) => JSON.stringify(one).includes(`"${message}"`), AT_ONCE_MS);
        const answer = await sendMessage(server, { user_id: "canary", message }, { token: ADMIN_KEY });
        expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"success":true')]);
        await seen;
        return performance.now() - started;
      }),
    rss: () => residentMiB(pid),
    async stop() {
      socket.socket.close();
      const state = { running: server.running, pid: server.pid, problems: problemsIn(server.logs()) };
      await server.stop();
      expect(state).toEqual({ running: true, pid, problems: [] });
    },
  };
}

async function followInbox(server: Peer): Promise<RawSocket> {
  const raw = await openRawAs(server, ADMIN_KEY);
  raw.socket.on("message", (data) => {
    if (String(data) === "PING") raw.socket.send("PONG");
  });
  await raw.follow(1);
  return raw;
}
