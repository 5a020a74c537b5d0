import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Lamports, units, or a price in 10⁻⁹ lamports for a token. May pass 2^53, where drivers answer numbers: read as `::text`. */
const amount = (name: string) => bigint(name, { mode: "bigint" }).notNull();
const nothing = sql`0`;

const generatedId = () => bigint("id", { mode: "number" }).primaryKey().generatedByDefaultAsIdentity();

/** Whose accounts, trades and words they are. What a person is called stands here alone; an erasure leaves the id, which leads nowhere. */
export const traders = pgTable("traders", {
  id: uuid("id").primaryKey().defaultRandom(),
  /** `wallet:<public key>`, `agent:<person id>` and the like; null once they were erased. */
  key: text("key").unique(),
  /** The id as their namespace has it; null once they were erased. */
  userId: text("user_id"),
  name: text("name"),
  /** Lamports traded in all rooms, by which the tier counts. */
  volume: amount("volume").default(nothing),
  /** Rooms created. */
  launches: integer("launches").notNull().default(0),
  /** Accounts in all rooms. */
  rewardsId: bigint("rewards_id", { mode: "number" }),
  claimedId: bigint("claimed_id", { mode: "number" }),
  createdAt: instant("created_at").notNull(),
});

const trader = (name: string) =>
  uuid(name)
    .notNull()
    .references(() => traders.id);

/** Rooms where a token of their own is traded along a curve. */
export const rooms = pgTable(
  "rooms",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    name: text("name").notNull(),
    /** 32 random bytes in base58, as a mint's address looks. */
    tokenMint: text("token_mint").notNull().unique(),
    /** `open`; `completed` once every token is sold; `closed` by its creator or staff. */
    status: text("status").notNull().default("open"),
    /** Null for one that a key created. */
    creatorId: uuid("creator_id").references((): AnyPgColumn => traders.id),
    /** Hash of the creator and an id of theirs, so that a repeat is recognised. */
    requestKey: text("request_key").notNull().unique(),
    /** Hash of what was asked for. */
    fingerprint: text("fingerprint").notNull(),
    feeBps: integer("fee_bps").notNull(),
    /** Virtual reserves, and units that are left for sale. */
    solReserve: amount("sol_reserve"),
    tokenReserve: amount("token_reserve"),
    forSale: amount("for_sale"),
    /** Of the newest transfer. */
    sequence: bigint("sequence", { mode: "number" }).notNull().default(0),
    /** Lamports traded. */
    volume: amount("volume").default(nothing),
    tradeCount: bigint("trade_count", { mode: "number" }).notNull().default(0),
    /** Accounts of the room itself. */
    curveSolId: bigint("curve_sol_id", { mode: "number" }).notNull(),
    curveTokenId: bigint("curve_token_id", { mode: "number" }).notNull(),
    feesId: bigint("fees_id", { mode: "number" }).notNull(),
    issuedSolId: bigint("issued_sol_id", { mode: "number" }).notNull(),
    createdAt: instant("created_at").notNull(),
    completedAt: instant("completed_at"),
    closedAt: instant("closed_at"),
  },
  (t) => [index("rooms_created").on(t.createdAt, t.id), index("rooms_creator").on(t.creatorId)],
);

const room = () =>
  uuid("room_id")
    .notNull()
    .references(() => rooms.id);

/** Who joined a room, and what they have there. */
export const roomMembers = pgTable(
  "room_members",
  {
    roomId: room(),
    traderId: trader("trader_id"),
    joinedAt: instant("joined_at").notNull(),
    /** Null while they are in the room. */
    leftAt: instant("left_at"),
    mutedUntil: instant("muted_until"),
    /** When a moderator removed them; they cannot come back. */
    removedAt: instant("removed_at"),
    /** Since when they ask to speak, and since when a moderator lets them. */
    handRaisedAt: instant("hand_raised_at"),
    speakerSince: instant("speaker_since"),
    /** Lamports that the units they hold cost on average. */
    cost: amount("cost").default(nothing),
    /** Lamports won or lost by sells. */
    realised: amount("realised").default(nothing),
    solAccountId: bigint("sol_account_id", { mode: "number" }).notNull(),
    tokenAccountId: bigint("token_account_id", { mode: "number" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.roomId, t.traderId] }), index("room_members_trader").on(t.traderId)],
);

