import type { Context, Deps } from "@pult/api/context.ts";
import type { EndpointPolicy } from "../../authorize.ts";
import type { SocketHandshake } from "../../gateway.ts";
import { type GuardedSocket, SOCKET_LIMITS, type SocketSession } from "../../sockets/guarded-socket.ts";
import { handleMessages } from "../../sockets/messages.ts";
import type { BareWallets } from "./identify.ts";
import { LatestValues } from "./latest.ts";
import { JoinedRooms } from "./rooms.ts";
import { SocketVoice } from "./voice.ts";
import * as wire from "./wire.ts";

export interface TradingSocketOptions {
  deps: Deps;
  handshake: SocketHandshake;
  policies: Readonly<Record<string, EndpointPolicy>>;
  wallets: BareWallets;
  /** How long prices are collected for a client that asked for batches. */
  batchMs: number;
}

/** One socket of the trading protocol. @see PROTOCOL.md */
export function openTradingSocket(
  socket: GuardedSocket,
  { deps, handshake: { url, ip, userAgent }, policies, wallets, batchMs }: TradingSocketOptions,
): SocketSession {
  const context = (): Context => ({ ...deps, actor: socket.actor, ip, userAgent });
  const rooms = new JoinedRooms(socket, context);
  const voice = new SocketVoice(socket, { context, rooms });
  const isBatched = url.searchParams.get("batch") === "1";
  const latest = new LatestValues(socket, { context, batchMs: isBatched ? batchMs : null, most: SOCKET_LIMITS.topics });

  function handle(message: wire.ClientMessage): Promise<void> | void {
    switch (message.type) {
      case "HEARTBEAT":
        return socket.send(wire.encodeHeartbeat());
      case "JOIN_ENVIRONMENT":
        return rooms.join(message.data);
      case "VIRTUAL_TRADE":
        return rooms.trade(message.data);
      case "CHAT_MESSAGE":
        return rooms.say(message.data);
      case "SUBSCRIBE_PRICE":
        return latest.subscribePrice(message.data);
      case "SUBSCRIBE_REWARDS":
        return latest.subscribeRewards(message.data);
      case "VOICE_SESSION_START":
        return voice.start(message.data);
    }
  }

  return {
    ...handleMessages<wire.ClientMessage>(socket, {
      policies,
      decode: wire.decodeMessage,
      handle,
      encodeError: wire.encodeRefusal,
    }),
    intercept(text) {
      // Before the message is counted: it counts for the wallet.
      const userId = text !== null && wallets.isNameless(url) ? wire.namedIn(text) : null;
      if (userId !== null) socket.actor = wallets.name(url, userId);
      return false;
    },
    closed() {
      voice.close();
      rooms.close();
      latest.close();
    },
  };
}
