import { identityOf } from "@pult/api/actor.ts";
import type { Context } from "@pult/api/context.ts";
import { followAlerts } from "@pult/api/notifications/alerts/alerts.ts";
import { followStatus } from "@pult/api/notifications/alerts/status.ts";
import type { Span } from "@pult/api/notifications/readers/place.ts";
import { enterAsReader, type ReaderEntry, readerOf } from "@pult/api/notifications/readers/reader-board.ts";
import { giveBackMissed, readSpan, type Taken, takeMissed } from "@pult/api/notifications/readers/take-missed.ts";
import type { AlertEvent } from "@pult/api/notifications/schema.ts";
import type { ToastEvent } from "@pult/api/notifications/toasts/schema.ts";
import { followToasts } from "@pult/api/notifications/toasts/toasts.ts";
import { Attachment, type LogView } from "@pult/api/realtime/view.ts";
import type { Envelope } from "../../sockets/channel.ts";
import { CLOSE } from "../../sockets/close-codes.ts";
import type { GuardedSocket } from "../../sockets/guarded-socket.ts";
import * as wire from "./wire.ts";

const OPEN = 1;

const STATUS: Envelope = { name: "miniApp", tracked: () => "", heartbeat: () => "", value: wire.encodeStatus };
/** Events of a log that are messages by themselves; positions, and what this protocol does not show, are none. */
const MESSAGES: Envelope = {
  name: "miniApp",
  tracked: (_id, json) => (json === "null" || json.startsWith('{"type":"position"') ? "" : json),
  heartbeat: () => "",
  value: () => "",
};

/**
 * What one socket is told without asking: what its user missed, then what everyone and this user are told. The user counts as connected.
 * The status begins last: a client that has got one misses nothing from then on.
 */
export class Hearing implements ReaderEntry {
  readonly #socket: GuardedSocket;
  readonly #context: () => Context;
  readonly #reader: string | null;
  readonly #leavePresence: () => void;
  /** What this connection took, until it has entered. */
  #taken: Taken | null = null;
  #entry: ReaderEntry | null = null;
  /** Answers under way about what an earlier connection was told in vain. */
  #owed = 0;

  constructor(socket: GuardedSocket, context: () => Context) {
    this.#socket = socket;
    this.#context = context;
    this.#reader = readerOf(socket.actor);
    const key = identityOf(socket.actor);
    this.#leavePresence = key === null ? () => {} : context().presence.enter(key);
    if (this.#reader === null) this.#follow(null);
    else this.#resume(this.#reader).catch((error) => this.#refuse(error));
  }

  heard(): void {
    this.#entry?.heard();
  }

  leave({ isClean }: { isClean: boolean }): void {
    this.#leavePresence();
    this.#entry?.leave({ isClean: isClean && this.#owed === 0 });
    this.#giveBack();
  }

  async #resume(reader: string): Promise<void> {
    const taken = await takeMissed(this.#context(), reader);
    this.#taken = taken;
    if (this.#socket.readyState !== OPEN) return this.#giveBack();
    for (const one of taken.missed) this.#socket.send(wire.encodeMissed(one));
    this.#follow(taken.from);
  }

  #follow(from: Taken["from"] | null): void {
    const context = this.#context();
    const views = [
      [liveOutView(context), from?.alerts],
      [toastView(context, "everyone"), from?.announcements],
      ...(this.#reader === null ? [] : [[toastView(context, "me"), from?.own] as const]),
    ] as const;
    let waiting = views.length;
    const refused = (error: unknown) => this.#refuse(error);
    const begun = () => {
      waiting -= 1;
      if (waiting > 0 || this.#socket.readyState !== OPEN) return;
      this.#enter();
      this.#socket.follow(new Attachment(followStatus(context), null), { envelope: STATUS, head: "", refused });
    };
    for (const [view, position] of views)
      this.#socket.follow(new Attachment(view, position ?? null), { envelope: MESSAGES, head: "", begun, refused });
  }

  #enter(): void {
    if (this.#reader === null || this.#taken === null) return;
    const { since } = this.#taken;
    this.#taken = null;
    this.#entry = enterAsReader(this.#context(), this.#reader, { since, tell: (span) => void this.#tell(span) });
  }

  /** What an earlier connection of the user was told in vain. */
  async #tell(span: Span): Promise<void> {
    this.#owed += 1;
    try {
      const owed = await readSpan(this.#context(), this.#reader ?? "", span);
      if (this.#socket.readyState !== OPEN) return;
      for (const one of owed) this.#socket.send(wire.encodeMissed(one));
      this.#owed -= 1;
    } catch (error) {
      this.#refuse(error);
    }
  }

  #giveBack(): void {
    const taken = this.#taken;
    this.#taken = null;
    if (this.#reader === null || !taken?.isClaimed) return;
    giveBackMissed(this.#context(), this.#reader, taken).catch((error) =>
      this.#context().log.warn({ err: error }, "Failed to give back what a Mini App user missed"),
    );
  }

  /** A socket that would hear nothing more is of no use: its client comes back. */
  #refuse(error: unknown): void {
    this.#context().log.warn({ err: error }, "Failed to subscribe a Mini App socket");
    this.#socket.close(CLOSE.tryAgain, "Not served; come back");
  }
}

/** As the protocol's readers see alerts and toasts; the status' rule says who they are. */
function liveOutView(ctx: Context): LogView<unknown, null> {
  const alerts = followAlerts(ctx);
  const present = (payload: unknown) => wire.liveOutOf(alerts.present(payload) as AlertEvent);
  return { ...alerts, viewer: "miniApp", mayRead: followStatus(ctx).mayRead, present, snapshot: async () => null };
}

function toastView(ctx: Context, to: "me" | "everyone"): LogView<unknown, null> {
  const { kind, topic, viewer, mayRead, snapshot } = followToasts(ctx, to);
  const present = (payload: unknown) => wire.toastOf((payload as ToastEvent).toast);
  return { kind, topic, viewer, mayRead, present, snapshot };
}
