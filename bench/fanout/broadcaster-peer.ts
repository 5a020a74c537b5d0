import { streamLatest } from "@pult/api/realtime/stream.ts";
import { Attachment, type LatestView } from "@pult/api/realtime/view.ts";
import { publicProcedure, router } from "@pult/api/trpc.ts";
import { z } from "zod";
import type { Gateway } from "../../apps/server/src/gateway.ts";
import { createTrpcGateway } from "../../apps/server/src/gateways/trpc/gateway.ts";
import type { Envelope } from "../../apps/server/src/sockets/channel.ts";
import { SOCKET_LIMITS } from "../../apps/server/src/sockets/guarded-socket.ts";
import { handleMessages } from "../../apps/server/src/sockets/messages.ts";
import { openApp, serve } from "../product.ts";
import { LIFTED, temporaryDirectory } from "../setup.ts";
import type { Peer } from "./peer.ts";

const nameOf = (topic: number): string => `bench.status:${topic}`;

const viewOf = (topic: number): LatestView<object> => ({
  kind: "latest",
  topic: nameOf(topic),
  mayRead: () => true,
  reader: null,
});

const socketRouter = router({
  status: publicProcedure
    .input(z.object({ topic: z.number().int() }))
    .subscription(({ ctx, input, signal }) => streamLatest(ctx, viewOf(input.topic), { signal })),
});

const envelope: Envelope = { name: "raw", tracked: () => "", heartbeat: () => "", value: (json) => `"data":${json}}` };
const policies = { follow: { kind: "public" } } as const;

/** A raw-socket protocol on the same runtime. */
const rawGateway: Gateway = {
  name: "raw",
  socket: {
    matches: ({ pathname }) => pathname === "/raw",
    limits: SOCKET_LIMITS,
    policies,
    open: (socket) =>
      handleMessages(socket, {
        policies,
        decode: (text): { type: string; topic: number } => JSON.parse(text),
        encodeError: (error) => JSON.stringify({ error: error?.code }),
        handle({ topic }) {
          socket.follow(new Attachment(viewOf(topic), null), { envelope, head: '{"type":"status",', refused() {} });
          socket.send('{"type":"following"}');
        },
      }),
  },
};

/** The product's own server, limits lifted, with a topic that everyone may follow: over tRPC and over a raw socket. */
export async function openBroadcasterPeer(): Promise<Peer> {
  const app = await openApp({ ...LIFTED, DATA_DIR: temporaryDirectory() });
  return {
    port: await serve(app, (services) => [createTrpcGateway(services, socketRouter), rawGateway]),
    publish: (topic, value) => app.deps.bus.publishLatest(nameOf(topic), value),
    queued: () => 0,
  };
}
