import type { Context } from "@pult/api/context.ts";
import { requestError } from "@pult/api/errors.ts";
import type { Bus } from "@pult/api/realtime/bus.ts";
import { Attachment, type LatestView } from "@pult/api/realtime/view.ts";
import { tradingError } from "@pult/api/trading/errors.ts";
import { followRewards } from "@pult/api/trading/rewards/rewards.ts";
import { followPrice, readPrice } from "@pult/api/trading/rooms/price.ts";
import { followPriceInput } from "@pult/api/trading/schema.ts";
import type { Envelope } from "../../sockets/channel.ts";
import { CLOSE } from "../../sockets/close-codes.ts";
import type { GuardedSocket } from "../../sockets/guarded-socket.ts";
import { roomIdOf } from "./rooms.ts";
import * as wire from "./wire.ts";

const envelopeOf = (value: Envelope["value"]): Envelope => ({
  name: "trading",
  tracked: () => "",
  heartbeat: () => "",
  value,
});
const PRICES = envelopeOf(wire.encodePrice);
const REWARDS = envelopeOf(wire.encodeRewards);

interface LatestOptions {
  context: () => Context;
  /** How long prices are collected; null to send each as it comes. */
  batchMs: number | null;
  /** Topics at once. */
  most: number;
}

/** The prices and rewards that one socket is told: the present value at once, then every newer one. A repeat begins anew. */
export class LatestValues {
  readonly #socket: GuardedSocket;
  readonly #options: LatestOptions;
  readonly #followed = new Map<string, () => void>();
  /** In the order in which they came. */
  #collected: wire.PriceData[] = [];
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(socket: GuardedSocket, options: LatestOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  async subscribePrice({ mintAddress, environmentId }: wire.DataOf<"SUBSCRIBE_PRICE">): Promise<void> {
    const input = followPriceInput.safeParse({ mintAddress });
    if (!input.success) throw tradingError("tokenNotFound");
    const { context, batchMs } = this.#options;
    const ctx = context();
    const isOther = async (roomId: string) => (await readPrice(ctx, input.data)).roomId !== roomId;
    if (environmentId !== undefined && (await isOther(roomIdOf(environmentId)))) throw tradingError("roomNotFound");
    const view = shownAs(ctx.bus, await followPrice(ctx, input.data), wire.priceData);
    await this.#begin(view.topic, () => (batchMs === null ? this.#follow(view, PRICES) : this.#collect(view, batchMs)));
  }

  async subscribeRewards({ userId }: wire.DataOf<"SUBSCRIBE_REWARDS">): Promise<void> {
    const ctx = this.#options.context();
    const view = shownAs(ctx.bus, followRewards(ctx, { userId }), wire.rewardsData);
    await this.#begin(view.topic, () => this.#follow(view, REWARDS));
  }

  close(): void {
    this.#isClosed = true;
    for (const leave of this.#followed.values()) leave();
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** Resolves once the present value was sent, so that answers keep the order of the messages. */
  async #begin(topic: string, deliver: () => Followed): Promise<void> {
    if (this.#isClosed) return;
    this.#followed.get(topic)?.();
    this.#followed.delete(topic);
    const { leave, begun } = deliver();
    this.#followed.set(topic, leave);
    await begun;
  }

  #follow(view: LatestView<object>, envelope: Envelope): Followed {
    const { promise, resolve } = Promise.withResolvers<void>();
    const refused = () => {
      this.#socket.close(CLOSE.tryAgain, "Not served; come back");
      resolve();
    };
    const options = { envelope, head: "", begun: resolve, refused };
    const { leave } = this.#socket.follow(new Attachment(view, null), options);
    const over = () => {
      leave();
      resolve();
    };
    return { leave: over, begun: promise };
  }

  #collect(view: Shown<wire.PriceData>, batchMs: number): Followed {
    const { most } = this.#options;
    if (this.#followed.size >= most)
      throw requestError("tooManyAtOnce", {}, { message: `At most ${most} subscriptions on one connection` });
    let isOver = false;
    let isHeard = false;
    const add = (price: wire.PriceData) => {
      isHeard = true;
      this.#collected.push(price);
      this.#timer ??= setTimeout(() => this.#flush(batchMs), batchMs);
    };
    const stop = view.subscribe(add);
    const begun = view.read().then(
      (now) => void (isOver || isHeard || add(now)),
      () => void (isOver || this.#socket.close(CLOSE.tryAgain, "Not served; come back")),
    );
    const leave = () => {
      isOver = true;
      stop();
    };
    return { leave, begun };
  }

  #flush(batchMs: number): void {
    this.#timer = null;
    // A client that has not read the earlier ones yet gets the newest of each token later.
    if (this.#socket.queued > 0) {
      this.#collected = [...new Map(this.#collected.map((price) => [price.mintAddress, price])).values()];
      this.#timer = setTimeout(() => this.#flush(batchMs), batchMs);
      return;
    }
    this.#socket.send(wire.encodePrice(JSON.stringify(this.#collected)));
    this.#collected = [];
  }
}

interface Followed {
  leave(): void;
  begun: Promise<void>;
}

type Shown<Value> = LatestView<Value> & Required<Pick<LatestView<Value>, "read" | "subscribe">>;

/** A view as the protocol shows it. */
const shownAs = <Value, As>(
  bus: Bus,
  { topic, mayRead, read }: LatestView<Value>,
  show: (value: Value) => As,
): Shown<As> => ({
  kind: "latest",
  topic,
  mayRead,
  reader: null,
  read: async () => show((await read?.()) as Value),
  subscribe: (listener) => bus.subscribeLatest(topic, (value) => listener(show(value as Value))),
});
