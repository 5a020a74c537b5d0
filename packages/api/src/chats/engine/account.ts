import type { Transaction } from "@pult/db/database.ts";
import { isLeaseCurrent, type Lease } from "@pult/db/leases.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import pLimit from "p-limit";
import type { Context } from "../../context.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { backoffMs } from "../../outbox/worker.ts";
import { pause } from "../../pause.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import type { Linked } from "../access.ts";
import { countCalls, countsOf } from "../counts.ts";
import { sendsTopic, typingTopic } from "../events.ts";
import type { AccountHealth } from "../schema.ts";
import { peerRowId, placeOfAccessHash } from "../store/peers.ts";
import type { Target } from "../store/present.ts";
import { Application, type Applied } from "./apply.ts";
import { type Behind, type Commit, catchUp, recoverChannel } from "./catch-up.ts";
import { readFullChat } from "./full-chat.ts";
import { type TelegramConnection, TelegramFailure } from "./port.ts";
import { Reads } from "./reads.ts";
import { expireSession, markConnection, markFlood, openSecrets, storeSession } from "./session-state.ts";
import { type Peer, readChatId, type UpdateBatch } from "./telegram.ts";
import { UpdateOrder } from "./update-order.ts";

/** An update that is out of its turn is often followed by what it waits for. @see https://core.telegram.org/api/updates#recovering-gaps */
const GAP_WAIT_MS = 500;
/** Batches that are stored together at most. */
const MAX_BATCHES = 500;
/** After this long without an update Telegram is asked whether there was one. */
const SILENCE_MS = 15 * 60_000;

/** The lease was lost in between: another node works with the account. */
class LeaseLost extends Error {}

/** One linked account on the node that holds it: its connection, its updates in their order, and calls that are made through it. */
export class LinkedAccount implements Behind {
  readonly ctx: Context;
  readonly target: Target;
  readonly row: Linked;
  readonly #lease: Lease;
  /** Changes of what is stored, one at a time. */
  readonly #turns = pLimit(1);
  readonly #marks = pLimit(1);
  #state: AccountHealth["connection"] = "connecting";
  readonly #batches: UpdateBatch[] = [];
  readonly #channelGaps = new Set<number>();
  /** Chats that are to be read because they look otherwise. */
  readonly #stale = new Set<number>();
  readonly reads = new Reads();
  #hasGap = false;
  #isBehind = true;
  #isUp = false;
  #wake = () => {};
  #idle: (() => void)[] = [];
  #connection: TelegramConnection | null = null;
  #expired: string | null = null;
  /** Ends waits once the session is over. */
  readonly #over = new AbortController();
  known = new Set<number>();
  isNew = false;
  dialogsFrom: Date | null = null;
  tellsDialogs = false;
  hashed = new Set<number>();
  order = new UpdateOrder({ pts: 0, qts: 0, date: 0, seq: 0 }, []);

  constructor(ctx: Context, lease: Lease, row: Linked) {
    this.ctx = ctx;
    this.#lease = lease;
    this.row = row;
    this.target = { storeId: row.storeId, accountId: row.id };
  }

