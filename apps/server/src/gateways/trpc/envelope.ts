import type { Envelope } from "../../sockets/channel.ts";

/** What tRPC's own socket handler would send, byte for byte; the heartbeat alone carries an id of its own, so that a stock client keeps its place. */
export const TRPC_ENVELOPE: Envelope = {
  name: "trpc",
  tracked: (id, json) => `"data":{"id":"${id}","data":${json}},"id":"${id}"}}`,
  heartbeat: (id) => `"data":{"type":"heartbeat","head":"${id}"},"id":"${id}"}}`,
  value: (json) => `"data":${json}}}`,
};

export type RequestId = string | number;

/** What every frame of one subscription begins with. */
export const trpcHead = (id: RequestId, jsonrpc: string | undefined): string =>
  `{"id":${JSON.stringify(id)},${versionOf(jsonrpc)}"result":{"type":"data",`;

export const trpcStopped = (id: RequestId, jsonrpc: string | undefined): string =>
  `{"id":${JSON.stringify(id)},${versionOf(jsonrpc)}"result":{"type":"stopped"}}`;

const versionOf = (jsonrpc: string | undefined): string => (jsonrpc === undefined ? "" : `"jsonrpc":"2.0",`);
