import { identityOf } from "@pult/api/actor.ts";
import type { Context, Deps } from "@pult/api/context.ts";
import { followAlerts } from "@pult/api/notifications/alerts/alerts.ts";
import { followStatus } from "@pult/api/notifications/alerts/status.ts";
import {
  getBroadcast,
  outcomeOf,
  pinMessage,
  sendBroadcast,
  setBroadcastState,
} from "@pult/api/notifications/broadcasts/broadcasts.ts";
import {
  type AlertEvent,
  type Broadcast,
  type BroadcastTarget,
  broadcastInput,
} from "@pult/api/notifications/schema.ts";
import { Attachment } from "@pult/api/realtime/view.ts";
import type { EndpointPolicy } from "../../authorize.ts";
import type { SocketHandshake } from "../../gateway.ts";
import { decode } from "../../http/decode.ts";
import type { Envelope } from "../../sockets/channel.ts";
import type { GuardedSocket, SocketSession } from "../../sockets/guarded-socket.ts";
import { handleMessages } from "../../sockets/messages.ts";
import * as wire from "./wire.ts";

/** How long a client waits for what Telegram says: pauses of up to 30 s are waited out. */
const OUTCOME_MS = 45_000;

const STATUS: Envelope = { name: "miniApp", tracked: () => "", heartbeat: () => "", value: wire.encodeStatus };
const ALERTS: Envelope = {
  name: "miniApp",
  tracked: (_id, json) => (json === "null" || json.startsWith('{"type":"position"') ? "" : wire.encodeLiveOut(json)),
  heartbeat: () => "",
  value: () => "",
};

interface MiniAppSocketOptions {
  deps: Deps;
  handshake: SocketHandshake;
  policies: Readonly<Record<string, EndpointPolicy>>;
}

/** One socket of the Mini App protocol: status and alerts from the beginning, broadcasts and pins on demand. @see PROTOCOL.md */
export function openMiniAppSocket(
  socket: GuardedSocket,
  { deps, handshake: { ip, userAgent }, policies }: MiniAppSocketOptions,
): SocketSession {
  const context = (): Context => ({ ...deps, actor: socket.actor, ip, userAgent });
  const key = identityOf(socket.actor);
  const leave = key === null ? () => {} : deps.presence.enter(key);

  function follow(): void {
    const refused = (error: unknown) => deps.log.warn({ err: error }, "Failed to subscribe a Mini App socket");
    const status = followStatus(deps);
    const alerts = followAlerts(context());
    const view = {
      ...alerts,
      viewer: "miniApp",
      mayRead: status.mayRead,
      present: (payload: unknown) => liveOutOf(alerts.present(payload)),
      snapshot: async () => null,
    };
    socket.follow(new Attachment(status, null), { envelope: STATUS, head: "", refused });
    socket.follow(new Attachment(view, null), { envelope: ALERTS, head: "", refused });
  }

  async function handle(message: wire.ClientMessage): Promise<void> {
    if (message.type === "ping") return socket.send(wire.encodePong());
    const threadIds = message.threadId === null ? {} : { threadIds: [message.threadId] };
    if (message.type === "broadcast") {
      const input = decode(broadcastInput, { text: message.text, ...threadIds });
      answerLater(await sendBroadcast(context(), input, { isAwaited: true }), "Message sent and pinned!");
    } else {
      const { messageId, threadId } = message;
      const input = { messageId, ...(threadId === null ? {} : { threadId }) };
      answerLater(await pinMessage(context(), input, { isAwaited: true }), "Message pinned!");
    }
  }

  /** Meanwhile the client is served. */
  function answerLater(broadcast: Broadcast, title: string): void {
    answer(broadcast, title).catch((error) => {
      deps.log.error({ err: error }, "Failed to tell the outcome of a broadcast");
      socket.send(wire.encodeError("Internal server error"));
    });
  }

  async function answer(broadcast: Broadcast, title: string): Promise<void> {
    const target = (await outcomeOf(context(), broadcast, OUTCOME_MS)) ?? (await giveUp(broadcast));
    if (target?.state === "pinned") return socket.send(wire.encodeToast(title));
    const reason = target?.reason ?? "Telegram has not answered yet";
    if (target?.state === "sent") socket.send(wire.encodeError(`Sent, but not pinned: ${reason}`));
    else if (target?.state === "unknown") socket.send(wire.encodeError(`The message may have been sent: ${reason}`));
    else socket.send(wire.encodeError(reason));
  }

  /** What was not sent in time is not sent later: the client repeats it. */
  async function giveUp({ id }: Broadcast): Promise<BroadcastTarget | null> {
    const ctx: Context = { ...context(), actor: { kind: "system" } };
    const { targets } = await setBroadcastState(ctx, { id, state: "cancelled" }).catch(() => getBroadcast(ctx, { id }));
    return targets[0] ?? null;
  }

  follow();
  return handleMessages<wire.ClientMessage>(socket, {
    policies,
    decode: wire.decodeMessage,
    handle,
    encodeError(error) {
      if (error?.code === "FORBIDDEN" || error?.code === "UNAUTHORIZED") return wire.encodeError("Permission denied");
      return wire.encodeError(error?.message ?? "Internal server error");
    },
    closed: leave,
  });
}

const liveOutOf = (event: AlertEvent) => (event.type === "published" ? wire.liveOut(event.alert) : null);
