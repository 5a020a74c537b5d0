import { randomUUID } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { type DomainError, findDomainError } from "../../errors.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import { formatPrice, hashOf } from "../amounts.ts";
import { priceOf } from "../curve.ts";
import { tradingError } from "../errors.ts";
import { roomEntry, voiceEntry } from "../events.ts";
import { findMember, type MemberRecord } from "../rooms/members.ts";
import { findRoom, type RoomRecord } from "../rooms/rows.ts";
import { shownTrader } from "../traders.ts";
import { confirmTicket } from "./confirm.ts";
import { ENOUGH, parseCommand } from "./grammar/parse.ts";
import { type Command, command as commandSchema } from "./grammar/schema.ts";
import {
  type Heard,
  type Refusal,
  refusal as refusalSchema,
  type Ticket,
  type TicketState,
  type TranscriptInput,
  ticket as ticketSchema,
} from "./schema.ts";
import { requireOpen, requireSession, type SessionRecord } from "./session-rows.ts";
import { cancelDrafts, draftTicket, quoteSaid, selectDrafts } from "./tickets.ts";

/** How long the same words without an id are a repeat. */
const REPEAT_MS = 30_000;
const NOTHING: Heard = {
  intentId: null,
  command: null,
  ticket: null,
  state: null,
  sequence: null,
  refusal: null,
  isRepeat: false,
};

/** A turn as it was stored. */
interface Turn {
  id: string;
  fingerprint: string;
  command: Command;
  refusal: Refusal | null;
  /** The ticket that it confirms. */
  confirms: string | null;
  ticket: Ticket | null;
  state: TicketState | null;
}

/**
 * Takes what was heard. A final turn is understood, once, however often it comes: an order drafts a ticket, a ticket's code confirms it,
 * "stop" drops it. What a command has no effect for is answered as `refusal`.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for a trader who is not in the room, `NOT_FOUND` for another's session, `CONFLICT` for one
 *   that has ended, `VALIDATION` for an id that was used for other words, `UNAVAILABLE`
 */
export async function transcribe(ctx: Context, input: TranscriptInput): Promise<Heard> {
  const { session, turn, isRepeat, appended } = await ctx.db.transaction(async (tx) => {
    const session = await requireSession(ctx, tx, { ...input, access: "write", isLocked: true });
    requireOpen(session, ctx.now());
    const spoken = { type: "transcription", sessionId: session.id, at: ctx.now().toISOString() } as const;
    const heard = voiceEntry(session, { ...spoken, text: input.text, isFinal: input.isFinal });
    if (!input.isFinal) return { session, turn: null, isRepeat: false, appended: await appendToLogs(tx, [heard]) };
    const known = await findRepeat(tx, ctx, input);
    if (known) return { session, turn: known, isRepeat: true, appended: null };
    const { turn, entries } = await understand(tx, ctx, { session, input });
    return { session, turn, isRepeat: false, appended: await appendToLogs(tx, [heard, ...entries]) };
  });
  if (appended) publishAppended(ctx.bus, appended);
  return turn ? { ...(await conclude(ctx, session, turn)), isRepeat } : NOTHING;
}

const columns = sql`id, fingerprint, command, case when state is null then refusal end as refusal, confirms, ticket, state`;
/** Recognisers end the same words with a point or without. */
const fingerprintOf = (text: string): string =>
  hashOf(
    text
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[.,!…\s]+$/, ""),
  );
const keyOf = (utteranceId: string): string => hashOf("utterance", utteranceId);

const isWaiting = (now: Date) => sql`state = 'draft' and expires_at >= ${now.toISOString()}::timestamptz`;

/**
 * Said again, "stop" and questions are said anew, and so are an order whose ticket came to nothing, and a code that a ticket waits for.
 */
const isInEffect = (now: Date) => sql`
  (state in ('confirming', 'confirmed') or (${isWaiting(now)}) or (confirms is not null and not exists (
    select 1 from voice_utterances d where d.session_id = u.session_id and ${isWaiting(now)}
      and d.ticket->>'code' = u.command#>>'{parameters,code}')))`;

async function findRepeat(
  tx: Transaction,
  { now }: Context,
  { sessionId, utteranceId, text }: TranscriptInput,
): Promise<Turn | null> {
  const fingerprint = fingerprintOf(text);
  const since = new Date(now().getTime() - REPEAT_MS).toISOString();
  const which =
    utteranceId === undefined
      ? sql`fingerprint = ${fingerprint} and created_at > ${since}::timestamptz and ${isInEffect(now())}
          order by created_at desc limit 1`
      : sql`key = ${keyOf(utteranceId)}`;
  const [row] = rowsOf<Turn>(
    await tx.execute(sql`select ${columns} from voice_utterances u where session_id = ${sessionId}::uuid and ${which}`),
  );
  if (!row) return null;
  if (row.fingerprint !== fingerprint) throw tradingError("clientIdReused");
  return {
    ...row,
    command: commandSchema.parse(row.command),
    refusal: refusalSchema.nullable().parse(row.refusal),
    ticket: ticketSchema.nullable().parse(row.ticket),
  };
}

interface Given {
  session: SessionRecord;
  input: TranscriptInput;
}

