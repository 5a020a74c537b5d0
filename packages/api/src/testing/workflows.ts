import { telegramChats, telegramSessions, telegramStores } from "@pult/db/schema/chats.ts";
import { chatsTopic } from "../chats/events.ts";
import type { ChatsEvent, Message } from "../chats/schema.ts";
import type { Deps } from "../context.ts";
import { startOutbox } from "../outbox/worker.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { slices } from "../slices.ts";
import { EVENT_WORKER_TIMES } from "../workflows/worker.ts";
import { contextOf, SYSTEM } from "./factories.ts";
import type { TestDeps } from "./test-deps.ts";

let lastUserId = 500_000;

/** A linked account of an owner that no process holds, with a private chat `7`. */
export async function storeAccount({ db, now }: Pick<Deps, "db" | "now">, owner: string) {
  const createdAt = now();
  const [store] = await db.insert(telegramStores).values({ owner, userId: ++lastUserId, createdAt }).returning();
  if (!store) throw new Error("The store was not written");
  const [session] = await db
    .insert(telegramSessions)
    .values({ owner, storeId: store.id, status: "AUTHORIZED", createdAt, updatedAt: createdAt })
    .returning();
  if (!session) throw new Error("The session was not written");
  await db.insert(telegramChats).values({
    ...{ id: `${store.id}/7`, storeId: store.id, chatId: 7, type: "private", title: "Boris", hasDialog: true },
    ...{ createdAt, updatedAt: createdAt },
  });
  return { accountId: session.id, storeId: store.id };
}

export const messageOf = (accountId: string, given: Partial<Message> & { id: string }): Message => ({
  ...{ accountId, chatId: "7", senderId: "7", text: "Hello", entities: [], media: null, groupId: null },
  ...{ date: "2026-03-10T12:00:00.000Z", editedDate: null, forwardFromId: null, forwardFromName: null },
  ...{ replyToMessageId: null, viewsCount: null, isOutgoing: false, isService: false, isScheduled: false },
  ...{ scheduleDate: null, clientId: null, state: null, error: null },
  ...given,
});

export const newMessage = (accountId: string, given: Partial<Message> & { id: string }): ChatsEvent => {
  const message = messageOf(accountId, given);
  return message.isOutgoing
    ? { type: "messageSent", userId: null, accountId, chatId: message.chatId, message }
    : { type: "newMessage", accountId, chatId: message.chatId, message };
};

/** Stores events in an account's log, as its engine does. */
export async function tell(
  { db, bus }: Pick<Deps, "db" | "bus">,
  accountId: string,
  ...events: ChatsEvent[]
): Promise<void> {
  const topic = chatsTopic.name(accountId);
  const appended = await db.transaction((tx) =>
    appendToLogs(
      tx,
      events.map((payload) => ({ topic, payload })),
    ),
  );
  publishAppended(bus, appended);
}

/** Runs the workers of workflows and the outbox in this process, as a node does. @returns stop, as a process that ends */
export function startWorkflows(deps: TestDeps): () => Promise<void> {
  EVENT_WORKER_TIMES.busyMs = 20;
  const ctx = contextOf(deps, SYSTEM);
  const outbox = startOutbox({
    deps,
    leases: deps.leases,
    handlers: Object.assign({}, ...slices.map((slice) => slice.outbox)),
  });
  const workers = slices.find(({ name }) => name === "workflows")?.workers ?? [];
  const stops = workers.map((worker) =>
    deps.leases.hold(String(worker.lease), ({ signal, token }) => worker.run(ctx, signal, token)),
  );
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
    await outbox.stop();
  };
}
