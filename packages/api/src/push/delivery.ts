import { isDeepStrictEqual } from "node:util";
import type { Database, Transaction } from "@pult/db/database.ts";
import { bigintsIn, rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Deps } from "../context.ts";
import type { NoticeLocale, NoticeRoute } from "../notices/schema.ts";
import { findChatId, type Pushed, type Quiet, readQuiet, readRoutes, readStanding } from "../notices/standing.ts";
import { lockDeliveries } from "../outbox/deliveries.ts";
import {
  type DueItem,
  enqueue,
  type HandedOver,
  type OutboxHandler,
  type SettledAt,
  type Verdict,
} from "../outbox/outbox.ts";
import { type Why, why } from "../outbox/why.ts";
import type { NewEntry } from "../realtime/log.ts";
import { botLease, chatBuckets } from "../telegram/telegram.ts";
import { sendByBot, sendToDevice } from "./send.ts";
import type { PushMessage } from "./sender.ts";
import { type PushSubscription, type PushTo, selectActive } from "./subscriptions.ts";
import { summaryOf } from "./summary.ts";

export const PUSH_LEASE = "push";

/** Part of every push's payload. */
export const pushedTo = {
  /** The devices that get it; null before it is known which. */
  deviceIds: z.array(z.string()).nullable(),
  /** The kind of notice, for lists of deliveries. */
  notice: z.string().optional(),
  /** Pushes with the same key are batched. */
  key: z.string().optional(),
  /** Its person is connected and was given the time to see it. */
  delayed: z.literal(true).optional(),
  /** It has waited by the person's preferences: what waited with it leaves with it. */
  held: z.literal(true).optional(),
  /** The item by which it left for its devices. */
  from: z.number().int().optional(),
  /** Payloads of what leaves with it. */
  together: z.array(z.unknown()).optional(),
  /** The private chat in which the bot tells of it, where there is no device. */
  chatId: z.number().int().optional(),
};
type PushedTo = z.infer<z.ZodObject<typeof pushedTo>>;

/** A push as the slice that asked for it finds it now. */
export interface AskedPush extends Pushed {
  to: PushTo;
  /** Why it is not wanted any more, such as that it was seen; null while it is wanted. */
  unwanted: Why | null;
  /** As which presence knows a person who sees it without a push; none where its time to be seen has passed. */
  presenceKeys: readonly string[];
  /** Whether the bot may tell of it where there is no device. */
  allowsBot: boolean;
  locale: NoticeLocale;
  messageOf(deps: Pick<Deps, "config" | "now">): PushMessage;
}

/** What a slice that asks for pushes decides about them. */
export interface PushSource<Payload extends PushedTo> {
  schema: z.ZodType<Payload>;
  /** @returns null when what it tells of is gone */
  find(db: Database | Transaction, payload: Payload): Promise<AskedPush | null>;
  /** In the transaction that settles an item. @returns what is announced */
  settled(tx: Transaction, payload: Payload, settled: SettledAt): Promise<readonly NewEntry[]>;
  /** In the transaction in which it leaves for the person's devices or the bot. */
  left?(tx: Transaction, payloads: readonly Payload[], now: Date): Promise<void>;
}

/** Pushes that leave as one at most. */
const MAX_TOGETHER = 100;

const isPlaced = ({ deviceIds, chatId }: PushedTo): boolean => deviceIds?.length === 1 || chatId !== undefined;

/**
 * The one way to a person's devices. First one item for the person, which waits as they prefer; then one for each of their devices, or, where
 * there is none, one for the bot.
 */
export function createPushHandler<Payload extends PushedTo>(source: PushSource<Payload>): OutboxHandler<Payload> {
  const path = new PushPath(source);
  return {
    schema: source.schema,
    lease: ({ telegram }, { chatId }) => (chatId === undefined ? PUSH_LEASE : botLease(telegram?.botId ?? 0)),
    buckets: ({ telegram }, { chatId }) => (telegram && chatId !== undefined ? chatBuckets(telegram, chatId) : []),
    deliver: async (deps, item) => (isPlaced(item.payload) ? path.send(deps, item) : { state: "handOver" }),
    handOver: (deps, tx, item) => path.handOver(deps, tx, item),
    async settled(tx, item, settled) {
      if (item.payload.deviceIds?.length === 1 && isMissed(settled)) await path.fallBack(tx, item, settled.at);
      return source.settled(tx, item.payload, settled);
    },
  };
}

const skipped = (reason: Why): HandedOver<never> => ({ settled: { state: "skipped", ...reason }, entries: [] });

const waits = <Payload>(reason: Why, wait: { delayMs: number; payload: Payload }): HandedOver<Payload> => ({
  settled: { state: "wait", scope: "planned", ...reason, ...wait },
  entries: [],
});

