import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { Refusal } from "../http.ts";
import type { Host } from "../module.ts";
import { type SandboxTraders, sandboxTraders, type TradersEvent, type TradersPace } from "./control.ts";
import { chooseAct, chooseLine, chooseOne, chooseTrade, pauseMs } from "./habits.ts";
import { findRoom } from "./product.ts";
import { Trader } from "./trader.ts";

/** The name of the demo data's room. */
const ROOM_NAME = "Demo room";
/** The same after every start, so that a restart adds none. */
const CAST = Array.from({ length: 6 }, (_, at) => ({ userId: `demo_trader_${at + 1}`, name: `Demo trader ${at + 1}` }));
/** They stop by themselves, so that a sandbox that was left running does not grow without end. */
const RUN_MS = 60 * 60 * 1_000;

/** What the page shows, and whether they begin when the sandbox starts. */
export const tradersState = sandboxTraders.extend({ isWanted: z.boolean() });
export type TradersState = z.infer<typeof tradersState>;
export type TradersHost = Host<TradersState, TradersEvent>;

export interface Product {
  origin: string;
  /** Stands for the operator's own backend. */
  mintToken: (user: { userId: string; name: string }) => Promise<string>;
}

/** Simulated traders: one thing happens at a time, at a human pace. */
export class Traders {
  readonly #host: TradersHost;
  readonly #present = new Map<string, Trader>();
  #product: Product | null = null;
  #run: AbortController | null = null;

  constructor(host: TradersHost) {
    this.#host = host;
    // Of the process before.
    Object.assign(host.state, { isRunning: false, present: [], problem: null });
  }

  /** They trade in this product's demo room, from now on when that is wanted. */
  connect(product: Product): void {
    this.#product = product;
    if (this.#host.state.isWanted) this.#start(product);
  }

  /** Starts them for an hour, or stops them. @throws Refusal 409 */
  setRunning(isRunning: boolean): void {
    if (isRunning && !this.#product) throw new Refusal(409, "No product is connected");
    this.#host.state.isWanted = isRunning;
    if (isRunning && this.#product) this.#start(this.#product);
    else this.stop();
  }

  setPace(pace: TradersPace): void {
    this.#change({ pace });
  }

  stop(): void {
    this.#run?.abort();
    this.#run = null;
    this.#emptyRoom();
    this.#change({ isRunning: false, problem: null });
  }

  #start(product: Product): void {
    this.#run?.abort();
    this.#emptyRoom();
    const run = new AbortController();
    this.#run = run;
    this.#change({ isRunning: true, problem: null });
    void this.#live(product, run.signal).finally(() => {
      if (this.#run === run) this.stop();
    });
  }

  async #live(product: Product, signal: AbortSignal): Promise<void> {
    const endsAt = performance.now() + RUN_MS;
    while (performance.now() < endsAt) {
      const problem = await this.#act(product, signal).then(
        (hasRoom) => (hasRoom ? null : "noRoom"),
        () => "unreachable" as const,
      );
      if (signal.aborted) return;
      // Traders come again when it is over.
      if (problem) this.#emptyRoom();
      this.#change({ problem });
      const pause = pauseMs(this.#host.state.pace, Math.random);
      await wait(pause, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
    }
  }

  /** One thing that happens in the room. @returns false when there is no room @throws Error when the product does not let it happen */
  async #act(product: Product, signal: AbortSignal): Promise<boolean> {
    for (const [userId, { isGone }] of this.#present) if (isGone) this.#present.delete(userId);
    const away = CAST.filter(({ userId }) => !this.#present.has(userId));
    const act = chooseAct({ present: this.#present.size, away: away.length }, Math.random);
    const newcomer = act === "come" ? chooseOne(away, Math.random) : undefined;
    if (newcomer) return this.#enter(product, newcomer, signal);
    const [userId, trader] = chooseOne([...this.#present], Math.random) ?? [];
    if (!userId || !trader) return true;
    if (act === "go") this.#leave(userId);
    else if (act === "say") await trader.say(chooseLine(Math.random));
    else await this.#trade(trader);
    return true;
  }

  async #enter({ origin, mintToken }: Product, user: (typeof CAST)[number], signal: AbortSignal): Promise<boolean> {
    const token = await mintToken(user);
    const roomId = await findRoom({ origin, token }, ROOM_NAME);
    if (!roomId) return false;
    const trader = await Trader.enter({ origin, token, roomId, userId: user.userId });
    if (signal.aborted) trader.leave();
    else this.#present.set(user.userId, trader);
    return true;
  }

  async #trade(trader: Trader): Promise<void> {
    const wanted = chooseTrade(await trader.position(), Math.random);
    if (!wanted) return;
    await trader.trade(wanted);
    this.#host.state.trades += 1;
  }

  #leave(userId: string): void {
    this.#present.get(userId)?.leave();
    this.#present.delete(userId);
  }

  #emptyRoom(): void {
    for (const userId of [...this.#present.keys()]) this.#leave(userId);
  }

  #change(change: Partial<TradersState>): void {
    const { state } = this.#host;
    const present = CAST.filter(({ userId }) => this.#present.has(userId)).map(({ name }) => name);
    Object.assign(state, change, { present });
    this.#host.changed();
    this.#host.emit({ type: "traders", traders: viewTraders(state).traders });
  }
}

export const viewTraders = ({ isWanted: _, ...traders }: TradersState): { traders: SandboxTraders } => ({
  traders: { ...traders },
});
