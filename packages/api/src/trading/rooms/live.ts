import { identityOf } from "../../actor.ts";
import { isStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import type { LogView } from "../../realtime/view.ts";
import { tradingError } from "../errors.ts";
import { membershipTopic, roomTopic } from "../events.ts";
import type { MemberInput, RoomEvent, RoomState } from "../schema.ts";
import { viewedTrader } from "../traders.ts";
import { findOwnMember, getRoom, requireRoom } from "./state.ts";

/**
 * What happens in a room, for staff and for traders who joined it. A trader who follows it counts as connected.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for a trader who is not in the room, `NOT_FOUND`
 */
export async function followRoom(ctx: Context, input: MemberInput): Promise<LogView<RoomEvent, RoomState>> {
  const { roomId } = input;
  await requireRoom(ctx, roomId);
  const member = await findOwnMember(ctx, input);
  const isForStaff = isStaff(ctx.actor, "trading:read");
  if (!isForStaff && !member?.record.isMember) throw tradingError(member?.record.isRemoved ? "removed" : "notJoined");
  const me = identityOf(ctx.actor);
  const key = member ? (me ?? viewedTrader(ctx, input).key) : null;
  let isRemoved = false;
  return {
    kind: "log",
    topic: roomTopic.name(roomId),
    viewer: "reader",
    mayRead: (actor) =>
      roomTopic.mayRead(actor, roomId) &&
      (isForStaff ? isStaff(actor, "trading:read") : identityOf(actor) === me && !isRemoved),
    present: (payload) => payload as RoomEvent,
    snapshot: () => getRoom(ctx, input),
    entered() {
      const leave = key === null ? () => {} : ctx.presence.enter(key);
      const stop = ctx.bus.subscribeLatest(membershipTopic.name(roomId), (value) => {
        const change = membershipTopic.value.parse(value);
        if (change.key === key) isRemoved = change.isRemoved;
      });
      return () => {
        stop();
        leave();
      };
    },
  };
}