/** Whether a device does not get it: its provider refuses, or it was removed after the push had left for it. */
const isMissed = (settled: SettledAt): boolean =>
  settled.state === "failed" || (settled.state === "skipped" && settled.problem === "noDevice");

/** Why a push is not sent any more, if so. */
const unwantedAt = ({ expiresAt, unwanted }: AskedPush, now: Date): Why | null =>
  expiresAt !== null && expiresAt <= now ? why("expired") : unwanted;

class PushPath<Payload extends PushedTo> {
  readonly #source: PushSource<Payload>;

  constructor(source: PushSource<Payload>) {
    this.#source = source;
  }

  /** Lets a push leave for its person's devices or the bot, or holds it back. */
  async handOver(deps: Deps, tx: Transaction, item: DueItem<Payload>): Promise<HandedOver<Payload> | null> {
    const { payload } = item;
    const now = deps.now();
    const push = await this.#source.find(tx, payload);
    if (!push) return skipped(why("gone"));
    const unwanted = unwantedAt(push, now);
    if (unwanted !== null) return skipped(unwanted);
    if (isPlaced(payload)) return holdBack(tx, item, await readQuiet(tx, item, { push, now }));
    if (payload.delayed === undefined && push.presenceKeys.some((key) => deps.presence.isOnline(key))) {
      const delayMs = deps.config.pushDelayMs;
      return waits(why("connected"), { delayMs, payload: { ...payload, delayed: true as const } });
    }
    const standing = await readStanding(tx, item, { push, now });
    if (!standing) return null;
    const { admission, routes } = standing;
    if (admission.state === "skipped") return skipped(admission.why);
    if (admission.state === "waits") {
      const delayMs = admission.until.getTime() - now.getTime();
      return waits(admission.why, { delayMs, payload: { ...payload, held: true as const } });
    }
    const devices = routes.push ? await selectDevices(tx, push, payload) : [];
    const chatId = devices.length === 0 && routes.bot ? await this.#chatOf(deps, tx, { item, push }) : null;
    const route = chatId === null ? "push" : "bot";
    if (devices.length === 0 && chatId === null) return skipped(why(routes.push ? "noDevice" : "noChat"));
    const { together, entries } = payload.held
      ? await this.#takeAlong(tx, item, { to: push.to, route, now })
      : NOTHING_ALONG;
    await this.#source.left?.(tx, [payload, ...(together as Payload[])], now);
    const leaving = { ...payload, from: item.id, ...(together.length > 0 ? { together } : {}) };
    if (chatId === null) await enqueueForEach(tx, { ...item, payload: leaving }, devices);
    else await enqueueForBot(tx, { ...item, lease: botLease(deps.telegram?.botId ?? 0), payload: leaving }, chatId);
    return { settled: { state: "skipped", ...why(chatId === null ? "toDevices" : "toBot") }, entries };
  }

