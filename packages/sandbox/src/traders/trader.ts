import type { Position } from "./habits.ts";
import { readPortfolio, takeTicket } from "./product.ts";

const ANSWER_MS = 10_000;

interface Message {
  type: string;
  data?: { userId?: string; trade?: { userId: string } };
}

export interface TraderOptions {
  /** Of the product. */
  origin: string;
  roomId: string;
  userId: string;
  token: string;
}

/** One simulated trader in the room: the documented protocol over a socket of their own. */
export class Trader {
  readonly #options: TraderOptions;
  readonly #socket: WebSocket;
  readonly #gone = new AbortController();
  readonly #messages = new EventTarget();

  /** Resolves once the trader has joined. @throws Error when the product does not let them in */
  static async enter(options: TraderOptions): Promise<Trader> {
    const url = new URL("/ws", options.origin.replace(/^http/, "ws"));
    url.searchParams.set("ticket", await takeTicket(options));
    const trader = new Trader(options, new WebSocket(url));
    try {
      await trader.#opened();
      await trader.#ask("JOIN_ENVIRONMENT", {}, ({ type }) => type === "ENVIRONMENT_STATE");
      return trader;
    } catch (error) {
      trader.leave();
      throw error;
    }
  }

  private constructor(options: TraderOptions, socket: WebSocket) {
    this.#options = options;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.#messages.dispatchEvent(new CustomEvent("message", { detail: JSON.parse(String(data)) }));
    });
    for (const name of ["close", "error"]) socket.addEventListener(name, () => this.#gone.abort());
  }

  get isGone(): boolean {
    return this.#gone.signal.aborted;
  }

  position(): Promise<Position> {
    return readPortfolio(this.#options);
  }

  /** @throws Error when the trade is refused or unanswered */
  trade({ isBuy, amount }: { isBuy: boolean; amount: bigint }): Promise<void> {
    const isOwn = ({ type, data }: Message) =>
      type === "VIRTUAL_TRADE_EXECUTED" && data?.trade?.userId === this.#options.userId;
    return this.#ask("VIRTUAL_TRADE", { amount: String(amount), isBuy, clientId: crypto.randomUUID() }, isOwn);
  }

  say(message: string): Promise<void> {
    const isOwn = ({ type, data }: Message) => type === "CHAT_MESSAGE" && data?.userId === this.#options.userId;
    return this.#ask("CHAT_MESSAGE", { message, clientId: crypto.randomUUID() }, isOwn);
  }

  leave(): void {
    this.#socket.close();
    this.#gone.abort();
  }

  #opened(): Promise<void> {
    return this.#until("The socket did not open", (done) => this.#socket.addEventListener("open", () => done()));
  }

  async #ask(type: string, data: object, isAnswer: (message: Message) => boolean): Promise<void> {
    const { roomId: environmentId, userId } = this.#options;
    const refusal = await this.#until<Message | null>(`No answer to ${type}`, (done, signal) => {
      const hear = (event: Event) => {
        const message = (event as CustomEvent<Message>).detail;
        if (message.type === "ERROR") done(message);
        else if (isAnswer(message)) done(null);
      };
      this.#messages.addEventListener("message", hear, { signal });
      this.#socket.send(JSON.stringify({ type, data: { environmentId, userId, ...data } }));
    });
    if (refusal) throw new Error(`${type}: ${JSON.stringify(refusal.data)}`);
  }

  /** @throws Error with `why` when the socket ends or too long passes */
  async #until<Value = void>(
    why: string,
    begin: (done: (value: Value) => void, signal: AbortSignal) => void,
  ): Promise<Value> {
    const over = new AbortController();
    const failed = AbortSignal.any([this.#gone.signal, AbortSignal.timeout(ANSWER_MS)]);
    try {
      return await new Promise<Value>((resolve, reject) => {
        const fail = () => reject(new Error(why));
        if (failed.aborted) return fail();
        failed.addEventListener("abort", fail, { signal: over.signal });
        begin(resolve, over.signal);
      });
    } finally {
      over.abort();
    }
  }
}
