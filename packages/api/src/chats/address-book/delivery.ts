import { telegramAddressBook } from "@pult/db/schema/address-book.ts";
import { telegramChats, telegramSessions, telegramStores } from "@pult/db/schema/chats.ts";
import { and, eq, isNotNull } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import type { OutboxHandler, Verdict } from "../../outbox/outbox.ts";
import { ACCOUNT_EXPIRED } from "../bulk/pause.ts";
import type { LinkedAccount } from "../engine/account.ts";
import { heldAccount } from "../engine/engine.ts";
import { accountLease } from "../engine/lease.ts";
import { TelegramFailure } from "../engine/port.ts";
import { markFlood, stopSending } from "../engine/session-state.ts";
import { STOPPING } from "../sends/refusals.ts";
import { peerRowId } from "../store/peers.ts";
import { keepInStep } from "./keep.ts";
import { type BookPayload, bookPayload } from "./tick.ts";

/** How soon it is looked again whether the account is connected. */
const LOOK_MS = 2_000;

/** The row of what is to be told, while nothing newer is. */
const isOf = ({ storeId, userId, revision }: BookPayload) =>
  and(
    eq(telegramAddressBook.storeId, storeId),
    eq(telegramAddressBook.userId, userId ?? 0),
    eq(telegramAddressBook.revision, revision),
    isNotNull(telegramAddressBook.change),
  );

/** Reads address books, and tells Telegram what is changed of them: the calls of one account one after the other. */
export const bookHandler: OutboxHandler<BookPayload> = {
  schema: bookPayload,
  lease: (_, { accountId }) => accountLease(accountId),
  buckets: (_, { accountId }) => [{ name: accountLease(accountId), limit: null }],
  async deliver(deps, { payload }) {
    const { accountId } = payload;
    const [session] = await deps.db.select().from(telegramSessions).where(eq(telegramSessions.id, accountId));
    if (session?.status !== "AUTHORIZED") return { state: "skipped", reason: ACCOUNT_EXPIRED };
    const account = heldAccount(deps, accountId);
    if (!account?.isUp) return { state: "wait", scope: "provider", delayMs: LOOK_MS, reason: "NOT_CONNECTED" };
    try {
      if (payload.userId === null) await keepInStep(account);
      else await tell(deps, account, payload);
      return { state: "done" };
    } catch (error) {
      if (!(error instanceof TelegramFailure)) throw error;
      return judge(account, error, payload);
    }
  },
  async settled(tx, { payload }, settled) {
    if (settled.state === "wait") return [];
    const failedBy = settled.state === "done" ? null : "reason" in settled ? settled.reason : "INTERNAL";
    if (payload.userId === null) {
      const { storeId } = payload;
      // That it has to be linked again is told of the account.
      if (failedBy !== null && failedBy !== ACCOUNT_EXPIRED)
        await tx.update(telegramStores).set({ contactsFailedBy: failedBy }).where(eq(telegramStores.id, storeId));
    } else await tx.update(telegramAddressBook).set({ change: null, failedBy }).where(isOf(payload));
    return [];
  },
};

/** Both calls may be repeated: what was done before is done again, and changes nothing. */
async function tell({ db }: Deps, account: LinkedAccount, payload: BookPayload): Promise<void> {
  const [row] = await db.select().from(telegramAddressBook).where(isOf(payload));
  if (!row) return;
  const peer = await account.peerOf(row.userId);
  if (!peer) throw new TelegramFailure("refused", "PEER_ID_INVALID");
  const isSaved = row.change === "save";
  if (isSaved)
    await account.connection.saveContact({ peer, firstName: row.firstName ?? "", lastName: row.lastName ?? "" });
  else await account.connection.removeContact(peer);
  await account.settled();
  // Telegram's answer describes the person, as a rule.
  await account.commit(async (_, tx) => {
    const id = peerRowId(account.target.storeId, row.userId);
    await tx.update(telegramChats).set({ isContact: isSaved }).where(eq(telegramChats.id, id));
  });
}

async function judge(
  account: LinkedAccount,
  { kind, reason, waitSeconds }: TelegramFailure,
  payload: BookPayload,
): Promise<Verdict<BookPayload>> {
  const { ctx, target } = account;
  switch (kind) {
    case "expired":
      account.expire(reason);
      return { state: "skipped", reason };
    case "flood":
      await markFlood(ctx, target.accountId, waitSeconds * 1_000);
      return { state: "wait", scope: "bucket", delayMs: waitSeconds * 1_000, reason };
    case "down":
      return { state: "wait", scope: "provider", delayMs: LOOK_MS, reason };
    case "refused":
      if (payload.userId !== null && STOPPING.test(reason)) await stopSending(ctx, target.accountId, reason);
      return { state: "skipped", reason };
  }
}
