import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { LatestView } from "../../realtime/view.ts";
import { seesChat, selectVisibleAccounts, viewerOf } from "../access.ts";
import { accountsTopic, chatsTopic } from "../events.ts";
import type { ChatsEvent } from "../schema.ts";
import { visibleStores } from "./contact-chats.ts";

/** Events that come together are counted once. */
const PAUSE_MS = 250;
const COUNTED: readonly ChatsEvent["type"][] = ["newMessage", "messageDeleted", "read", "chatUpdated"];

/** Unread messages in chats that are neither muted nor archived, of all accounts that the caller sees. Reads chats with unread messages alone. */
export async function countUnread(ctx: Context): Promise<{ count: number }> {
  const viewer = viewerOf(ctx);
  const [row] = rowsOf<{ count: number }>(
    await ctx.db.execute(sql`
      select coalesce(sum(c.unread_count), 0)::int as count from telegram_chats c
      where c.store_id = any(${visibleStores(viewer)}) and c.unread_count > 0 and c.has_dialog and not c.is_archived
        and (c.muted_until is null or c.muted_until <= ${viewer.at.toISOString()}::timestamptz)
        and ${seesChat(viewer, { store: sql`c.store_id`, chat: sql`c.chat_id` }, "metadata")}`),
  );
  return { count: row?.count ?? 0 };
}

/** The same, now and whenever it changes. @throws DomainError `UNAUTHORIZED` */
export function followUnread(ctx: Context): LatestView<{ count: number }> {
  const { owner, roles, userId } = viewerOf(ctx);
  const key = JSON.stringify([owner, roles, userId]);
  return {
    kind: "latest",
    topic: `chats.unread/${key}`,
    reader: null,
    mayRead(actor) {
      if (actor.kind === "anonymous") return false;
      const now = viewerOf({ actor, now: ctx.now });
      return JSON.stringify([now.owner, now.roles, now.userId]) === key;
    },
    read: () => countUnread(ctx),
    subscribe: (listener) => watchUnread(ctx, listener),
  };
}

function watchUnread(ctx: Context, listener: (value: { count: number }) => void): () => void {
  const { bus, log } = ctx;
  let followed = new Map<string, () => void>();
  let timer: NodeJS.Timeout | undefined;
  let last: number | null = null;
  let isOver = false;
  const failed = (error: unknown) => log.error({ err: error }, "Failed to count unread messages");
  const count = () => {
    timer = undefined;
    countUnread(ctx).then((value) => {
      if (isOver || value.count === last) return;
      last = value.count;
      listener(value);
    }, failed);
  };
  const soon = () => {
    if (!isOver) timer ??= setTimeout(count, PAUSE_MS).unref();
  };
  const hear = ({ payload }: { payload: unknown }) => {
    const event = payload as ChatsEvent | null;
    if (event === null || COUNTED.includes(event.type)) soon();
  };
  const followAll = async () => {
    const ids = new Set((await selectVisibleAccounts(ctx.db, viewerOf(ctx))).map(({ id }) => id));
    if (isOver) return;
    const next = new Map([...ids].map((id) => [id, followed.get(id) ?? bus.subscribeLog(chatsTopic.name(id), hear)]));
    for (const [id, stop] of followed) if (!next.has(id)) stop();
    followed = next;
    soon();
  };
  const again = () => void followAll().catch(failed);
  const stops = [bus.subscribeLatest(accountsTopic.name("changed"), again), bus.onGap(again)];
  again();
  return () => {
    isOver = true;
    clearTimeout(timer);
    for (const stop of [...stops, ...followed.values()]) stop();
  };
}
