import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { callInstagram, readConnection } from "../../instagram/connection.ts";
import {
  type InstagramApp,
  InstagramError,
  type InstagramPage,
  type InstagramThread,
  type ListedComment,
  type ListedMessage,
} from "../../instagram/instagram.ts";
import { readSetting, writeSetting } from "../../settings.ts";
import { storeWebhook } from "./webhooks.ts";

const HOUR_MS = 60 * 60_000;
/** Meta delivers late by up to 36 h, and some events never: at least a day is looked through each time. */
const MIN_LOOK_BACK_MS = 24 * HOUR_MS;
const MAX_LOOK_BACK_MS = 7 * 24 * HOUR_MS;
const OVERLAP_MS = HOUR_MS;
/** Pages of a list at most: 25 conversations or posts each. */
const MAX_PAGES = 20;
/** Further pages at most, of all conversations or posts together: 25 messages or comments each. */
const MAX_MORE_CALLS = 200;

const FLOOR_SETTING = "instagram.reconcileAfter";
/** Nothing older is looked for from now on: what was erased must not come back. */
export const stopLookingBack = (tx: Transaction, now: Date): Promise<void> =>
  writeSetting(tx, FLOOR_SETTING, now.toISOString());

type Connected = Context & { instagram: InstagramApp };

/**
 * Reads the account's conversations and comments and stores what no webhook has told of, as a webhook of Meta's would have told it: such events
 * have the same identity, so nothing doubles.
 * @returns how many it found
 * @throws InstagramError
 */
export async function reconcile(ctx: Connected, accountId: string): Promise<number> {
  const since = await sinceOf(ctx, accountId);
  const messages = await listSince<ListedMessage>(since, {
    async threads(after) {
      const page = await callInstagram(ctx, (api, token) => api.listConversations(token, after));
      const isOver = page.items.some(({ updatedAt }) => Date.parse(updatedAt) < since);
      return isOver ? { ...page, after: null } : page;
    },
    more: (id, after) => callInstagram(ctx, (api, token) => api.listMessages(token, id, after)),
  });
  const comments = await listSince<ListedComment>(since, {
    threads: (after) => callInstagram(ctx, (api, token) => api.listMedia(token, after)),
    more: (id, after) => callInstagram(ctx, (api, token) => api.listComments(token, id, after)),
  });
  const known = await selectKnown(
    ctx.db,
    accountId,
    [...messages, ...comments].map(({ id }) => id),
  );
  const missed = {
    messages: messages.filter(({ id }) => !known.has(id)),
    comments: comments.filter(({ id }) => !known.has(id)),
  };
  const count = missed.messages.length + missed.comments.length;
  if (count > 0) await storeWebhook(ctx, JSON.stringify(webhookOf(accountId, missed)));
  return count;
}

/** Unix ms from which on something may have been missed: since it was last looked for, or before that since the last event. */
async function sinceOf({ db, now, instagram }: Connected, accountId: string): Promise<number> {
  const [row] = rowsOf<{ last: number | null }>(
    await db.execute(sql`
      select (extract(epoch from last_event_at) * 1000)::float as last from instagram_accounts where id = ${accountId}`),
  );
  const floor = await readSetting<string>(db, FLOOR_SETTING);
  const caughtUp = (await readConnection(db, instagram))?.caughtUpAt?.getTime() ?? row?.last;
  const at = now().getTime();
  const last = caughtUp ? caughtUp - OVERLAP_MS : at;
  return Math.max(Math.min(last, at - MIN_LOOK_BACK_MS), at - MAX_LOOK_BACK_MS, floor ? Date.parse(floor) : 0);
}

interface Lists<Item> {
  /** Conversations, or posts, the latest first. */
  threads(after: string | undefined): Promise<InstagramPage<InstagramThread<Item>>>;
  more(threadId: string, after: string): Promise<InstagramPage<Item>>;
}

/** What was created since, oldest first. */
async function listSince<Item extends { createdAt: string }>(since: number, lists: Lists<Item>): Promise<Item[]> {
  const found: Item[] = [];
  const isWanted = ({ createdAt }: Item) => Date.parse(createdAt) >= since;
  let calls = MAX_MORE_CALLS;
  for (let pages = 0, after: string | undefined; pages < MAX_PAGES; pages++) {
    const threads = await lists.threads(after);
    for (const { id, newest } of threads.items) {
      let page = newest;
      found.push(...page.items.filter(isWanted));
      for (; page.after !== null && page.items.every(isWanted) && calls > 0; calls--) {
        page = await lists.more(id, page.after).catch(endRefused);
        found.push(...page.items.filter(isWanted));
      }
    }
    if (threads.after === null) break;
    after = threads.after;
  }
  // Of one second, in the order in which Instagram has them.
  return found.reverse().sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
}

/** What Meta gives no details of any more cannot be looked for. */
function endRefused(error: unknown): InstagramPage<never> {
  const isOver = error instanceof InstagramError && (error.failure === "gone" || error.failure === "refused");
  if (isOver) return { items: [], after: null };
  throw error;
}

/** Which of Meta's ids are of events that are stored, whatever their kind. */
async function selectKnown(db: Database, accountId: string, keys: readonly string[]): Promise<Set<string>> {
  const rows = rowsOf<{ key: string }>(
    await db.execute(sql`
      select key from instagram_events
      where account_id = ${accountId} and kind in ('messages', 'story_mentions', 'postback', 'comments', 'live_comments')
        and key in ${textsIn(keys)}`),
  );
  return new Set(rows.map(({ key }) => key));
}

function webhookOf(accountId: string, missed: { messages: ListedMessage[]; comments: ListedComment[] }): object {
  const messaging = missed.messages.map(({ id, createdAt, from, to, text }) => ({
    sender: { id: from.id },
    recipient: { id: to?.id ?? accountId },
    timestamp: Date.parse(createdAt),
    message: { mid: id, text, ...(from.id === accountId ? { is_echo: true } : {}) },
  }));
  const comments = missed.comments.map(({ id, mediaId, createdAt, from, text }) => ({
    id: accountId,
    time: Date.parse(createdAt),
    changes: [{ field: "comments", value: { id, text, from, media: { id: mediaId } } }],
  }));
  return { object: "instagram", entry: [{ id: accountId, messaging }, ...comments] };
}
