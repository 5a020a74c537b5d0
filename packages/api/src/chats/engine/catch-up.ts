import type { Transaction } from "@pult/db/database.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { oweMissedReading } from "../address-book/tick.ts";
import { countsOf, type RecoveryKind } from "../counts.ts";
import { forgetNewest, storeDialogs } from "../store/dialogs.ts";
import type { Target } from "../store/present.ts";
import type { Acquaintances, Application } from "./apply.ts";
import { type TelegramConnection, TelegramFailure } from "./port.ts";
import type { Reads } from "./reads.ts";
import {
  type DialogsPage,
  type Peer,
  readChatId,
  type TelegramMessage,
  type TelegramUpdate,
  type UpdateBatch,
} from "./telegram.ts";
import type { UpdateOrder } from "./update-order.ts";

/** What catching up needs of an account. @see LinkedAccount */
export interface Behind extends Acquaintances {
  readonly ctx: Pick<Context, "db" | "now" | "bus">;
  readonly target: Target;
  readonly connection: TelegramConnection;
  readonly order: UpdateOrder;
  readonly reads: Reads;
  /** Whether nothing was ever caught up with. */
  isNew: boolean;
  /** Since when messages of the list are told, where the whole list is to be read; null reads its beginning. */
  readonly dialogsFrom: Date | null;
  /** Whether a list that is read as a whole is told of where it differs: it was known before. */
  readonly tellsDialogs: boolean;
  readDialogsFrom(from: Date | null): void;
  /** Stores what has come meanwhile. */
  drain(): Promise<void>;
  commit(work: (application: Application, tx: Transaction) => Promise<void>, commit?: Commit): Promise<void>;
  peerOf(chatId: number): Promise<Peer | null>;
}

/** Where the counters stand after a commit: the account's, and those of channels. */
export interface Commit {
  state?: boolean;
  channels?: readonly number[];
}

const PAGE = 100;
/** Chats of the list that are read when an account is linked. */
const MAX_DIALOGS = 10_000;

/** Fetches everything that was missed: of the account, and of each channel. */
export async function catchUp(account: Behind): Promise<void> {
  const { connection } = account;
  if (account.isNew) {
    account.order.reset(await connection.getState());
    await account.commit(async () => {}, { state: true });
    account.isNew = false;
  } else await fetchDifference(account);
  // The list says of each channel how far it is.
  const behind = await readDialogs(account);
  for (const channelId of behind) await recoverChannel(account, channelId);
  await oweMissedReading(account.ctx, account.target);
}

const recovered = ({ ctx }: Behind, kind: RecoveryKind): void => countsOf(ctx).recoveries.add({ kind });

async function fetchDifference(account: Behind): Promise<void> {
  const { connection, order } = account;
  for (let parts = 0; ; parts++) {
    const difference = await connection.getDifference(order.state);
    if (difference.kind === "none") {
      order.reset(difference.state);
      return;
    }
    if (parts === 0) recovered(account, difference.kind === "tooLong" ? "accountTooLong" : "account");
    if (difference.kind === "tooLong") {
      order.reset(await connection.getState());
      await account.commit((_, tx) => forgetNewest(tx, account.target.storeId, null), { state: true });
      account.readDialogsFrom(account.ctx.now());
      return;
    }
    const { batch, state, kind } = difference;
    await applyMissed(account, batch, () => order.reset(state));
    if (kind === "last") return;
  }
}

/** What was missed of the account is in order already; channels have counts of their own. */
async function applyMissed(account: Behind, batch: UpdateBatch, moved: () => void): Promise<void> {
  const own = batch.updates.filter(({ channelId }) => channelId === null);
  const ofChannels = batch.updates.filter(({ channelId }) => channelId !== null);
  const { updates, gaps } = account.order.take({ updates: ofChannels, seq: null, date: null });
  const channels = updates.flatMap(({ channelId }) => channelId ?? []);
  moved();
  await account.commit(
    async (application) => {
      await application.learn(batch, account);
      await application.apply([...own, ...updates]);
    },
    { state: true, channels: [...new Set(channels)] },
  );
  for (const gap of gaps) if (gap.box === "channel") await recoverChannel(account, gap.channelId);
}

/** Fetches what was missed of a channel. One that the account was removed from stays as it is. */
export async function recoverChannel(account: Behind, channelId: number): Promise<void> {
  const { connection, order } = account;
  const peer = await account.peerOf(channelId);
  for (let pts = order.channelPts(channelId), parts = 0; peer && pts !== null; parts++) {
    const difference = await connection.getChannelDifference({ peer, pts }).catch((error: unknown) => {
      if (error instanceof TelegramFailure && error.kind === "refused") return null;
      throw error;
    });
    if (!difference) return;
    if (parts === 0) recovered(account, difference.kind === "tooLong" ? "channelTooLong" : "channel");
    pts = difference.pts;
    order.resetChannel(channelId, pts);
    const { batch } = difference;
    if (difference.kind === "tooLong") {
      const { dialog } = difference;
      await account.commit(
        async (application, tx) => {
          await application.learn(batch, account);
          await forgetNewest(tx, account.target.storeId, [channelId]);
          const messages = batch.updates.flatMap((update) => (update.type === "message" ? [update.message] : []));
          if (!dialog) return;
          const { changed } = await storeDialogs(tx, account.target.storeId, {
            dialogs: [{ ...dialog, pts: null }],
            messages,
          });
          application.change(changed);
        },
        { channels: [channelId] },
      );
      return;
    }
    await account.commit(
      async (application) => {
        await application.learn(batch, account);
        await application.apply(batch.updates);
      },
      { channels: [channelId] },
    );
    if (difference.isLast) return;
  }
}

/**
 * Reads the list of chats: all of it once, its beginning after that. What it shows of the account's own counter and no update told of is told
 * now: the update may come after the answer. @returns channels that are behind
 */
async function readDialogs(account: Behind): Promise<number[]> {
  const { storeId } = account.target;
  const { dialogsFrom } = account;
  const behind: number[] = [];
  for (const isArchived of [false, true]) {
    let after: DialogsPage["next"] = null;
    for (let count = 0; count < (dialogsFrom ? MAX_DIALOGS : PAGE); ) {
      const page = await account.connection.getDialogs({ after, limit: PAGE, isArchived });
      await account.drain();
      const missed = page.messages.filter(
        ({ chatId, date }) => readChatId(chatId).kind !== "channel" && date * 1_000 >= (dialogsFrom?.getTime() ?? 0),
      );
      await account.commit(async (application, tx) => {
        await application.learn(page, account);
        await application.apply(missed.map(asUpdate));
        const stored = await storeDialogs(tx, storeId, page);
        behind.push(...stored.behind);
        if (!dialogsFrom || account.tellsDialogs) application.change(stored.changed);
      });
      for (const { chatId, pts } of page.dialogs)
        if (pts !== null && account.order.channelPts(chatId) === null) account.order.resetChannel(chatId, pts);
      count += page.dialogs.length;
      after = page.next;
      if (!after || page.dialogs.length === 0) break;
    }
  }
  const { db, now } = account.ctx;
  await db.update(telegramStores).set({ dialogsAt: now() }).where(eq(telegramStores.id, storeId));
  account.readDialogsFrom(null);
  return behind;
}

/** Of what no counter speaks. */
export const UNCOUNTED = { channelId: null, pts: null, ptsCount: 0, qts: null };

export const asUpdate = (message: TelegramMessage): TelegramUpdate => ({ ...UNCOUNTED, type: "message", message });
