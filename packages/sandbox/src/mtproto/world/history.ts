import type { Account, Box, Change, Chat, Message } from "../state.ts";
import type { World } from "./world.ts";

/** Most messages of one page, and changes of one difference. */
const PAGE = 100;

/** A message with its id for one account. */
export interface Entry {
  id: number;
  message: Message;
}

/** What the account sees of a chat, newest first. */
export function listEntries(world: World, chat: Chat, account: Account): Entry[] {
  const key = world.boxKey(chat, account);
  const entries: Entry[] = [];
  for (let at = chat.messages.length - 1; at >= 0; at--) {
    const message = chat.messages[at] as Message;
    const id = message.ids[key];
    if (id !== undefined) entries.push({ id, message });
  }
  return entries;
}

export function topEntry(world: World, chat: Chat, account: Account): Entry | undefined {
  const key = world.boxKey(chat, account);
  const message = chat.messages.findLast(({ ids }) => ids[key] !== undefined);
  return message && { id: message.ids[key] ?? 0, message };
}

export interface PageRequest {
  offsetId?: number;
  offsetDate?: number;
  /** May be negative: newer ones than the offset. */
  addOffset?: number;
  limit?: number;
  /** Both exclusive; 0: none. */
  maxId?: number;
  minId?: number;
}

/** @see https://core.telegram.org/api/offsets */
export function takePage(entries: readonly Entry[], request: PageRequest): Entry[] {
  const { offsetId = 0, offsetDate = 0, addOffset = 0, limit = PAGE, maxId = 0, minId = 0 } = request;
  let start = 0;
  if (offsetId > 0) start = entries.findIndex(({ id }) => id < offsetId);
  else if (offsetDate > 0) start = entries.findIndex(({ message }) => message.date < offsetDate);
  const from = (start < 0 ? entries.length : start) + addOffset;
  return entries
    .slice(Math.max(0, from), Math.max(0, from + Math.min(limit, PAGE)))
    .filter(({ id }) => (maxId === 0 || id < maxId) && id > minId);
}

/** The changes of a box after `pts`. `tooLong`: some of them are forgotten. */
export type Difference =
  | { kind: "empty" }
  | { kind: "tooLong" }
  | { kind: "part"; changes: Change[]; pts: number; isFinal: boolean };

export function readDifference({ pts: now, log }: Box, pts: number, limit = PAGE): Difference {
  if (pts >= now) return { kind: "empty" };
  const [oldest] = log;
  if (oldest === undefined || oldest.pts - oldest.count > pts) return { kind: "tooLong" };
  const missed = log.slice(findFirstAfter(log, pts));
  const changes = missed.slice(0, Math.max(1, Math.min(limit, PAGE)));
  const isFinal = changes.length === missed.length;
  return { kind: "part", changes, isFinal, pts: isFinal ? now : (changes.at(-1)?.pts ?? now) };
}

/** Index of the first change that a client at `pts` has not seen. */
function findFirstAfter(log: readonly Change[], pts: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log[middle]?.pts ?? 0) > pts) high = middle;
    else low = middle + 1;
  }
  return low;
}
