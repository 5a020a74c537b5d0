import type { Server as Engine, Socket } from "engine.io";
import type { WebSocket } from "ws";
import type { RealtimeCounters } from "../metrics/realtime-stats.ts";
import { MAX_QUEUED_BYTES } from "./socket-writer.ts";

/**
 * Ends each Engine.IO connection for which more than `MAX_QUEUED_BYTES` wait: what engine.io keeps until its transport is free again, and
 * what the transport's socket keeps. Counted as packets come and go, so a delivery costs an addition.
 */
export function boundQueues(engine: Engine, counters: Pick<RealtimeCounters, "slowCloses">): void {
  engine.on("connection", (connection: Socket) => {
    let waiting = 0;
    connection.on("packetCreate", ({ data }: { data?: string | ArrayBufferView }) => {
      if (data === undefined) return;
      // Text counts by its length: it is the same string for everybody in the room.
      waiting += typeof data === "string" ? data.length : data.byteLength;
      if (waiting + bufferedBy(connection) <= MAX_QUEUED_BYTES) return;
      counters.slowCloses += 1;
      cut(connection);
    });
    // All that waited has gone to the transport.
    connection.on("flush", () => {
      waiting = 0;
    });
  });
}

/** The WebSocket of a connection; none while it polls. */
const socketOf = ({ transport }: Socket): WebSocket | undefined =>
  transport.name === "websocket" ? (transport as unknown as { socket: WebSocket }).socket : undefined;

const bufferedBy = (connection: Socket): number => socketOf(connection)?.bufferedAmount ?? 0;

/** Whoever reads nothing answers no close either. */
function cut(connection: Socket): void {
  const socket = socketOf(connection);
  connection.close(true);
  socket?.terminate();
}
