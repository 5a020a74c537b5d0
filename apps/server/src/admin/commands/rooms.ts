import { ROOM_STATUSES } from "@pult/api/trading/schema.ts";
import {
  AN_ID,
  byId,
  type Command,
  type Given,
  oneOf,
  optionalNumber,
  required,
  TEXT,
  type Tools,
} from "../command.ts";

const MEMBER = { trader: TEXT, reason: TEXT };
const memberOf = (given: Given) => ({ roomId: given.args[0] ?? "", traderId: required(given, "trader") });

/** A command about a member of the room with this id. */
const byMember = (
  name: string,
  summary: string,
  run: (tools: Tools, given: Given, member: { roomId: string; traderId: string }) => Promise<object>,
): Command => ({
  name,
  summary,
  args: ["ROOM"],
  options: name === "rooms mute" ? { ...MEMBER, until: TEXT } : MEMBER,
  example: `${AN_ID} --trader ${AN_ID} --reason Advertising`,
  run: (tools, given) => run(tools, given, memberOf(given)),
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
  byMember(
    "rooms mute",
    "keeps a member from writing until a moment (--until), or lets them write again without it",
    ({ api }, given, member) =>
      api.trading.moderation.mute.mutate({
        ...member,
        until: given.optional("until") ?? null,
        reason: given.optional("reason") ?? null,
      }),
  ),
  byMember("rooms warn", "warns a member before everyone in the room", ({ api }, given, member) =>
    api.trading.moderation.warn.mutate({ ...member, reason: required(given, "reason") }),
  ),
  byMember("rooms remove", "takes a member out of the room, for good", ({ api }, given, member) =>
    api.trading.moderation.remove.mutate({ ...member, reason: given.optional("reason") ?? null }),
  ),
  byMember("rooms readmit", "lets a removed member come back", ({ api }, _given, member) =>
    api.trading.moderation.readmit.mutate(member),
  ),
];