/** Stores a turn with what follows from it. @returns also what is told of it */
async function understand(
  tx: Transaction,
  ctx: Context,
  { session, input }: Given,
): Promise<{ turn: Turn; entries: NewEntry[] }> {
  const at = ctx.now().toISOString();
  const [room, member] = [await findRoom(tx, session.roomId), await memberOf(tx, session)];
  if (!room || !member) throw tradingError("notJoined");
  const intentId = randomUUID();
  const about = { sessionId: session.id, at };
  const said = answered(parseCommand(input.text), { room, member });
  const effect = await effectOf(tx, ctx, { session, room, member, intentId, text: input.text, said });
  const turn: Turn = {
    ...{ id: intentId, fingerprint: fingerprintOf(input.text), command: said },
    ...{ refusal: effect.refusal, confirms: effect.confirms, ticket: effect.ticket },
    state: effect.ticket ? "draft" : null,
  };
  const isHeard = ctx.audio !== null && session.maySpeak && input.source === "speech";
  await store(tx, { session, input, turn, at, heardIn: isHeard ? session.roomId : null });
  const told = [
    voiceEntry(session, { type: "command", ...about, intentId, ...said }),
    ...effect.entries,
    ...(turn.ticket ? [voiceEntry(session, { type: "ticket", ...about, ticket: turn.ticket })] : []),
    ...(turn.refusal ? [voiceEntry(session, { type: "refused", ...about, intentId, refusal: turn.refusal })] : []),
  ];
  return { turn, entries: isHeard ? [...told, spokenEntry(session, { id: intentId, at, text: input.text })] : told };
}

/** What a speaker says is heard by everyone, and stands on the room's timeline. */
const spokenEntry = (session: SessionRecord, said: { id: string; at: string; text: string }): NewEntry =>
  roomEntry(session.roomId, { type: "spoke", ...shownTrader({ ...session, id: session.traderId }), ...said });

async function memberOf(tx: Transaction, { roomId, traderKey }: SessionRecord): Promise<MemberRecord | null> {
  return traderKey === null ? null : findMember(tx, roomId, { key: traderKey });
}

/** Questions with their answers. */
function answered(said: Command, { room, member }: { room: RoomRecord; member: MemberRecord }): Command {
  if (said.intent === "price") return { ...said, parameters: { price: formatPrice(priceOf(room.curve)) } };
  if (said.intent !== "balance") return said;
  return { ...said, parameters: { sol: String(member.sol), token: String(member.token) } };
}

interface Effect {
  refusal: Refusal | null;
  confirms: string | null;
  ticket: Ticket | null;
  entries: NewEntry[];
}

interface Understood {
  session: SessionRecord;
  room: RoomRecord;
  member: MemberRecord;
  intentId: string;
  text: string;
  said: Command;
}

async function effectOf(tx: Transaction, ctx: Context, given: Understood): Promise<Effect> {
  const { session, said } = given;
  const none: Effect = { refusal: null, confirms: null, ticket: null, entries: [] };
  const at = ctx.now().toISOString();
  if (said.intent === "cancel") return { ...none, entries: await cancelDrafts(tx, session, { reason: "said", at }) };
  if (said.confidence < ENOUGH) return none;
  if (said.intent === "confirm") {
    const meant = (await selectDrafts(tx, session.id, ctx.now())).find(({ code }) => code === said.parameters.code);
    return meant
      ? { ...none, confirms: meant.intentId }
      : { ...none, refusal: refusalOf(tradingError("voiceTicketNotFound")) };
  }
  const { intent, parameters } = said;
  if ((intent !== "buy" && intent !== "sell") || !parameters.amount) return none;
  try {
    const quoted = quoteSaid(given, { side: intent, amount: parameters.amount });
    const entries = await cancelDrafts(tx, session, { reason: "replaced", at });
    const place = { intentId: given.intentId, sessionId: session.id, now: ctx.now(), text: given.text };
    return { ...none, ticket: draftTicket(place, quoted), entries };
  } catch (error) {
    const expected = findDomainError(error);
    if (!expected) throw error;
    return { ...none, refusal: refusalOf(expected) };
  }
}

export const refusalOf = ({ key, message, params }: DomainError): Refusal => ({ key, message, params: { ...params } });

type Stored = Given & { turn: Turn; at: string; heardIn: string | null };

async function store(tx: Transaction, { session, input, turn, at, heardIn }: Stored): Promise<void> {
  const key = input.utteranceId === undefined ? randomUUID() : keyOf(input.utteranceId);
  const json = (value: object | null) => (value === null ? null : JSON.stringify(value));
  await tx.execute(sql`
    insert into voice_utterances (id, session_id, key, fingerprint, text, command, refusal, confirms, state, ticket, expires_at, heard_in,
      created_at)
    values (${turn.id}::uuid, ${session.id}::uuid, ${key}, ${turn.fingerprint}, ${input.text}, ${json(turn.command)}::jsonb,
      ${json(turn.refusal)}::jsonb, ${turn.confirms}::uuid, ${turn.state}, ${json(turn.ticket)}::jsonb,
      ${turn.ticket?.expiresAt ?? null}::timestamptz, ${heardIn}::uuid, ${at}::timestamptz)`);
  await tx.execute(sql`
    update voice_sessions set active_at = greatest(active_at, ${at}::timestamptz) where id = ${session.id}::uuid`);
}

/** Confirms what the turn confirms, as often as it comes with the same answer. */
async function conclude(ctx: Context, session: SessionRecord, turn: Turn): Promise<Heard> {
  const heard = {
    ...NOTHING,
    intentId: turn.id,
    command: turn.command,
    ticket: turn.ticket,
    state: turn.state,
    refusal: turn.refusal,
  };
  if (turn.confirms === null) return heard;
  try {
    const { ticket, sequence } = await confirmTicket(ctx, session.id, turn.confirms);
    return { ...heard, ticket, state: "confirmed", sequence };
  } catch (error) {
    const expected = findDomainError(error);
    if (!expected || expected.code === "UNAVAILABLE") throw error;
    return { ...heard, refusal: refusalOf(expected) };
  }
}
