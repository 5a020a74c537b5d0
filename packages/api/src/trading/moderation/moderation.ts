import type { Transaction } from "@pult/db/database.ts";
import { countChanged, rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import type { AuditAction } from "../../auth/audit/schema.ts";
import { recordAudit } from "../../auth/audit.ts";
import { publishRightsChanged } from "../../auth/events.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Namespace } from "../../auth/schema.ts";
import type { Context } from "../../context.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { findPersonId } from "../../people/identities.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import { tradingError } from "../errors.ts";
import { membershipTopic, roomEntry } from "../events.ts";
import { lockRooms } from "../rooms/rows.ts";
import type { RoomEvent } from "../schema.ts";
import { holdTraders, type KnownTrader, shownTrader } from "../traders.ts";
import { oweRight } from "../voice/rights.ts";
import type { SpeakerInput } from "../voice/schema.ts";
import type { MuteInput, ReadmitInput, RemoveInput, WarnInput } from "./schema.ts";

interface Change {
  action: AuditAction;
  /** What changes on the member's row; null for nothing. */
  set: SQL | null;
  /** Where it changes something: elsewhere the act has no effect. Default: always. */
  where?: SQL;
  /** What the room is told. */
  told(member: ReturnType<typeof shownTrader> & { at: string }): RoomEvent;
  details?: object;
  /** When it ends by itself. */
  until?: Date | null;
}

/**
 * Keeps a member from writing until a moment, or lets them write again.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `VALIDATION` for a moment in the past
 */
export async function muteMember(ctx: Context, input: MuteInput): Promise<void> {
  requireStaff(ctx.actor, "trading:write");
  const until = input.until === null ? null : new Date(input.until);
  if (until && until <= ctx.now()) throw tradingError("muteInPast");
  const iso = until?.toISOString() ?? null;
  await moderate(ctx, input, {
    action: "rooms.memberMuted",
    set: sql`muted_until = ${iso}::timestamptz`,
    told: (about) => ({ type: "muted", ...about, until: iso, reason: input.reason }),
    details: { until: iso },
    until,
  });
}

/** Warns a member before everyone. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function warnMember(ctx: Context, input: WarnInput): Promise<void> {
  await moderate(ctx, input, {
    action: "rooms.memberWarned",
    set: null,
    told: (about) => ({ type: "warned", ...about, reason: input.reason }),
  });
}

/** Takes a member out of the room, which they cannot enter again; what they have there stays theirs. A repeat changes nothing. @throws DomainError as `warnMember` */
export async function removeMember(ctx: Context, input: RemoveInput): Promise<void> {
  const member = await moderate(ctx, input, {
    action: "rooms.memberRemoved",
    set: sql`removed_at = ${ctx.now().toISOString()}::timestamptz, hand_raised_at = null`,
    where: sql`removed_at is null`,
    told: (about) => ({ type: "removed", ...about, reason: input.reason }),
  });
  await publishMembership(ctx, input.roomId, { member, isRemoved: true });
}

/** Lets a removed member come back; one who was not removed is left where they are. @throws DomainError as `warnMember` */
export async function readmitMember(ctx: Context, input: ReadmitInput): Promise<void> {
  const now = ctx.now().toISOString();
  const member = await moderate(ctx, input, {
    action: "rooms.memberReadmitted",
    // They join again by themselves.
    set: sql`removed_at = null, left_at = coalesce(left_at, ${now}::timestamptz)`,
    where: sql`removed_at is not null`,
    told: (about) => ({ type: "readmitted", ...about }),
  });
  await publishMembership(ctx, input.roomId, { member, isRemoved: false });
}

/** Lets a member speak in the room's audio, or no longer. A repeat changes nothing. @throws DomainError as `warnMember` */
export async function setSpeaker(ctx: Context, { isSpeaker, ...input }: SpeakerInput): Promise<void> {
  const now = ctx.now().toISOString();
  await moderate(ctx, input, {
    action: isSpeaker ? "rooms.speakerAdded" : "rooms.speakerRemoved",
    set: isSpeaker
      ? sql`speaker_since = coalesce(speaker_since, ${now}::timestamptz), hand_raised_at = null`
      : sql`speaker_since = null`,
    where: isSpeaker ? sql`(speaker_since is null or hand_raised_at is not null)` : sql`speaker_since is not null`,
    told: (about) => ({ type: isSpeaker ? "speakerAdded" : "speakerRemoved", ...about }),
  });
}

async function moderate(ctx: Context, { roomId, traderId }: ReadmitInput, change: Change): Promise<KnownTrader> {
  requireStaff(ctx.actor, "trading:write");
  const { member, appended } = await ctx.db.transaction(async (tx) => {
    if (!(await lockRooms(tx, [roomId])).has(roomId)) throw tradingError("roomNotFound");
    const member = await requireMemberById(tx, roomId, traderId);
    if (change.set) {
      const changed = await countChanged(
        tx,
        sql`update room_members set ${change.set}
          where room_id = ${roomId}::uuid and trader_id = ${traderId}::uuid and ${change.where ?? sql`true`}`,
      );
      if (changed === 0) return { member, appended: null };
      await oweRight(tx, ctx, { roomId, traderId, until: change.until ?? null });
    }
    const details = { roomId, ...change.details };
    await recordAudit(tx, ctx, { action: change.action, target: { kind: "trader", id: traderId }, details });
    const told = change.told({ ...shownTrader(member), at: ctx.now().toISOString() });
    return { member, appended: await appendToLogs(tx, [roomEntry(roomId, told)]) };
  });
  if (appended) {
    publishAppended(ctx.bus, appended);
    publishDue(ctx.bus);
  }
  return member;
}

async function requireMemberById(tx: Transaction, roomId: string, traderId: string): Promise<KnownTrader> {
  const trader = (await holdTraders(tx, [traderId])).get(traderId);
  const [member] = rowsOf(
    await tx.execute(sql`
      select 1 from room_members where room_id = ${roomId}::uuid and trader_id = ${traderId}::uuid`),
  );
  if (!trader || !member) throw tradingError("memberNotFound");
  return trader;
}

/** Ends what the member follows of the room: on sockets of people at once, on others when they are checked again. */
async function publishMembership(
  { db, bus }: Context,
  roomId: string,
  { member: { key }, isRemoved }: { member: KnownTrader; isRemoved: boolean },
): Promise<void> {
  if (key === null) return;
  bus.publishLatest(membershipTopic.name(roomId), { key, isRemoved });
  const at = key.indexOf(":");
  const [namespace, externalId] = [key.slice(0, at), key.slice(at + 1)];
  const personId =
    namespace === "agent" ? externalId : await findPersonId(db, { namespace: namespace as Namespace, externalId });
  if (personId !== null) publishRightsChanged(bus, personId);
}
