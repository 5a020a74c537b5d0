import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** The stream that `ws` itself writes frames to. It has no public name. */
export const streamOf = (socket: WebSocket): Socket => (socket as unknown as { _socket: Socket })._socket;
