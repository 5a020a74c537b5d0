import { rowsOf } from "@pult/db/rows.ts";
import { telegramSessions, telegramStores } from "@pult/db/schema/chats.ts";
import { sql } from "drizzle-orm";
import { expect, vi } from "vitest";
import { sealSecret } from "../chats/accounts/secrets.ts";
import { accountsWorker } from "../chats/engine/engine.ts";
import { accountLease } from "../chats/engine/lease.ts";
import { chatsTopic } from "../chats/events.ts";
import type { ChatsEvent } from "../chats/schema.ts";
import { startOutbox } from "../outbox/worker.ts";
import { slices } from "../slices.ts";
import { contextOf, SYSTEM } from "./factories.ts";
import type { FakeTelegram } from "./fake-telegram.ts";
import type { TestDeps } from "./test-deps.ts";

export interface LinkedTestAccount {
  accountId: string;
  storeId: string;
  /** Starts or goes on holding it in this process, until nothing is left to catch up with. */
  start(): Promise<void>;
  /** Gives it up, as a process that ends. */
  stop(): Promise<void>;
  /** What was told so far, without what is said of the session. */
  events(): Promise<ChatsEvent[]>;
}

/** An account that is linked for an owner, as a sign-in leaves it. */
export async function linkAccount(
  deps: TestDeps,
  telegram: FakeTelegram,
  { userId, owner }: { userId: number; owner: string },
): Promise<LinkedTestAccount> {
  const now = deps.now();
  const [store] = await deps.db.insert(telegramStores).values({ owner, userId, createdAt: now }).returning();
  const storeId = store?.id ?? "";
  const id = crypto.randomUUID();
  await deps.db.insert(telegramSessions).values({
    id,
    owner,
    storeId,
    status: "AUTHORIZED",
    session: sealSecret(deps, { id, column: "session" }, telegram.signIn(userId)),
    isDefault: true,
    ...{ authorizedAt: now, createdAt: now, updatedAt: now },
  });
  const ctx = contextOf(deps, SYSTEM);
  const outboxes = slices.map(({ outbox }) => outbox);
  let stop = async () => {};
  return {
    accountId: id,
    storeId,
    async start() {
      const withdraw = deps.leases.hold(accountLease(id), (lease) => accountsWorker.run(ctx, lease));
      const outbox = startOutbox({ deps, leases: deps.leases, handlers: Object.assign({}, ...outboxes) });
      stop = async () => {
        await outbox.stop();
        await withdraw();
      };
      await untilConnection(deps, id, "connected");
    },
    stop: () => stop(),
    async events() {
      const rows = rowsOf<{ payload: ChatsEvent }>(
        await deps.db.execute(
          sql`select payload from topic_events where topic = ${chatsTopic.name(id)} order by "offset"`,
        ),
      );
      return rows.map(({ payload }) => payload).filter(({ type }) => type !== "sessionUpdated");
    },
  };
}

export async function untilConnection(deps: TestDeps, accountId: string, wanted: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const [row] = rowsOf<{ connection: string }>(
        await deps.db.execute(sql`select connection from telegram_sessions where id = ${accountId}`),
      );
      expect(row?.connection).toBe(wanted);
    },
    { timeout: 10_000, interval: 10 },
  );
}
