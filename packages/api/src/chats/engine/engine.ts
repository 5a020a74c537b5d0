import type { Lease } from "@pult/db/leases.ts";
import { telegramSessions } from "@pult/db/schema/chats.ts";
import { and, eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { perProcess } from "../../per-process.ts";
import type { KeyedWorkerSpec } from "../../workers.ts";
import type { Linked } from "../access.ts";
import { accountsTopic } from "../events.ts";
import { LinkedAccount } from "./account.ts";
import { answerAsks } from "./asks.ts";
import { accountLease, accountOfLease } from "./lease.ts";

/** Accounts that this process holds. */
const heldAccounts = perProcess(() => new Map<string, LinkedAccount>());

/** The account as this process holds it; null where another does, or none. */
export const heldAccount = (ctx: Pick<Context, "bus">, accountId: string): LinkedAccount | null =>
  heldAccounts(ctx).get(accountId) ?? null;

/** Keeps every linked account connected, each on one node. */
export const accountsWorker: KeyedWorkerSpec = {
  name: "chats.accounts",
  everyMs: 30_000,
  wokenBy: accountsTopic.name("changed"),
  async leases({ db }) {
    const rows = await db
      .select({ id: telegramSessions.id })
      .from(telegramSessions)
      .where(eq(telegramSessions.status, "AUTHORIZED"));
    return rows.map(({ id }) => accountLease(id));
  },
  async run(ctx, lease: Lease) {
    const accountId = accountOfLease(lease.name);
    const [row] = await ctx.db
      .select()
      .from(telegramSessions)
      .where(and(eq(telegramSessions.id, accountId), eq(telegramSessions.status, "AUTHORIZED")));
    if (!row?.storeId) return;
    const account = new LinkedAccount(ctx, lease, row as Linked);
    const held = heldAccounts(ctx);
    held.set(accountId, account);
    const stop = answerAsks(account);
    try {
      await account.run();
    } finally {
      stop();
      held.delete(accountId);
    }
  },
};
