import type { Account, Chat, Scheduled } from "../state.ts";
import { createMessage, type Draft, post } from "./messages.ts";
import type { World } from "./world.ts";

/** Longest delay that a timer takes, ms. */
const MAX_DELAY_MS = 2_147_483_647;

/** Messages that are sent later: the server sends them, whether their author is there or not. */
export class Scheduler {
  readonly #world: World;
  readonly #now: () => Date;
  #timer: NodeJS.Timeout | undefined;

  constructor(world: World, now: () => Date) {
    this.#world = world;
    this.#now = now;
  }

  /** Sends what has come due while nothing ran, and waits for the rest. */
  start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.fire(({ dueAt }) => dueAt * 1000 <= this.#now().getTime());
    const dates = this.#world.host.state.chats.flatMap(({ scheduled }) => scheduled.map(({ dueAt }) => dueAt));
    if (dates.length === 0) return;
    const delay = dates.reduce((least, dueAt) => Math.min(least, dueAt)) * 1000 - this.#now().getTime();
    this.#timer = setTimeout(() => this.start(), Math.min(Math.max(1, delay), MAX_DELAY_MS));
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  add(at: { chat: Chat; account: Account; dueAt: number; origin?: unknown }, draft: Draft): Scheduled {
    const { chat, account, dueAt, origin } = at;
    const message = createMessage(this.#world, { ...draft, date: dueAt });
    const scheduled = { id: this.#world.takeId(), accountId: account.personId, dueAt, message };
    chat.scheduled.push(scheduled);
    this.#world.notify(account, { kind: "scheduled", chat, scheduled }, origin);
    this.#world.changed();
    this.start();
    return scheduled;
  }

  /** Those of an account in a chat, newest first. */
  list(chat: Chat, account: Account): Scheduled[] {
    return chat.scheduled.filter(({ accountId }) => accountId === account.personId).sort((a, b) => b.dueAt - a.dueAt);
  }

  /** Deletes them unsent. */
  cancel(at: { chat: Chat; account: Account; origin?: unknown }, ids: readonly number[]): number[] {
    const gone = this.#take(at.chat, (one) => one.accountId === at.account.personId && ids.includes(one.id));
    const removed = gone.map(({ id }) => id);
    const signal = { kind: "unscheduled" as const, chat: at.chat, ids: removed, sentIds: [] };
    if (removed.length > 0) this.#world.notify(at.account, signal, at.origin);
    this.#world.changed();
    return removed;
  }

  /** Sends those that match now. */
  fire(matches: (scheduled: Scheduled) => boolean): void {
    for (const chat of this.#world.host.state.chats) {
      if (chat.scheduled.length === 0) continue;
      for (const { id, accountId, message } of this.#take(chat, matches)) {
        const account = this.#world.account(accountId);
        if (account === undefined) continue;
        Object.assign(message, { date: this.#world.host.unixNow, fromScheduled: true });
        post(this.#world, { chat }, message);
        const sentId = message.ids[this.#world.boxKey(chat, account)] ?? 0;
        this.#world.notify(account, { kind: "unscheduled", chat, ids: [id], sentIds: [sentId] });
      }
    }
  }

  #take(chat: Chat, matches: (scheduled: Scheduled) => boolean): Scheduled[] {
    const taken = chat.scheduled.filter(matches);
    chat.scheduled = chat.scheduled.filter((one) => !taken.includes(one));
    return taken.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
  }
}
