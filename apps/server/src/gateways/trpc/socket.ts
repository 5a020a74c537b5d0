import type { Deps } from "@pult/api/context.ts";
import { Attachment } from "@pult/api/realtime/view.ts";
import type { TrpcContext } from "@pult/api/trpc.ts";
import type { AnyRouter } from "@trpc/server";
import { getWSConnectionHandler, jsonEncoder } from "@trpc/server/adapters/ws";
import type { SocketHandshake } from "../../gateway.ts";
import type { RateLimits } from "../../rate-limits.ts";
import type { GuardedSocket } from "../../sockets/guarded-socket.ts";
import type { RequestId } from "./envelope.ts";
import { logTrpcError } from "./errors.ts";
import { MAX_BATCH } from "./messages.ts";
import { TrpcSocket } from "./trpc-socket.ts";

/** What tRPC is about to send. */
interface Answer {
  id?: RequestId | null;
  jsonrpc?: string;
  error?: object;
  result?: { type: "data" | "started" | "stopped"; data?: unknown };
}

interface Opening {
  handshake: SocketHandshake;
  deps: Deps;
  limits: Pick<RateLimits, "countSignIn" | "countLinking">;
  router: AnyRouter;
}

/** Lets tRPC's own handler serve a socket; its subscriptions go to the broadcaster. */
export function openTrpcSocket(socket: GuardedSocket, { handshake, deps, limits, router }: Opening): TrpcSocket {
  const { url, ip, userAgent } = handshake;
  const expectsParams = url.searchParams.get("connectionParams") === "1";
  const failed = (error: unknown) => deps.log.error({ err: error }, "A tRPC socket failed unexpectedly");
  const session = new TrpcSocket({ socket, expectsParams, failed });
  const handler = getWSConnectionHandler({
    wss: NO_SERVER,
    router,
    async createContext({ info }): Promise<TrpcContext> {
      if (expectsParams) await socket.identify(info.connectionParams?.token ?? null);
      const context: TrpcContext = {
        ...deps,
        actor: socket.actor,
        ip,
        userAgent,
        fansOut: true,
        schedule: (call) => call(),
        setSession: null,
        limitSignIn: (email) => limits.countSignIn(ip, email),
        limitLinking: () => limits.countLinking(socket.actor),
      };
      session.context = context;
      return context;
    },
    maxBatchSize: MAX_BATCH,
    experimental_encoder: { encode: (message) => encodeAnswer(session, message as Answer), decode: jsonEncoder.decode },
    onError: (failure) => logTrpcError(deps.log, failure),
  });
  // It has every member that the handler uses; the types ask for all of ws and of the request, which need not be kept.
  handler(
    session as unknown as Parameters<typeof handler>[0],
    { url: url.pathname + url.search, headers: {} } as unknown as Parameters<typeof handler>[1],
  );
  return session;
}

/** The handler only asks it to announce reconnects, which the socket runtime does. */
const NO_SERVER = { on() {} } as unknown as Parameters<typeof getWSConnectionHandler>[0]["wss"];

/** @returns nothing when the client is to get nothing: an attachment goes to the broadcaster, and does not end when its procedure does */
function encodeAnswer(socket: TrpcSocket, message: Answer): string {
  const { id = null, jsonrpc, error, result } = message;
  if (id !== null && result?.data instanceof Attachment) {
    socket.attach(id, jsonrpc, result.data);
    return "";
  }
  const state = error ? "error" : result?.type;
  if (state && !socket.answered(id, state)) return "";
  return String(jsonEncoder.encode(message));
}