  async #chatOf(
    { telegram }: Deps,
    tx: Transaction,
    { item, push }: { item: DueItem<Payload>; push: AskedPush },
  ): Promise<number | null> {
    if (!telegram || !push.allowsBot || item.personId === null) return null;
    return findChatId(tx, item.personId, push.reader);
  }

  /** What waits for the same receiver, and is wanted on the same way, leaves with an item that was held back. */
  async #takeAlong(
    tx: Transaction,
    item: DueItem<Payload>,
    { to, route, now }: { to: PushTo; route: NoticeRoute; now: Date },
  ) {
    const { id, kind, personId, subject } = item;
    const waiting = rowsOf<{ id: number; payload: unknown }>(
      await tx.execute(sql`
        select id, payload from outbox where person_id = ${personId}::uuid and route = 'push' and state = 'pending' and kind = ${kind}
          and id <> ${id} and due_at <= ${now.toISOString()}::timestamptz and payload->>'deviceIds' is null
        order by id limit ${MAX_TOGETHER}`),
    );
    const wanted = new Map<number, Payload>();
    for (const other of waiting) {
      const payload = this.#source.schema.parse(other.payload);
      const push = await this.#source.find(tx, payload);
      if (!push || unwantedAt(push, now) !== null || !isDeepStrictEqual(push.to, to)) continue;
      if (personId !== null && (await readRoutes(tx, personId, push))[route]) wanted.set(other.id, payload);
    }
    const merged = why("merged", { subject });
    const taken = rowsOf<{ id: number }>(
      await tx.execute(sql`
        update outbox set state = 'skipped', reason = ${merged.reason}, problem = ${merged.problem},
          params = ${JSON.stringify(merged.params)}::jsonb, finished_at = ${now.toISOString()}::timestamptz
        where id in ${bigintsIn([...wanted.keys()])} and state = 'pending' returning id`),
    );
    const together = taken.flatMap((row) => wanted.get(row.id) ?? []);
    const entries: NewEntry[] = [];
    for (const payload of together)
      entries.push(...(await this.#source.settled(tx, payload, { state: "skipped", ...merged, at: now })));
    return { together, entries };
  }

  /** No device has taken it, or still may: the bot tells of it. */
  async fallBack(tx: Transaction, item: DueItem<Payload>, at: Date): Promise<void> {
    const { personId, subject, payload } = item;
    if (payload.from === undefined) return;
    const push = await this.#source.find(tx, item.payload);
    if (!push?.allowsBot || unwantedAt(push, at) !== null || personId === null) return;
    // Two devices may fail at once: the one that ends last has to know of the other.
    await lockDeliveries(tx, subject);
    const others = await tx.execute(sql`
      select 1 from outbox where subject = ${subject} and payload->>'from' = ${String(payload.from)} and state in ('pending', 'done')`);
    if (rowsOf(others).length > 0 || !(await readRoutes(tx, personId, push)).bot) return;
    const chatId = await findChatId(tx, personId, push.reader);
    if (chatId !== null) await enqueueForBot(tx, { ...item, lease: "" }, chatId);
  }

  /** Tells one device, or the bot's chat. */
  async send(deps: Deps, item: DueItem<Payload>): Promise<Verdict<Payload>> {
    const found = await this.#findAll(deps.db, item.payload);
    const [first] = found;
    if (!first) return { state: "skipped", ...why("gone") };
    const now = deps.now();
    const wanted = found.filter((push) => unwantedAt(push, now) === null);
    if (wanted.length === 0) return { state: "skipped", ...(unwantedAt(first, now) ?? why("gone")) };
    if (item.attempts > 0 && (await readQuiet(deps.db, item, { push: first, now }))) return { state: "handOver" };
    const messages = wanted.map((push) => push.messageOf(deps));
    const message = summaryOf(messages, first.locale);
    const { chatId } = item.payload;
    if (chatId !== undefined) return sendByBot(deps, item, { chatId, message });
    const [device] = await selectDevices(deps.db, first, item.payload);
    if (!device) return { state: "skipped", ...why("noDevice") };
    return sendToDevice(deps, item, { device, message });
  }

  async #findAll(db: Database, payload: Payload): Promise<AskedPush[]> {
    const payloads = [payload, ...(payload.together ?? []).map((one) => this.#source.schema.parse(one))];
    const found = await Promise.all(payloads.map((one) => this.#source.find(db, one)));
    return found.filter((one) => one !== null);
  }
}

/** What its provider refused for a while, until the quiet hours began: it goes on after them, and holds up nothing until then. */
async function holdBack(tx: Transaction, item: DueItem<PushedTo>, quiet: Quiet | null): Promise<HandedOver<never>> {
  const dueAt = quiet?.until ?? item.dueAt;
  await enqueue(tx, [{ ...item, queue: `held:${item.id}`, dueAt }]);
  return skipped(quiet ? why("quietHoursResume", quiet.why.params ?? {}) : why("resumes"));
}

const NOTHING_ALONG: { together: unknown[]; entries: NewEntry[] } = { together: [], entries: [] };

async function selectDevices(
  db: Database | Transaction,
  { to }: AskedPush,
  { deviceIds }: PushedTo,
): Promise<PushSubscription[]> {
  const active = await selectActive(db, to);
  return deviceIds === null ? active : active.filter(({ id }) => deviceIds.includes(id));
}

/** Queues of one device each: pushes reach it in the order in which they were asked for. */
const enqueueForEach = (
  tx: Transaction,
  { kind, lease, priority, dueAt, subject, personId, route, payload }: DueItem<PushedTo>,
  devices: readonly PushSubscription[],
): Promise<void> =>
  enqueue(
    tx,
    devices.map(({ id }) => ({
      ...{ queue: `push:${id}`, kind, lease, priority, dueAt, subject, personId, route },
      payload: { ...payload, deviceIds: [id] },
    })),
  );

/** In the queue of the chat, with whatever else the bot writes there. */
const enqueueForBot = (
  tx: Transaction,
  { kind, lease, priority, dueAt, subject, personId, payload }: DueItem<PushedTo>,
  chatId: number,
): Promise<void> =>
  enqueue(tx, [
    {
      ...{ queue: `telegram:${chatId}`, kind, lease, priority, dueAt, subject, personId, route: "bot" },
      payload: { ...payload, deviceIds: [], chatId },
    },
  ]);
