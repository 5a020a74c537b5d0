import type { Socket } from "node:net";
import type { Socket as EngineSocket } from "engine.io";
import type { WebSocket } from "ws";

/** The stream that `ws` itself writes frames to. It has no public name. */
export const streamOf = (socket: WebSocket): Socket => (socket as unknown as { _socket: Socket })._socket;

/** The WebSocket below an Engine.IO connection; undefined while it polls. It has no public name. */
export const socketOf = ({ transport }: EngineSocket): WebSocket | undefined =>
  transport.name === "websocket" ? (transport as unknown as { socket: WebSocket }).socket : undefined;
