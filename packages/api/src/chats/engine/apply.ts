import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import type { NewEntry } from "../../realtime/log.ts";
import { oweReading } from "../address-book/tick.ts";
import { hearAgreements } from "../agreements/hear.ts";
import { bulkTopic, chatsTopic } from "../events.ts";
import type { ChatsEvent, Message, SendStateEvent, TypingEvent } from "../schema.ts";
import { settleFired, settleSent } from "../sends/settle.ts";
import { countMessages, insertMessages, type MessageKey, removeMessages, updateMessages } from "../store/messages.ts";
import { instantOf, type Peers, statusOf, storePeers } from "../store/peers.ts";
import { selectChats, selectMessages, type Target } from "../store/present.ts";
import { TELEGRAM_SERVICE_ID, type TelegramMessage, type TelegramUpdate, type UpdateBody } from "./telegram.ts";

/** How long someone counts as typing after they were last seen at it. */
const TYPING_MS = 6_000;

export interface Applied {
  /** To be appended to the account's log, in this order. */
  entries: NewEntry[];
  typing: TypingEvent[];
  sends: SendStateEvent[];
  /** Of each update. */
  kinds: Kind[];
  /** Of each new message: Unix seconds. */
  dates: number[];
  /** Chats in which something happened. */
  touched: Set<number>;
  /** Chats of the list of which is known only that they look otherwise now. */
  stale: number[];
  /** Whether something was put into the outbox. */
  owes: boolean;
}

type Kind = UpdateBody["type"];
type Of<Type extends Kind> = Extract<UpdateBody, { type: Type }>;

/** Whom an account knows in this process; what it learns is added. */
export interface Acquaintances {
  /** Chats whose access hash is stored. */
  readonly hashed: Set<number>;
  /** Chats whose name is stored. */
  readonly known: Set<number>;
}

/**
 * Stores what updates say, and tells of it: each message once, whatever was told before. Updates are applied in their order; neighbours of one
 * kind go together.
 */