/**
 * Accounts of the ledger. Of a room: `curve` (real reserves), `fees`, `issuance` (what was put into circulation, below zero) and those of
 * traders. Of a trader in all rooms: `rewards` (not yet claimed) and `claimed`.
 */
export const ledgerAccounts = pgTable(
  "ledger_accounts",
  {
    id: generatedId(),
    roomId: uuid("room_id"),
    ownerId: uuid("owner_id"),
    kind: text("kind").notNull(),
    /** `sol` in lamports, `token` in units. */
    asset: text("asset").notNull(),
    /** The sum of its entries. */
    balance: amount("balance").default(nothing),
  },
  (t) => [
    unique("ledger_accounts_place").on(t.roomId, t.ownerId, t.kind, t.asset).nullsNotDistinct(),
    index("ledger_accounts_owner").on(t.ownerId),
    check("ledger_accounts_covered", sql`balance >= 0 or kind = 'issuance'`),
  ],
);

/** What moved, each once. Rows never change: a trigger refuses it unless `pult.restore` is `on`, as in the transaction of a restore. */
export const ledgerTransfers = pgTable(
  "ledger_transfers",
  {
    id: generatedId(),
    /** Null for a claim of rewards, which is of no room. */
    roomId: uuid("room_id"),
    /** Place in the room, from 1; null for a claim. */
    sequence: bigint("sequence", { mode: "number" }),
    /** `mint`, `grant`, `buy`, `sell` or `claim`. */
    kind: text("kind").notNull(),
    /** Null for a mint. */
    traderId: uuid("trader_id"),
    /** Hash of the caller's id for it, or the kind of what happens once: makes a repeat recognisable. */
    requestKey: text("request_key").notNull(),
    /** Hash of what was asked for. */
    fingerprint: text("fingerprint").notNull(),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("ledger_transfers_sequence").on(t.roomId, t.sequence).where(sql`room_id is not null`),
    unique("ledger_transfers_request").on(t.roomId, t.traderId, t.requestKey).nullsNotDistinct(),
  ],
);

/**
 * Double entries, whose amounts sum to zero for each transfer and asset: triggers refuse others, and every change. Without foreign keys,
 * which would be checked row by row; `verifyRoom` checks them.
 */
export const ledgerEntries = pgTable(
  "ledger_entries",
  {
    transferId: bigint("transfer_id", { mode: "number" }).notNull(),
    accountId: bigint("account_id", { mode: "number" }).notNull(),
    asset: text("asset").notNull(),
    amount: amount("amount"),
  },
  (t) => [primaryKey({ columns: [t.transferId, t.accountId] })],
);

/** Trades, each by its transfer's place in the room. */
export const trades = pgTable(
  "trades",
  {
    roomId: uuid("room_id").notNull(),
    sequence: bigint("sequence", { mode: "number" }).notNull(),
    traderId: uuid("trader_id").notNull(),
    isBuy: boolean("is_buy").notNull(),
    /** What the trader gave and got: lamports and units of a buy, units and lamports of a sell. */
    amountIn: amount("amount_in"),
    amountOut: amount("amount_out"),
    /** Lamports. */
    fee: amount("fee"),
    /** Average before the fee. */
    price: amount("price"),
    /** After the trade: virtual reserves, and the trader's own balances. */
    solReserve: amount("sol_reserve"),
    tokenReserve: amount("token_reserve"),
    solBalance: amount("sol_balance"),
    tokenBalance: amount("token_balance"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.roomId, t.sequence] }), index("trades_trader").on(t.traderId, t.roomId, t.sequence)],
);

