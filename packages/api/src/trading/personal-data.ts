import type { Database, Transaction } from "@pult/db/database.ts";
import { countChanged, removeRows, rowsOf, textsIn, uuidsIn } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { unprovenKey } from "../actor.ts";
import type { Context } from "../context.ts";
import type { Erasure, PersonalData, PersonReferences } from "../slice.ts";
import { roomTopic, voiceTopic } from "./events.ts";

/** What people did in rooms, by their ids, which move with the person. */
export const personalData: PersonalData = {
  readScope: "auth:read",
  writeScope: "auth:write",
  tables: {
    traders: { path: "traders" },
    rooms: { path: "traders[].rooms" },
    room_members: { path: "traders[].memberships" },
    trades: { path: "traders[].trades" },
    room_messages: { path: "traders[].roomMessages" },
    ledger_transfers: { path: "traders[].transfers" },
    ledger_accounts: { path: "traders[].accounts" },
    ledger_entries: { reason: "Amounts of the transfers, by account" },
    voice_sessions: { path: "traders[].voiceSessions" },
    voice_utterances: { path: "traders[].voiceSessions[].utterances" },
    voice_connections: { path: "traders[].voiceConnections" },
    room_candles: { reason: "Prices, no person" },
  },
  conversations: async () => [],
  lock: lockTradersOf,
  export: exportTraders,
  planErasure: async () => eraseTraders,
  // All of it belongs to an identity, which moves.
  merge: async () => null,
  unmerge: async () => {},
};

const keysOf = ({ identities, personIds }: PersonReferences): string[] => [
  ...identities.map(({ namespace, externalId }) => `${namespace}:${externalId}`),
  ...personIds.map((id) => `agent:${id}`),
];

/** Also those who only named the person's id: no knowledge of the person, but their id. */
const keysNaming = (person: PersonReferences): string[] => [
  ...keysOf(person),
  ...person.identities.map(({ externalId }) => unprovenKey(externalId)),
];

/** Rooms that they created, then they: the order of every writer. */
async function lockTradersOf(tx: Transaction, personIds: readonly string[]): Promise<void> {
  const keys = sql`(
    select namespace || ':' || external_id from identities where person_id in ${uuidsIn(personIds)}
    union select 'unproven:' || external_id from identities where person_id in ${uuidsIn(personIds)}
    union select 'agent:' || x from jsonb_array_elements_text(${JSON.stringify(personIds)}::jsonb) x)`;
  await tx.execute(sql`
    select 1 from rooms where creator_id in (select id from traders where key in ${keys}) order by id for no key update`);
  await tx.execute(sql`select 1 from traders where key in ${keys} order by key for no key update`);
}

async function exportTraders({ db }: Context, person: PersonReferences) {
  const traders = rowsOf<{ id: string }>(
    await db.execute(sql`
      select id, key, name, volume::text, created_at as "createdAt" from traders where key in ${textsIn(keysOf(person))} order by key`),
  );
  const withAll = traders.map(async ({ id, ...trader }) => ({
    ...trader,
    rooms: await read(
      db,
      sql`id, name, token_mint as "tokenMint", created_at as "createdAt" from rooms where creator_id`,
      id,
    ),
    memberships: await read(
      db,
      sql`room_id as "roomId", joined_at as "joinedAt", left_at as "leftAt" from room_members where trader_id`,
      id,
    ),
    trades: await read(
      db,
      sql`room_id as "roomId", sequence, is_buy as "isBuy", amount_in::text as "amountIn", amount_out::text as "amountOut",
        fee::text, created_at as at from trades where trader_id`,
      id,
    ),
    roomMessages: await read(
      db,
      sql`room_id as "roomId", text, created_at as at from room_messages where trader_id`,
      id,
    ),
    transfers: [
      ...(await read(
        db,
        sql`room_id as "roomId", sequence, kind, created_at as at from room_members join ledger_transfers using (room_id, trader_id)
          where trader_id`,
        id,
      )),
      ...(await read(
        db,
        sql`room_id as "roomId", sequence, kind, created_at as at from ledger_transfers where room_id is null and trader_id`,
        id,
      )),
    ],
    accounts: await read(
      db,
      sql`room_id as "roomId", kind, asset, balance::text from ledger_accounts where owner_id`,
      id,
    ),
    voiceSessions: await read(
      db,
      sql`room_id as "roomId", started_at as "startedAt", ended_at as "endedAt",
        coalesce((select jsonb_agg(jsonb_build_object('text', u.text, 'command', u.command, 'state', u.state, 'at', u.created_at)
          order by u.created_at) from voice_utterances u where u.session_id = s.id), '[]'::jsonb) as utterances
        from voice_sessions s where s.trader_id`,
      id,
    ),
    voiceConnections: await read(
      db,
      sql`room_id as "roomId", joined_at as "joinedAt", left_at as "leftAt" from voice_connections where trader_id`,
      id,
    ),
  }));
  return { traders: await Promise.all(withAll) };
}

const read = async (db: Database, what: SQL, traderId: string): Promise<object[]> =>
  rowsOf<object>(await db.execute(sql`select ${what} = ${traderId}::uuid`));

/**
 * Takes the person out of their traders, whose ids then lead nowhere: the ledger and the trades stay as they are. Their words go, and the
 * names of their rooms.
 */
async function eraseTraders(tx: Transaction, person: PersonReferences): Promise<Erasure> {
  const keys = keysNaming(person);
  const found = rowsOf<{ id: string }>(
    await tx.execute(sql`select id from traders where key in ${textsIn(keys)} order by key for no key update`),
  );
  const ids = uuidsIn(found.map(({ id }) => id));
  const told = rowsOf<{ id: string }>(
    await tx.execute(sql`
      select room_id as id from room_members where trader_id in ${ids} union select id from rooms where creator_id in ${ids}`),
  );
  const spoken = rowsOf<{ place: string }>(
    await tx.execute(sql`
      select room_id || ':' || trader_id as place from room_members where trader_id in ${ids} order by 1`),
  );
  await tx.execute(sql`update rooms set name = left(token_mint, 8) where creator_id in ${ids}`);
  const roomMessages = await removeRows(tx, "room_messages", sql`trader_id in ${ids}`);
  await removeRows(tx, "voice_connections", sql`trader_id in ${ids}`);
  const voiceSessions = await removeRows(tx, "voice_sessions", sql`trader_id in ${ids}`);
  const traders = await countChanged(
    tx,
    sql`update traders set key = null, user_id = null, name = null where id in ${ids}`,
  );
  return {
    counts: { traders, roomMessages, voiceSessions },
    remaining: [],
    cut: told.map(({ id }) => roomTopic.name(id)),
    forget: spoken.map(({ place }) => voiceTopic.name(place)),
  };
}