export class Application {
  readonly #deps: Pick<Deps, "vault" | "now">;
  readonly #tx: Transaction;
  readonly #target: Target;
  readonly #events: ChatsEvent[] = [];
  readonly #changed = new Set<number>();
  /** Chats that look otherwise, in what Telegram tells only when it is asked. */
  readonly #stale = new Set<number>();
  readonly #described = new Set<number>();
  /** Messages to many that do not reach people any more. */
  readonly #bulks = new Set<string>();
  /** Whether the address book may be another. */
  #hasNewContacts = false;
  readonly #applied: Applied = {
    entries: [],
    typing: [],
    sends: [],
    kinds: [],
    dates: [],
    touched: new Set(),
    stale: [],
    owes: false,
  };

  constructor(deps: Pick<Deps, "vault" | "now">, tx: Transaction, target: Target) {
    this.#deps = deps;
    this.#tx = tx;
    this.#target = target;
  }

  async learn(peers: Peers, { hashed, known }: Acquaintances): Promise<void> {
    const { storeId } = this.#target;
    const { changed, hasContacts } = await storePeers(this.#tx, this.#deps, { storeId, peers, hashed });
    this.change(changed);
    if (hasContacts) this.#hasNewContacts = true;
    const whole = [
      ...peers.users.map(({ id, isMin }) => ({ chatId: id, isMin })),
      ...peers.groups.map(({ chatId, isMin }) => ({ chatId, isMin })),
    ].filter(({ isMin }) => !isMin);
    for (const { chatId } of whole) {
      known.add(chatId);
      this.#described.add(chatId);
    }
  }

  /** Chats of the list that look otherwise now. */
  change(chatIds: readonly number[]): void {
    for (const chatId of chatIds) this.#changed.add(chatId);
  }

  async apply(updates: readonly TelegramUpdate[]): Promise<void> {
    const meant = updates.filter((update) => !isOfService(update));
    // Messages are counted where they are new.
    this.#applied.kinds.push(...meant.flatMap(({ type }) => (type === "message" ? [] : [type])));
    // A message of ours that got its id is known for ours when it is stored.
    const sent = meant.filter((update) => update.type === "sent");
    if (sent.length > 0) this.#applied.sends.push(...(await settleSent(this.#tx, this.#target, sent)));
    const run: TelegramUpdate[] = [];
    for (const update of meant) {
      if (run[0] && run[0].type !== update.type) await this.#applyRun(run.splice(0));
      run.push(update);
    }
    if (run.length > 0) await this.#applyRun(run);
  }

  /** @returns what is to be told, chats before what happened in them */
  async finish(): Promise<Applied> {
    const { accountId } = this.#target;
    await this.#forgetStale();
    if (this.#hasNewContacts && (await oweReading(this.#tx, this.#target, this.#deps.now()))) this.#applied.owes = true;
    for (const event of this.#events) if ("chatId" in event) this.#applied.touched.add(Number(event.chatId));
    const topic = chatsTopic.name(accountId);
    const chats = await this.#selectChanged();
    const first = chats.map((chat): ChatsEvent => ({ type: "chatUpdated", accountId, chat }));
    const entries = [...first, ...this.#events].map((payload): NewEntry => ({ topic, payload }));
    const bulks = [...this.#bulks].map((bulkId) => ({
      topic: bulkTopic.name(accountId),
      payload: { type: "bulkChanged", bulkId },
    }));
    return { ...this.#applied, entries: [...entries, ...bulks] };
  }

  async #forgetStale(): Promise<void> {
    if (this.#stale.size === 0) return;
    const ids = JSON.stringify([...this.#stale]);
    const rows = rowsOf<{ chatId: number; hasDialog: boolean }>(
      await this.#tx.execute(sql`
        update telegram_chats set full_at = null
        where store_id = ${this.#target.storeId} and chat_id in (select x::bigint from jsonb_array_elements_text(${ids}::jsonb) x)
        returning chat_id as "chatId", has_dialog as "hasDialog"`),
    );
    for (const { chatId, hasDialog } of rows) {
      this.#applied.touched.add(Number(chatId));
      if (hasDialog && !this.#described.has(Number(chatId))) this.#applied.stale.push(Number(chatId));
    }
  }

  async #selectChanged() {
    if (this.#changed.size === 0) return [];
    const ids = JSON.stringify([...this.#changed]);
    const where = sql`c.has_dialog and c.chat_id in (select x::bigint from jsonb_array_elements_text(${ids}::jsonb) x)`;
    return selectChats(this.#tx, this.#target, { where, now: this.#deps.now() });
  }

  async #applyRun(run: readonly TelegramUpdate[]): Promise<void> {
    const [first] = run;
    switch (first?.type) {
      case "message":
        return this.#addMessages((run as readonly Of<"message">[]).map(({ message }) => message));
      case "edited":
        return this.#editMessages((run as readonly Of<"edited">[]).map(({ message }) => message));
      case "deleted":
        for (const update of run as readonly Of<"deleted">[]) await this.#deleteMessages(update);
        return;
      case "readInbox":
      case "readOutbox":
        for (const update of run as readonly Of<"readInbox" | "readOutbox">[]) await this.#read(update);
        return;
      case "scheduledDeleted":
        for (const update of run as readonly Of<"scheduledDeleted">[])
          this.#applied.sends.push(...(await settleFired(this.#tx, this.#target, update)));
        return;
      case "reactions":
        for (const update of run as readonly Of<"reactions">[]) await this.#react(update);
        return;
      case "views":
        for (const update of run as readonly Of<"views">[]) await this.#countViews(update);
        return;
      case "pinned":
      case "muted":
      case "archived":
        for (const update of run as readonly Of<"pinned" | "muted" | "archived">[]) await this.#set(update);
        return;
      case "status":
        return this.#see(run as readonly Of<"status">[]);
      case "typing":
        for (const update of run as readonly Of<"typing">[]) this.#noteTyping(update);
        return;
      case "chatChanged":
        for (const { chatId } of run as readonly Of<"chatChanged">[]) this.#stale.add(chatId);
        return;
      case "contactsChanged":
        await this.#tx
          .update(telegramStores)
          .set({ contactsAt: null })
          .where(eq(telegramStores.id, this.#target.storeId));
        this.#hasNewContacts = true;
        return;
    }
  }

  async #addMessages(messages: readonly TelegramMessage[]): Promise<void> {
    const { storeId, accountId } = this.#target;
    const fresh = await insertMessages(this.#tx, storeId, messages);
    await this.#hear(fresh);
    for (const { date } of fresh) {
      this.#applied.kinds.push("message");
      this.#applied.dates.push(date);
    }
    for (const chatId of await countMessages(this.#tx, storeId, fresh)) this.#changed.add(chatId);
    const senders = await this.#sendersOf(fresh.filter(({ isOutgoing }) => isOutgoing));
    for (const message of await this.#select(fresh)) {
      const { chatId } = message;
      if (!message.isOutgoing) this.#events.push({ type: "newMessage", accountId, chatId, message });
      else {
        const userId = (message.clientId !== null && senders.get(message.clientId)) || null;
        this.#events.push({ type: "messageSent", userId, accountId, chatId, message });
      }
    }
  }

  /** People who agree to be written to, or want no more of it. */
  async #hear(messages: readonly TelegramMessage[]): Promise<void> {
    const heard = { target: this.#target, messages };
    const stopped = await hearAgreements(this.#tx, this.#deps, heard);
    if (!stopped) return;
    this.#applied.owes = true;
    for (const bulkId of stopped) this.#bulks.add(bulkId);
  }

  async #editMessages(messages: readonly TelegramMessage[]): Promise<void> {
    const { storeId, accountId } = this.#target;
    const changed = await updateMessages(this.#tx, storeId, messages);
    await this.#hear(messages);
    const edited = new Set(changed.filter(({ isOther }) => isOther).map(({ chatId, id }) => `${chatId}/${id}`));
    for (const message of await this.#select(changed)) {
      const { chatId } = message;
      const type = edited.has(`${chatId}/${message.id}`) ? "messageEdited" : "messageReacted";
      this.#events.push({ type, accountId, chatId, message });
    }
  }

  async #deleteMessages(update: Of<"deleted">): Promise<void> {
    const { storeId, accountId } = this.#target;
    for (const [chatId, ids] of await removeMessages(this.#tx, storeId, update))
      this.#events.push({ type: "messageDeleted", accountId, chatId: String(chatId), messageIds: ids.map(String) });
  }

  async #read(update: Of<"readInbox" | "readOutbox">): Promise<void> {
    const { storeId, accountId } = this.#target;
    const { chatId, maxId } = update;
    const unread =
      update.type === "readOutbox"
        ? sql`unread_count`
        : (update.unreadCount ??
          sql`(select count(*) from telegram_history m where m.store_id = ${storeId} and m.chat_id = ${chatId} and not m.is_outgoing and m.id > ${maxId})`);
    const column = update.type === "readInbox" ? sql`read_inbox_max_id` : sql`read_outbox_max_id`;
    const [row] = rowsOf<{ unreadCount: number }>(
      await this.#tx.execute(sql`
        update telegram_chats set ${column} = ${maxId}, unread_count = ${unread}
        where store_id = ${storeId} and chat_id = ${chatId} and ${column} < ${maxId} returning unread_count as "unreadCount"`),
    );
    if (!row) return;
    const direction = update.type === "readInbox" ? "inbox" : "outbox";
    const { unreadCount } = row;
    this.#events.push({
      type: "read",
      accountId,
      chatId: String(chatId),
      direction,
      maxId: String(maxId),
      unreadCount,
    });
  }

  async #countViews({ chatId, id, viewsCount }: Of<"views">): Promise<void> {
    await this.#tx.execute(sql`
      update telegram_history set views_count = ${viewsCount} where store_id = ${this.#target.storeId} and chat_id = ${chatId} and id = ${id}`);
  }

  async #react({ chatId, id, reactions }: Of<"reactions">): Promise<void> {
    const { storeId, accountId } = this.#target;
    const value = sql`${JSON.stringify(reactions)}::jsonb`;
    const changed = rowsOf<MessageKey>(
      await this.#tx.execute(sql`
        update telegram_history set reactions = ${value}
        where store_id = ${storeId} and chat_id = ${chatId} and id = ${id} and reactions <> ${value} returning chat_id as "chatId", id`),
    );
    for (const message of await this.#select(changed))
      this.#events.push({ type: "messageReacted", accountId, chatId: message.chatId, message });
  }

  async #set(update: Of<"pinned" | "muted" | "archived">): Promise<void> {
    const { chatId } = update;
    const value =
      update.type === "pinned"
        ? sql`is_pinned = ${update.isPinned}`
        : update.type === "archived"
          ? sql`is_archived = ${update.isArchived}`
          : sql`muted_until = ${instantOf(update.mutedUntil)}::timestamptz`;
    await this.#tx.execute(
      sql`update telegram_chats set ${value} where store_id = ${this.#target.storeId} and chat_id = ${chatId}`,
    );
    this.#changed.add(chatId);
  }

  async #see(updates: readonly Of<"status">[]): Promise<void> {
    const newest = new Map(updates.map(({ userId, status }) => [userId, { userId, ...statusOf(status) }]));
    await this.#tx.execute(sql`
      update telegram_chats c set online_status = x."onlineStatus", last_seen_at = coalesce(x."lastSeenAt", c.last_seen_at)
      from jsonb_to_recordset(${JSON.stringify([...newest.values()])}::jsonb) as x("userId" bigint, "onlineStatus" text, "lastSeenAt" timestamptz)
      where c.store_id = ${this.#target.storeId} and c.chat_id = x."userId"`);
  }

  #noteTyping({ chatId, userId, action }: Of<"typing">): void {
    const now = this.#deps.now().getTime();
    const isTyping = action !== "cancel";
    this.#applied.typing.push({
      accountId: this.#target.accountId,
      chatId: String(chatId),
      userId: String(userId),
      action: isTyping ? action : "typing",
      isTyping,
      expiresAt: new Date(isTyping ? now + TYPING_MS : now).toISOString(),
    });
  }

  /** In the order of the keys. */
  async #select(keys: readonly MessageKey[]): Promise<Message[]> {
    if (keys.length === 0) return [];
    const wanted = keys.map(({ chatId, id }, ord) => ({ chatId: Number(chatId), id: Number(id), ord }));
    const found = await selectMessages(this.#tx, this.#target, {
      where: sql`(m.chat_id, m.id) in (select "chatId", id from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x("chatId" bigint, id bigint))`,
      order: sql`m.chat_id, m.id`,
      limit: keys.length,
    });
    const byKey = new Map(found.map((message) => [`${message.chatId}/${message.id}`, message]));
    return keys.flatMap(({ chatId, id }) => byKey.get(`${chatId}/${id}`) ?? []);
  }

  /** Who sent messages through Pult, by client id. */
  async #sendersOf(messages: readonly MessageKey[]): Promise<Map<string, string>> {
    if (messages.length === 0) return new Map();
    const keys = messages.map(({ chatId, id }) => ({ chatId, id }));
    const rows = rowsOf<{ clientId: string; sentBy: string }>(
      await this.#tx.execute(sql`
        select s.client_id as "clientId", s.sent_by as "sentBy" from telegram_sends s
        join jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as x("chatId" bigint, id bigint)
          on s.store_id = ${this.#target.storeId} and s.chat_id = x."chatId" and s.message_id = x.id`),
    );
    return new Map(rows.map(({ clientId, sentBy }) => [clientId, sentBy]));
  }
}

/** Login codes are neither stored nor told. */
function isOfService(update: TelegramUpdate): boolean {
  if ("message" in update) return update.message.chatId === TELEGRAM_SERVICE_ID;
  if ("chatId" in update) return update.chatId === TELEGRAM_SERVICE_ID;
  return "userId" in update && update.userId === TELEGRAM_SERVICE_ID;
}
