import { ROOM_STATUSES } from "@pult/api/trading/schema.ts";
import {
  AN_ID,
  byId,
  type Command,
  FLAG,
  type Given,
  oneOf,
  optionalNumber,
  required,
  TEXT,
  type Tools,
} from "../command.ts";

type MemberCommand = Pick<Command, "name" | "summary" | "options"> & {
  run(tools: Tools, given: Given, member: { roomId: string; traderId: string }): Promise<object>;
};

/** A command about a member of the room with this id. */
const byMember = ({ name, summary, options = {}, run }: MemberCommand): Command => ({
  name,
  summary,
  args: ["ROOM"],
  options: { trader: TEXT, ...options },
  example: `${AN_ID} --trader ${AN_ID}${options.reason ? " --reason Advertising" : ""}`,
  run: (tools, given) => run(tools, given, { roomId: given.args[0] ?? "", traderId: required(given, "trader") }),
});

export const ROOM_COMMANDS: readonly Command[] = [
  {
    name: "rooms list",
    summary: `a page of trading rooms, newest first (--status ${ROOM_STATUSES.join(" | ")}; --cursor for the next)`,
    options: { status: TEXT, limit: TEXT, cursor: TEXT },
    example: "--status open",
    run({ api }, given) {
      const status = given.optional("status");
      return api.trading.rooms.list.query({
        ...(status === undefined ? {} : { status: oneOf(status, ROOM_STATUSES, "--status") }),
        limit: optionalNumber(given, "limit"),
        cursor: given.optional("cursor"),
      });
    },
  },
  {
    name: "rooms create",
    summary: "opens a trading room with a token of its own (--fee in basis points, 100 by default)",
    options: { name: TEXT, fee: TEXT, "client-id": TEXT },
    example: "--name Friday",
    run: ({ api }, given) =>
      api.trading.rooms.create.mutate({
        name: required(given, "name"),
        feeBps: optionalNumber(given, "fee"),
        clientId: given.optional("client-id"),
      }),
  },
  byId("rooms close", "ends trade and talk in a room; balances stay", ({ api }, roomId) =>
    api.trading.rooms.close.mutate({ roomId }),
  ),
  byId("rooms verify", "replays a room from its ledger and lists what differs", ({ api }, roomId) =>
    api.trading.rooms.verify.query({ roomId }),
  ),
  byMember({
    name: "rooms mute",
    summary: "keeps a member from writing until a moment (--until), or lets them write again without it",
    options: { until: TEXT, reason: TEXT },
    run: ({ api }, given, member) =>
      api.trading.moderation.mute.mutate({
        ...member,
        until: given.optional("until") ?? null,
        reason: given.optional("reason") ?? null,
      }),
  }),
  byMember({
    name: "rooms warn",
    summary: "warns a member before everyone in the room",
    options: { reason: TEXT },
    run: ({ api }, given, member) =>
      api.trading.moderation.warn.mutate({ ...member, reason: required(given, "reason") }),
  }),
  byMember({
    name: "rooms remove",
    summary: "takes a member out of the room, for good",
    options: { reason: TEXT },
    run: ({ api }, given, member) =>
      api.trading.moderation.remove.mutate({ ...member, reason: given.optional("reason") ?? null }),
  }),
  byMember({
    name: "rooms readmit",
    summary: "lets a removed member come back",
    run: ({ api }, _given, member) => api.trading.moderation.readmit.mutate(member),
  }),
  byMember({
    name: "rooms speaker",
    summary: "lets a member speak in the room's audio, or with --off no longer",
    options: { off: FLAG },
    run: ({ api }, given, member) =>
      api.trading.moderation.setSpeaker.mutate({ ...member, isSpeaker: !given.flag("off") }),
  }),
];
