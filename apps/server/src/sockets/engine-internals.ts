import type { Socket } from "engine.io";
import type { WebSocket } from "ws";

/** The WebSocket below an Engine.IO connection; undefined while it polls. It has no public name. */
export const socketOf = ({ transport }: Socket): WebSocket | undefined =>
  transport.name === "websocket" ? (transport as unknown as { socket: WebSocket }).socket : undefined;