/** Prices and volumes by the span of time, written with each trade. */
export const roomCandles = pgTable(
  "room_candles",
  {
    roomId: uuid("room_id").notNull(),
    /** Seconds. */
    resolution: integer("resolution").notNull(),
    start: instant("start").notNull(),
    /** Prices of the next unit: before the first trade, and after trades. */
    open: amount("open"),
    high: amount("high"),
    low: amount("low"),
    close: amount("close"),
    /** Lamports. */
    volume: amount("volume"),
  },
  (t) => [primaryKey({ columns: [t.roomId, t.resolution, t.start] })],
);

/** What was said in rooms. */
export const roomMessages = pgTable(
  "room_messages",
  {
    id: generatedId(),
    roomId: room(),
    traderId: trader("trader_id"),
    text: text("text").notNull(),
    /** Made by the caller, so that a repeat is recognised. */
    clientId: text("client_id"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    index("room_messages_room").on(t.roomId, t.id),
    index("room_messages_timeline").on(t.roomId, t.createdAt, t.id),
    index("room_messages_trader").on(t.traderId),
    index("room_messages_created").on(t.createdAt),
    uniqueIndex("room_messages_client_id").on(t.roomId, t.traderId, t.clientId).where(sql`client_id is not null`),
  ],
);

/** Traders who speak or type commands in a room, one session of each at a time. */
export const voiceSessions = pgTable(
  "voice_sessions",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    roomId: room(),
    traderId: trader("trader_id"),
    /** Made by the caller for a tab, so that a repeat is recognised. */
    clientId: text("client_id"),
    startedAt: instant("started_at").notNull(),
    /** Something was last heard. */
    activeAt: instant("active_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    uniqueIndex("voice_sessions_open").on(t.roomId, t.traderId).where(sql`ended_at is null`),
    index("voice_sessions_trader").on(t.traderId),
    index("voice_sessions_active").on(t.activeAt),
  ],
);

/** What was said in them, each turn once; a turn that asks for a trade is a ticket. */
export const voiceUtterances = pgTable(
  "voice_utterances",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => voiceSessions.id, { onDelete: "cascade" }),
    /** Hash of the caller's id of the turn, else random. */
    key: text("key").notNull(),
    /** Hash of the words. */
    fingerprint: text("fingerprint").notNull(),
    text: text("text").notNull(),
    command: jsonb("command").notNull(),
    /** Why the command has no effect: key and params of the error. */
    refusal: jsonb("refusal"),
    /** The ticket that this turn confirms. */
    confirms: uuid("confirms"),
    /** Null for no ticket; `draft`, `confirming`, `confirmed`, `cancelled` or `refused`. */
    state: text("state"),
    /** The order, and what it came to when it was said. */
    ticket: jsonb("ticket"),
    expiresAt: instant("expires_at"),
    /** The room whose timeline has it, because a speaker said it aloud; null for what the trader alone knows of. */
    heardIn: uuid("heard_in").references(() => rooms.id),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    unique("voice_utterances_key").on(t.sessionId, t.key),
    index("voice_utterances_heard").on(t.heardIn, t.createdAt, t.id).where(sql`heard_in is not null`),
  ],
);

/** Who is or was in the audio of a room, by connection, as LiveKit's webhooks say in any order. */
export const voiceConnections = pgTable(
  "voice_connections",
  {
    /** LiveKit's id of the participant. */
    sid: text("sid").primaryKey(),
    roomId: room(),
    traderId: trader("trader_id"),
    /** Null while only the end is known. */
    joinedAt: instant("joined_at"),
    leftAt: instant("left_at"),
  },
  (t) => [index("voice_connections_room").on(t.roomId), index("voice_connections_trader").on(t.traderId)],
);
