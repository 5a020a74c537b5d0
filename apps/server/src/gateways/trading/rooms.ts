import type { Context } from "@pult/api/context.ts";
import { formatPosition } from "@pult/api/realtime/position.ts";
import { Attachment, type LogView } from "@pult/api/realtime/view.ts";
import { sendOrRepeat } from "@pult/api/trading/chat/chat.ts";
import { tradingError } from "@pult/api/trading/errors.ts";
import { membershipTopic } from "@pult/api/trading/events.ts";
import { followRoom } from "@pult/api/trading/rooms/live.ts";
import { joinRoom } from "@pult/api/trading/rooms/membership.ts";
import { requireRoom } from "@pult/api/trading/rooms/state.ts";
import { type RoomEvent, type RoomState, roomInput } from "@pult/api/trading/schema.ts";
import { tradeOrRepeat } from "@pult/api/trading/trades/trade.ts";
import type { Envelope } from "../../sockets/channel.ts";
import { CLOSE } from "../../sockets/close-codes.ts";
import type { GuardedSocket } from "../../sockets/guarded-socket.ts";
import * as wire from "./wire.ts";

/** What a position holds where the log could not be continued: the room's state, as it was encoded. */
const SNAPSHOT = '{"type":"position","recovered":false,"snapshot":';

/** Events of a room are messages by themselves; a position is none. */
export const MESSAGES: Envelope = {
  name: "trading",
  tracked(_id, json) {
    if (json.startsWith(SNAPSHOT)) return json.slice(SNAPSHOT.length, -1);
    return json === "null" || json.startsWith('{"type":"position"') ? "" : json;
  },
  heartbeat: () => "",
  value: () => "",
};

interface Joined {
  /** Who joined, as the message named them. */
  userId: string;
  leave(): void;
}

/** The rooms that one socket has joined. */
export class JoinedRooms {
  readonly #socket: GuardedSocket;
  readonly #context: () => Context;
  readonly #joined = new Map<string, Joined>();
  #isClosed = false;

  constructor(socket: GuardedSocket, context: () => Context) {
    this.#socket = socket;
    this.#context = context;
  }

  /**
   * Resolves once the client was sent the room's state, and is told of what follows. It is told of everything that came after the state was
   * asked for, so that nothing is missed; the state may hold some of it already.
   */
  async join({ environmentId, userId }: wire.DataOf<"JOIN_ENVIRONMENT">): Promise<void> {
    const ctx = this.#context();
    const input = { roomId: roomIdOf(environmentId), userId };
    await joinRoom(ctx, input);
    const { entered, ...view } = viewOf(await followRoom(ctx, input), input.roomId);
    if (this.#isClosed) return;
    this.#leave(input.roomId);
    // Entered before the state is read, which counts those who are connected.
    const joined: Joined = { userId, leave: entered?.() ?? (() => {}) };
    this.#joined.set(input.roomId, joined);
    const opened = ctx.feeds.open(view.topic);
    try {
      const { position } = await opened.feed.start(null);
      this.#send(await view.snapshot());
      if (this.#joined.get(input.roomId) !== joined) return;
      await this.#follow(new Attachment(view, formatPosition(position)), input.roomId, joined);
    } catch (error) {
      this.#leave(input.roomId);
      throw error;
    } finally {
      opened.close();
    }
  }

  /** The trade is announced to everyone joined; a repeat is answered alone. */
  async trade({ environmentId, isBuy, userId, ...given }: wire.DataOf<"VIRTUAL_TRADE">): Promise<void> {
    const roomId = roomIdOf(environmentId);
    const { result, isRepeat } = await tradeOrRepeat(this.#context(), {
      ...given,
      roomId,
      userId: await this.#traderIn(roomId, userId),
      side: isBuy ? "buy" : "sell",
      exact: "in",
    });
    if (isRepeat || !this.#joined.has(roomId)) this.#send(wire.tradeMessage(roomId, result.trade));
  }

  /** The room that was joined last. */
  get newest(): string | null {
    return [...this.#joined.keys()].at(-1) ?? null;
  }

  /** As `trade`. */
  async say({ environmentId, message: text, userId, clientId }: wire.DataOf<"CHAT_MESSAGE">): Promise<void> {
    const roomId = roomIdOf(environmentId);
    const { message, isRepeat } = await sendOrRepeat(this.#context(), {
      roomId,
      text,
      userId: await this.#traderIn(roomId, userId),
      clientId,
    });
    if (isRepeat || !this.#joined.has(roomId)) this.#send(wire.chatMessage(roomId, message));
  }

  close(): void {
    this.#isClosed = true;
    for (const roomId of [...this.#joined.keys()]) this.#leave(roomId);
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  #leave(roomId: string): void {
    this.#joined.get(roomId)?.leave();
    this.#joined.delete(roomId);
  }

  /** A server's key acts for the user that it joined last. @throws DomainError `NOT_FOUND`, `FORBIDDEN` */
  async #traderIn(roomId: string, userId: string | undefined): Promise<string | undefined> {
    const trader = userId ?? this.#joined.get(roomId)?.userId;
    const ctx = this.#context();
    if (trader !== undefined || ctx.actor.kind !== "apiKey") return trader;
    await requireRoom(ctx, roomId);
    throw tradingError("notJoined");
  }

  #follow(attachment: Attachment, roomId: string, joined: Joined): Promise<void> {
    const { bus, log } = this.#context();
    const exit = joined.leave;
    return new Promise((resolve, reject) => {
      const { leave } = this.#socket.follow(attachment, {
        envelope: MESSAGES,
        head: "",
        begun: resolve,
        refused: (error) => {
          log.warn({ err: error }, "Failed to deliver a room to a trading socket");
          this.#socket.close(CLOSE.tryAgain, "Not served; come back");
          reject(error);
        },
      });
      const stop = bus.subscribeLatest(membershipTopic.name(roomId), () => {
        if (attachment.view.mayRead(this.#socket.actor)) return;
        this.#leave(roomId);
        this.#socket.send(wire.encodeRefusal(tradingError("removed")));
      });
      joined.leave = () => {
        stop();
        leave();
        exit();
      };
    });
  }
}

/** @throws DomainError `NOT_FOUND` for what is no room's id */
export function roomIdOf(environmentId: string): string {
  const parsed = roomInput.safeParse({ roomId: environmentId.toLowerCase() });
  if (!parsed.success) throw tradingError("roomNotFound");
  return parsed.data.roomId;
}

/** A room as the protocol shows it. */
const viewOf = (view: LogView<RoomEvent, RoomState>, roomId: string): LogView<object | null, object> => ({
  ...view,
  viewer: "trading",
  present: (payload) => wire.roomMessage(roomId, view.present(payload)),
  snapshot: async () => wire.stateMessage(await view.snapshot()),
});
