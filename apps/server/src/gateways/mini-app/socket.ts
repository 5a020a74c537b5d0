import type { Context, Deps } from "@pult/api/context.ts";
import { getBroadcast } from "@pult/api/notifications/broadcasts/broadcasts.ts";
import { outcomeOf } from "@pult/api/notifications/broadcasts/outcome.ts";
import { resultOf } from "@pult/api/notifications/broadcasts/results.ts";
import { type Broadcast, type BroadcastTarget, broadcastInput } from "@pult/api/notifications/broadcasts/schema.ts";
import { pinMessage, sendBroadcast } from "@pult/api/notifications/broadcasts/send.ts";
import { setBroadcastState } from "@pult/api/notifications/broadcasts/state.ts";
import { readerOf } from "@pult/api/notifications/readers/reader-board.ts";
import { readHistory } from "@pult/api/notifications/toasts/history.ts";
import type { EndpointPolicy } from "../../authorize.ts";
import type { SocketHandshake } from "../../gateway.ts";
import { decode } from "../../http/decode.ts";
import type { GuardedSocket, SocketSession } from "../../sockets/guarded-socket.ts";
import { handleMessages } from "../../sockets/messages.ts";
import { Hearing } from "./hearing.ts";
import * as wire from "./wire.ts";

/** How long a client waits for what Telegram says: pauses of up to 30 s are waited out. */
const OUTCOME_MS = 45_000;
/** How `ws` numbers a connection that broke without a close. */
const BROKEN = 1006;

interface MiniAppSocketOptions {
  deps: Deps;
  handshake: SocketHandshake;
  policies: Readonly<Record<string, EndpointPolicy>>;
}

/** One socket of the Mini App protocol: status, alerts and toasts from the beginning, broadcasts and pins on demand. @see PROTOCOL.md */
export function openMiniAppSocket(
  socket: GuardedSocket,
  { deps, handshake: { ip, userAgent }, policies }: MiniAppSocketOptions,
): SocketSession {
  const context = (): Context => ({ ...deps, actor: socket.actor, ip, userAgent });
  const hearing = new Hearing(socket, context);

  async function handle(message: wire.ClientMessage): Promise<void> {
    if (message.type === "ping") return socket.send(wire.encodePong());
    if (message.type === "history") return socket.send(wire.encodeHistory(await readHistory(context(), message)));
    const threadIds = message.threadId === null ? {} : { threadIds: [message.threadId] };
    if (message.type === "broadcast") {
      const input = decode(broadcastInput, { text: message.text, ...threadIds });
      answerLater(await sendBroadcast(context(), input, { isAwaited: true }));
    } else {
      const { messageId, threadId } = message;
      const input = { messageId, ...(threadId === null ? {} : { threadId }) };
      answerLater(await pinMessage(context(), input, { isAwaited: true }));
    }
  }

  /** Meanwhile the client is served. */
  function answerLater(broadcast: Broadcast): void {
    answer(broadcast).catch((error) => {
      deps.log.error({ err: error }, "Failed to tell the outcome of a broadcast");
      socket.send(wire.encodeError("Internal server error"));
    });
  }

  async function answer(broadcast: Broadcast): Promise<void> {
    const target = (await outcomeOf(context(), broadcast, OUTCOME_MS)) ?? (await giveUp(broadcast));
    // Users are told by a toast of their own: on every connection, and when they return.
    if (readerOf(socket.actor) === null) socket.send(wire.encodeToast(resultOf(broadcast.kind, target)));
  }

  /** What was not sent in time is not sent later: the client repeats it. */
  async function giveUp({ id }: Broadcast): Promise<BroadcastTarget | null> {
    const ctx: Context = { ...context(), actor: { kind: "system" } };
    const { targets } = await setBroadcastState(ctx, { id, state: "cancelled" }).catch(() => getBroadcast(ctx, { id }));
    return targets[0] ?? null;
  }

  return {
    ...handleMessages<wire.ClientMessage>(socket, {
      policies,
      decode: wire.decodeMessage,
      handle,
      encodeError(error) {
        if (error?.code === "FORBIDDEN" || error?.code === "UNAUTHORIZED") return wire.encodeError("Permission denied");
        return wire.encodeError(error?.message ?? "Internal server error");
      },
    }),
    intercept() {
      hearing.heard();
      return false;
    },
    closed: (code) => hearing.leave({ isClean: code !== BROKEN }),
  };
}