  /** @throws TelegramFailure `down` while there is none */
  get connection(): TelegramConnection {
    if (!this.#connection || !this.#isUp) throw new TelegramFailure("down", "NOT_CONNECTED");
    return this.#connection;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Works until the lease ends or Telegram ends the session. */
  async run(): Promise<void> {
    const { signal } = this.#lease;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    await this.#mark("connecting");
    try {
      this.#connection = await this.#connect();
      for (let failures = 0; !signal.aborted && this.#expired === null; ) {
        try {
          await this.#step();
          failures = 0;
        } catch (error) {
          await this.#fail(error, failures++);
        }
      }
    } finally {
      await this.#connection?.close();
      this.#isUp = false;
      for (const resolve of this.#idle.splice(0)) resolve();
    }
    // What is still to be stored of the connection is older.
    await this.#marks(async () => {});
    if (this.#expired !== null && !signal.aborted) await expireSession(this.ctx, this.row.id, this.#expired);
  }

  async #connect(): Promise<TelegramConnection | null> {
    const { signal } = this.#lease;
    const { clients } = this.ctx.mtproto;
    const secrets = openSecrets(this.ctx, this.row);
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        return await clients.connect({
          ...secrets,
          device: this.ctx.config.workspace,
          onUpdates: (batch) => {
            this.#batches.push(batch);
            this.#wake();
          },
          onState: (state) => this.#changeState(state),
          onExpired: (reason) => this.expire(reason),
          onSession: (session) =>
            this.ctx.background.run("A moved Telegram session was not stored", () =>
              storeSession(this.ctx, this.row.id, session),
            ),
          onCall: countCalls(this.ctx),
        });
      } catch (error) {
        if (!(error instanceof TelegramFailure)) throw error;
        if (error.kind === "expired") {
          this.#expired = error.reason;
          return null;
        }
        await this.#mark("offline");
        this.ctx.log.warn({ accountId: this.row.id, reason: error.reason }, "A linked Telegram account cannot connect");
        await pause(Math.max(backoffMs(failures), error.waitSeconds * 1_000), signal);
      }
    }
    return null;
  }

  #changeState(state: "up" | "down"): void {
    this.#isUp = state === "up";
    if (this.#isUp) this.#isBehind = true;
    else {
      for (const resolve of this.#idle.splice(0)) resolve();
      this.ctx.background.run("The state of a Telegram account was not stored", () => this.#mark("connecting"));
    }
    this.#wake();
  }

  /** Stores how the connection is; of what is due together the newest. */
  #mark(state: AccountHealth["connection"]): Promise<void> {
    this.#state = state;
    return this.#marks(() => markConnection(this.ctx, this.row.id, this.#state));
  }

  /** One thing that there is to do, or a wait for the next. */
  async #step(): Promise<void> {
    if (!this.#isUp) {
      await this.#sleep(SILENCE_MS);
      return;
    }
    if (this.#isBehind) {
      this.#isBehind = false;
      await this.#mark("catchingUp");
      await this.#load();
      await catchUp(this);
      if (this.#isUp) await this.#mark("connected");
      return;
    }
    if (this.#batches.length > 0) return this.drain();
    if (this.#hasGap || this.#channelGaps.size > 0) return this.#recover();
    if (this.#stale.size > 0) return this.#readStale();
    for (const resolve of this.#idle.splice(0)) resolve();
    if (!(await this.#sleep(SILENCE_MS))) await this.#askAfterSilence();
  }

  /** @returns false when nothing woke it */
  async #sleep(ms: number): Promise<boolean> {
    const waking = new AbortController();
    let woken = false;
    this.#wake = () => {
      woken = true;
      waking.abort();
    };
    if (this.#lease.signal.aborted || this.#expired !== null) return true;
    await pause(ms, waking.signal);
    this.#wake = () => {};
    return woken;
  }

  async #askAfterSilence(): Promise<void> {
    const { pts } = await this.connection.getState();
    if (pts > this.order.state.pts) this.#isBehind = true;
  }

  async #fail(error: unknown, failures: number): Promise<void> {
    const { signal } = this.#lease;
    if (signal.aborted || error instanceof LeaseLost) return;
    this.#isBehind = true;
    if (error instanceof TelegramFailure && error.kind === "expired") return this.expire(error.reason);
    const waitMs = error instanceof TelegramFailure && error.kind === "flood" ? error.waitSeconds * 1_000 : 0;
    if (waitMs > 0) await markFlood(this.ctx, this.row.id, waitMs);
    this.ctx.log.warn(
      { err: error, accountId: this.row.id },
      "The updates of a Telegram account could not be applied; trying again",
    );
    await pause(Math.max(waitMs, backoffMs(failures)), AbortSignal.any([signal, this.#over.signal]));
  }

  /** What is stored: where the counters stand, and whom the account knows. */
  async #load(): Promise<void> {
    const { db } = this.ctx;
    const [store] = await db.select().from(telegramStores).where(eq(telegramStores.id, this.target.storeId));
    const chats = rowsOf<{ chatId: number; pts: number | null; isHashed: boolean; isNamed: boolean }>(
      await db.execute(sql`
        select chat_id as "chatId", pts, access_hash is not null as "isHashed", title <> '' as "isNamed" from telegram_chats
        where store_id = ${this.target.storeId}`),
    );
    const named = chats.map((chat) => ({ ...chat, chatId: Number(chat.chatId) }));
    this.known = new Set(named.filter(({ isNamed }) => isNamed).map(({ chatId }) => chatId));
    this.hashed = new Set(named.filter(({ isHashed }) => isHashed).map(({ chatId }) => chatId));
    const { pts = null, qts = null, date = null, seq = null } = store ?? {};
    this.order = new UpdateOrder(
      { pts: pts ?? 0, qts: qts ?? 0, date: date ?? 0, seq: seq ?? 0 },
      named.flatMap(({ chatId, pts: at }) => (at === null ? [] : [[chatId, at] as const])),
    );
    this.isNew = pts === null;
    if (!store?.dialogsAt) this.dialogsFrom = this.row.authorizedAt ?? this.ctx.now();
  }

  /** The whole list of chats is to be read, as one that begins then; older messages are not told. */
  readDialogsFrom(from: Date | null): void {
    this.tellsDialogs = from !== null;
    this.dialogsFrom = from;
  }

  /** Stores what has come. */
  async drain(): Promise<void> {
    while (this.#batches.length > 0) await this.#applyBatches();
  }

  async #applyBatches(): Promise<void> {
    const batches = this.#batches.splice(0, MAX_BATCHES);
    const before = { ...this.order.state };
    const channels = new Set<number>();
    const updates = batches.flatMap((batch) => {
      for (const { id } of batch.users) this.known.add(id);
      for (const { chatId } of batch.groups) this.known.add(chatId);
      if (this.#isAboutStranger(batch)) {
        this.#hasGap = true;
        return [];
      }
      const ordered = this.order.take(batch);
      for (const gap of ordered.gaps) {
        if (gap.box === "account") this.#hasGap = true;
        else this.#channelGaps.add(gap.channelId);
      }
      for (const { channelId, pts } of ordered.updates) if (channelId !== null && pts !== null) channels.add(channelId);
      return ordered.updates;
    });
    const peers = { users: batches.flatMap(({ users }) => users), groups: batches.flatMap(({ groups }) => groups) };
    const moved = JSON.stringify(before) !== JSON.stringify(this.order.state);
    await this.commit(
      async (application) => {
        await application.learn(peers, this);
        await application.apply(updates);
      },
      { state: moved, channels: [...channels] },
    );
  }

  /** Short updates name people by id alone; who they are comes with what is asked for. */
  #isAboutStranger({ updates }: UpdateBatch): boolean {
    return updates.some((update) => update.type === "message" && !this.known.has(update.message.chatId));
  }

  async #recover(): Promise<void> {
    await pause(GAP_WAIT_MS, this.#lease.signal);
    // What closes the gap may have come meanwhile.
    await this.drain();
    const channels = [...this.#channelGaps];
    this.#channelGaps.clear();
    if (this.#hasGap) {
      this.#hasGap = false;
      await catchUp(this);
    }
    for (const channelId of channels) await recoverChannel(this, channelId);
  }

  async #readStale(): Promise<void> {
    const chatIds = [...this.#stale];
    this.#stale.clear();
    for (const chatId of chatIds) {
      const peer = await this.peerOf(chatId);
      if (peer) await readFullChat(this, peer, { tells: true });
    }
  }

  /** Resolves when what has come so far is stored; at once when nothing can be. */
  async settled(): Promise<void> {
    if (this.#isUp) await this.caughtUp();
  }

  /** Fetches at once what may have been missed. */
  refresh(): Promise<void> {
    this.#isBehind = true;
    return this.caughtUp();
  }

  /** Resolves when there is nothing left to do, or nothing can be done any more. */
  caughtUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#wake();
    });
  }

  /** The session is over. */
  expire(reason: string): void {
    this.#expired ??= reason;
    this.#over.abort();
    this.#wake();
  }

  /**
   * Changes what is stored, tells of it after the commit, and stores where the counters stand then.
   * @throws LeaseLost when another node holds the account
   */
  commit(
    work: (application: Application, tx: Transaction) => Promise<void>,
    { state = false, channels = [] }: Commit = {},
  ): Promise<void> {
    const { db, bus } = this.ctx;
    return this.#turns(async () => {
      const { applied, appended } = await db.transaction(async (tx) => {
        if (!(await isLeaseCurrent(tx, this.#lease))) throw new LeaseLost();
        // First, so that what deletes the account waits here, before either holds what the other needs.
        await this.#storeState(tx, state);
        const application = new Application(this.ctx, tx, this.target);
        await work(application, tx);
        const done = await application.finish();
        await this.#storeChannels(tx, channels);
        return { applied: done, appended: await appendToLogs(tx, done.entries) };
      });
      publishAppended(bus, appended);
      this.#tell(applied);
    });
  }

  #tell({ typing, sends, kinds, dates, touched, stale, owes }: Applied): void {
    const { bus, now } = this.ctx;
    const { updates, updateLag } = countsOf(this.ctx);
    this.reads.forget(touched);
    if (owes) publishDue(bus);
    for (const chatId of stale) this.#stale.add(chatId);
    for (const kind of kinds) updates.add({ kind });
    for (const date of dates) updateLag.observe(Math.max(0, now().getTime() / 1_000 - date));
    const { accountId } = this.target;
    for (const event of typing) bus.publishLatest(typingTopic.name(accountId), event);
    for (const event of sends) bus.publishLatest(sendsTopic.name(accountId), event);
  }

  async #storeState(tx: Transaction, isNew: boolean): Promise<void> {
    const { pts, qts, seq, date } = this.order.state;
    const lastUpdateAt = this.ctx.now();
    await tx
      .update(telegramStores)
      .set(isNew ? { pts, qts, seq, date, lastUpdateAt } : { lastUpdateAt })
      .where(eq(telegramStores.id, this.target.storeId));
  }

  async #storeChannels(tx: Transaction, channels: readonly number[]): Promise<void> {
    if (channels.length === 0) return;
    const { storeId } = this.target;
    const rows = channels.map((chatId) => ({ chatId, pts: this.order.channelPts(chatId) }));
    await tx.execute(sql`
      update telegram_chats c set pts = x.pts from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x("chatId" bigint, pts int)
      where c.store_id = ${storeId} and c.chat_id = x."chatId"`);
  }

  /** How a chat is named in calls. @returns null for one that the account cannot name */
  async peerOf(chatId: number): Promise<Peer | null> {
    if (readChatId(chatId).kind === "group") return { chatId, accessHash: null };
    const id = peerRowId(this.target.storeId, chatId);
    const [row] = rowsOf<{ accessHash: string | null; isSelf: boolean }>(
      await this.ctx.db.execute(
        sql`select access_hash as "accessHash", is_self as "isSelf" from telegram_chats where id = ${id}`,
      ),
    );
    if (!row) return null;
    if (row.accessHash === null) return row.isSelf ? { chatId, accessHash: null } : null;
    return { chatId, accessHash: this.ctx.vault.open(placeOfAccessHash(id), row.accessHash) };
  }
}
