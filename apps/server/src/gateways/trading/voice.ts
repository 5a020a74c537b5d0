import type { Context } from "@pult/api/context.ts";
import { formatPosition } from "@pult/api/realtime/position.ts";
import { Attachment, type LogView } from "@pult/api/realtime/view.ts";
import { tradingError } from "@pult/api/trading/errors.ts";
import { actingTrader } from "@pult/api/trading/traders.ts";
import type { VoiceEvent, VoiceState } from "@pult/api/trading/voice/schema.ts";
import { followVoice, leaveVoice, startVoice } from "@pult/api/trading/voice/sessions.ts";
import { CLOSE } from "../../sockets/close-codes.ts";
import type { GuardedSocket } from "../../sockets/guarded-socket.ts";
import { type JoinedRooms, MESSAGES, roomIdOf } from "./rooms.ts";
import * as wire from "./wire.ts";

interface Open {
  ctx: Context;
  sessionId: string;
  stop(): void;
}

/** The voice session of one socket, which ends with it. */
export class SocketVoice {
  readonly #socket: GuardedSocket;
  readonly #context: () => Context;
  readonly #rooms: JoinedRooms;
  /** A repeat on this socket is of the same session. */
  readonly #clientId = crypto.randomUUID();
  #open: Open | null = null;
  #isClosed = false;

  constructor(socket: GuardedSocket, { context, rooms }: { context: () => Context; rooms: JoinedRooms }) {
    this.#socket = socket;
    this.#context = context;
    this.#rooms = rooms;
  }

  /** Opens a session in the named room, else in the one that was joined last; the client is told of what is heard from then on. */
  async start({ userId, environmentId, takeOver = false }: wire.DataOf<"VOICE_SESSION_START">): Promise<void> {
    const ctx = this.#context();
    actingTrader(ctx, { userId }, "write");
    if (ctx.audio === null) throw tradingError("voiceUnavailable");
    const roomId = environmentId === undefined ? this.#rooms.newest : roomIdOf(environmentId);
    if (roomId === null) throw tradingError("notJoined");
    const { sessionId, liveKitToken } = await startVoice(ctx, { roomId, userId, takeOver, clientId: this.#clientId });
    const view = viewOf(await followVoice(ctx, { sessionId }), sessionId);
    const opened = ctx.feeds.open(view.topic);
    try {
      const { position } = await opened.feed.start(null);
      this.#end(this.#open?.sessionId !== sessionId);
      this.#open = { ctx, sessionId, stop: () => {} };
      if (this.#isClosed) return this.#end(true);
      this.#socket.send(wire.encodeVoiceReady(sessionId, liveKitToken ?? ""));
      const refused = () => this.#socket.close(CLOSE.tryAgain, "Not served; come back");
      const attachment = new Attachment(view, formatPosition(position));
      this.#open.stop = this.#socket.follow(attachment, { envelope: MESSAGES, head: "", refused }).leave;
    } finally {
      opened.close();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#end(true);
  }

  /** @param leaves whether the session ends too */
  #end(leaves: boolean): void {
    const open = this.#open;
    this.#open = null;
    open?.stop();
    if (open && leaves)
      leaveVoice(open.ctx, open).catch((error: unknown) =>
        open.ctx.log.warn({ err: error }, "Failed to end the voice session of a closed socket"),
      );
  }
}

/** A trader's voice as the protocol shows it: what is heard in this session. */
const viewOf = (view: LogView<VoiceEvent, VoiceState>, sessionId: string): LogView<object | null, object | null> => ({
  ...view,
  viewer: `trading ${sessionId}`,
  present: (payload) => wire.voiceMessage(sessionId, view.present(payload)),
  snapshot: async () => null,
});
