import { sql } from "drizzle-orm";
import { deskWorker } from "../notifications/instagram/desk.ts";
import { storeWebhook, webhookWorker } from "../notifications/instagram/webhooks.ts";
import type { ConversationPage, Message } from "../support/schema.ts";
import type { WorkerSpec } from "../workers.ts";
import { contextOf, keyWith, query, SYSTEM } from "./factories.ts";
import { FakeInstagram } from "./fake-instagram.ts";
import { settleOutbox, waitFor } from "./telegram-desk.ts";
import type { TestDeps, TestWorld } from "./test-deps.ts";

/** Something in an entry's `messaging`, as Meta sends it. */
export type MessagingItem = Record<string, unknown>;

/** A fake Instagram with its account, and the workers on both sides of it, which run only when they are told to. */
export function createTestInstagram(deps: TestDeps) {
  const fake = new FakeInstagram();
  fake.people.set("501", { name: "Anna", username: "anna" });
  // The same object where there is one: what was made of these deps holds it.
  const app = { api: fake, startToken: "first-token", humanAgent: false, needsHttps: true };
  deps.instagram = Object.assign(deps.instagram ?? {}, app);
  const accountId = fake.account.id;
  const at = () => deps.now().getTime();

  /** Runs a worker until a query finds nothing. */
  async function runUntilNone(worker: WorkerSpec, open: ReturnType<typeof sql>): Promise<void> {
    const ending = new AbortController();
    const working = worker.run(contextOf(deps, SYSTEM), ending.signal, 0);
    await waitFor(async () => (await query(deps, open)).length === 0);
    ending.abort();
    await working;
  }

  const store = (...bodies: object[]) => Promise.all(bodies.map((body) => storeWebhook(deps, JSON.stringify(body))));

  /** Stored webhooks become events. */
  const readAll = () => runUntilNone(webhookWorker, sql`select 1 from instagram_webhooks where failure is null`);

  /** The desk is given everything that is due at this moment of the clock. */
  const giveAll = () =>
    runUntilNone(
      deskWorker,
      sql`select 1 from (
            select distinct on (sender_id) desk_due_at as due from instagram_events where desk_due_at is not null order by sender_id, id) heads
          where due <= ${deps.now().toISOString()}::timestamptz`,
    );

  async function receiveBodies(...bodies: object[]): Promise<void> {
    await store(...bodies);
    await readAll();
    await giveAll();
  }

  return {
    fake,
    accountId,
    store,
    readAll,
    giveAll,
    /** Bodies of webhooks come and are worked off. */
    receiveBodies,
    /** A webhook with these comes and is worked off. */
    receive: (...messaging: MessagingItem[]) =>
      receiveBodies({ object: "instagram", entry: [{ id: accountId, time: at(), messaging }] }),
    message: (mid: string, message: object = {}, given: MessagingItem = {}): MessagingItem => ({
      sender: { id: "501" },
      recipient: { id: accountId },
      timestamp: at(),
      message: { mid, ...message },
      ...given,
    }),
    echo: (mid: string, message: object): MessagingItem => ({
      sender: { id: accountId },
      recipient: { id: "501" },
      timestamp: at(),
      message: { mid, is_echo: true, ...message },
    }),
    deliver: () => settleOutbox(deps),
  };
}

const STAFF = keyWith("support:write", "notifications:write");

/** What staff does in the one conversation of a test, and sees of it. */
export function instagramThread(world: TestWorld) {
  const api = () => world.as(STAFF).support;
  let sends = 0;

  async function opened(): Promise<ConversationPage> {
    const [row, ...others] = (await api().inbox({})).conversations;
    if (!row || others.length > 0) throw new Error("There is not one conversation");
    return api().conversation({ conversationId: row.id });
  }

  return {
    api,
    opened,
    lines: async () => (await opened()).messages.map(({ kind, text }) => [kind, text]),
    upload: () => world.uploadAs(STAFF),
    async reply(text: string, photoIds: string[] = []): Promise<Message> {
      const conversationId = (await opened()).conversation.id;
      return (await api().reply({ conversationId, text, photoIds, clientId: `reply ${++sends}` })).message;
    },
    deliveryOf: async ({ id }: Message) =>
      (await opened()).messages.find((one) => one.id === id)?.deliveries.find(({ leg }) => leg === "instagram"),
  };
}
