import type { Client } from "@pult/api/client.ts";
import type { Broadcast } from "@pult/api/notifications/schema.ts";
import {
  AN_ID,
  type Command,
  FLAG,
  type Given,
  optionalNumber,
  required,
  TEXT,
  TEXTS,
  UsageError,
  wholeNumber,
} from "../command.ts";

function numberOf(given: Given, option: string): number {
  const number = Number(required(given, option));
  if (Number.isNaN(number)) throw new UsageError(`--${option} must be a number`);
  return number;
}

const threadIds = (given: Given): { threadIds?: number[] } => {
  const named = given.list("thread").map((one) => wholeNumber(one, "--thread"));
  return named.length > 0 ? { threadIds: named } : {};
};

/** How far a broadcast has come, one line for each topic. */
const inTopics = ({ id, state, targets }: Broadcast) => ({ id, state, targets });

const changing = (name: "pause" | "resume" | "cancel", summary: string): Command => ({
  name: `broadcasts ${name}`,
  summary,
  args: ["ID"],
  example: AN_ID,
  run: async ({ api }: { api: Client["api"] }, { args }) =>
    inTopics(await api.notifications.broadcasts[name].mutate({ id: args[0] ?? "" })),
});

export const NOTIFICATION_COMMANDS: readonly Command[] = [
  {
    name: "broadcast",
    summary: "sends a text into topics of the live group (default: the live topic) and pins it there",
    args: ["TEXT"],
    options: { thread: TEXTS, "no-pin": FLAG, "unpin-previous": FLAG, at: TEXT, "client-id": TEXT },
    example: '"LIVE: Celtics -3.5" --thread 47',
    run: async ({ api }, given) =>
      inTopics(
        await api.notifications.broadcast.mutate({
          text: given.args[0] ?? "",
          ...threadIds(given),
          pin: !given.flag("no-pin"),
          unpinPrevious: given.flag("unpin-previous"),
          startsAt: given.optional("at"),
          clientId: given.optional("client-id"),
        }),
      ),
  },
  {
    name: "pin",
    summary: "pins a message of the live group",
    args: ["MESSAGE_ID"],
    example: "12345",
    run: async ({ api }, { args }) =>
      inTopics(await api.notifications.pin.mutate({ messageId: wholeNumber(args[0], "MESSAGE_ID") })),
  },
  {
    name: "broadcasts show",
    summary: "how far a broadcast has come in each topic",
    args: ["ID"],
    example: AN_ID,
    run: async ({ api }, { args }) => inTopics(await api.notifications.broadcasts.get.query({ id: args[0] ?? "" })),
  },
  changing("pause", "sends nothing more of a broadcast for now"),
  changing("resume", "goes on with a broadcast"),
  changing("cancel", "gives up what was not sent of a broadcast"),
  {
    name: "live-alerts publish",
    summary: "tells everyone who is connected of a live opportunity",
    options: {
      type: TEXT,
      name: TEXT,
      market: TEXT,
      sport: TEXT,
      confidence: TEXT,
      ev: TEXT,
      expires: TEXT,
      stake: TEXT,
    },
    example:
      '--type halftime-ghost --name "LAL vs GSW - Under 112.5 2H" --market NBA29381 --sport basketball --confidence 0.94 --ev 8.7 --expires 2030-01-01T20:00:00Z',
    run: ({ api }, given) =>
      api.notifications.liveAlerts.publish.mutate({
        type: required(given, "type"),
        name: required(given, "name"),
        marketId: required(given, "market"),
        sport: required(given, "sport"),
        confidence: numberOf(given, "confidence"),
        ev: numberOf(given, "ev"),
        expiresAt: required(given, "expires"),
        stake: given.optional("stake"),
      }),
  },
  {
    name: "live-alerts settle",
    summary: "notes what a live alert came to",
    args: ["ID"],
    options: { profit: TEXT },
    example: "1 --profit -12.50",
    run: ({ api }, given) =>
      api.notifications.liveAlerts.settle.mutate({ id: given.args[0] ?? "", profit: required(given, "profit") }),
  },
  {
    name: "events list",
    summary: "what happened on Instagram, newest first (--before for the next page)",
    options: { limit: TEXT, before: TEXT },
    example: "--limit 20",
    run: ({ api }, given) =>
      api.notifications.events.list.query({
        limit: optionalNumber(given, "limit"),
        before: optionalNumber(given, "before"),
      }),
  },
  {
    name: "events replay",
    summary: "delivers a stored event once more",
    args: ["EVENT_ID"],
    example: "42",
    run: ({ api }, { args }) => api.notifications.events.replay.mutate({ eventId: wholeNumber(args[0], "EVENT_ID") }),
  },
];
