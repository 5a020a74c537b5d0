import type { Client } from "@pult/api/client.ts";
import type { Broadcast, TargetState } from "@pult/api/notifications/broadcasts/schema.ts";
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

/** Where a broadcast goes and how, as it is sent and estimated. */
function broadcastOf(given: Given) {
  const named = given.list("thread").map((one) => wholeNumber(one, "--thread"));
  const languageCode = given.optional("language");
  if (languageCode !== undefined && !given.flag("customers")) throw new UsageError("--language goes with --customers");
  return {
    ...(named.length > 0 ? { threadIds: named } : {}),
    ...(given.flag("customers") ? { recipients: { customers: true as const, languageCode } } : {}),
    pin: !given.flag("no-pin"),
    unpinPrevious: given.flag("unpin-previous"),
    paid: given.flag("paid"),
    startsAt: given.optional("at"),
  };
}

const RECIPIENTS = { thread: TEXTS, customers: FLAG, language: TEXT } as const;
const WAYS = { "no-pin": FLAG, "unpin-previous": FLAG, paid: FLAG, at: TEXT } as const;

/** How far a broadcast has come: how many are in each state, and one line for each topic. */
const progressOf = ({ id, state, pauseReason, counts, targets }: Broadcast) => ({
  id,
  state,
  ...(pauseReason === null ? {} : { pauseReason }),
  counts,
  targets,
});

const changing = (name: "pause" | "cancel", summary: string): Command => ({
  name: `broadcasts ${name}`,
  summary,
  args: ["ID"],
  example: AN_ID,
  run: async ({ api }: { api: Client["api"] }, { args }) =>
    progressOf(await api.notifications.broadcasts[name].mutate({ id: args[0] ?? "" })),
});

export const NOTIFICATION_COMMANDS: readonly Command[] = [
  {
    name: "broadcast",
    summary:
      "sends a text into topics of the live group (default: the live topic) and pins it there, or to customers who subscribed",
    args: ["TEXT"],
    options: { ...RECIPIENTS, ...WAYS, "max-stars": TEXT, "client-id": TEXT },
    example: '"LIVE: Celtics -3.5" --thread 47',
    run: async ({ api }, given) =>
      progressOf(
        await api.notifications.broadcast.mutate({
          ...broadcastOf(given),
          text: given.args[0] ?? "",
          maxStars: optionalNumber(given, "max-stars"),
          clientId: given.optional("client-id"),
        }),
      ),
  },
  {
    name: "broadcasts estimate",
    summary: "what a broadcast would cost in calls, time and Stars; sends nothing",
    options: { ...RECIPIENTS, ...WAYS },
    example: "--customers --paid",
    run: ({ api }, given) => api.notifications.broadcasts.estimate.query(broadcastOf(given)),
  },
  {
    name: "pin",
    summary: "pins a message of the live group",
    args: ["MESSAGE_ID"],
    example: "12345",
    run: async ({ api }, { args }) =>
      progressOf(await api.notifications.pin.mutate({ messageId: wholeNumber(args[0], "MESSAGE_ID") })),
  },
  {
    name: "broadcasts show",
    summary: "how far a broadcast has come in each topic",
    args: ["ID"],
    example: AN_ID,
    run: async ({ api }, { args }) => progressOf(await api.notifications.broadcasts.get.query({ id: args[0] ?? "" })),
  },
  changing("pause", "sends nothing more of a broadcast for now"),
  {
    name: "broadcasts resume",
    summary: "goes on with a broadcast; --free: at the free speed from here on",
    args: ["ID"],
    options: { free: FLAG },
    example: AN_ID,
    run: async ({ api }, given) =>
      progressOf(
        await api.notifications.broadcasts.resume.mutate({
          id: given.args[0] ?? "",
          ...(given.flag("free") ? { paid: false as const } : {}),
        }),
      ),
  },
  changing("cancel", "gives up what was not sent of a broadcast"),
  {
    name: "broadcasts retry",
    summary: "sends again what failed, never what may have arrived; --no-pin: without pinning it",
    args: ["ID"],
    options: { "no-pin": FLAG },
    example: AN_ID,
    run: async ({ api }, given) =>
      progressOf(
        await api.notifications.broadcasts.retry.mutate({ id: given.args[0] ?? "", pin: !given.flag("no-pin") }),
      ),
  },
  {
    name: "broadcasts recipients",
    summary: "recipients of a broadcast, newest first (--before for the next page)",
    args: ["ID"],
    options: { state: TEXT, limit: TEXT, before: TEXT },
    example: `${AN_ID} --state failed`,
    run: ({ api }, given) =>
      api.notifications.broadcasts.targets.query({
        id: given.args[0] ?? "",
        state: given.optional("state") as TargetState | undefined,
        limit: optionalNumber(given, "limit"),
        before: optionalNumber(given, "before"),
      }),
  },
  {
    name: "broadcasts subscribers",
    summary: "how many customers get broadcasts, by language, and the link to subscribe",
    run: ({ api }) => api.notifications.broadcasts.subscribers.query(),
  },
  {
    name: "broadcasts name-topic",
    summary: "names a topic of the live group",
    args: ["THREAD_ID", "NAME"],
    example: '47 "News"',
    run: ({ api }, { args }) =>
      api.notifications.broadcasts.nameTopic.mutate({
        threadId: wholeNumber(args[0], "THREAD_ID"),
        name: args[1] ?? "",
      }),
  },
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
    summary: "delivers a stored event once more; put-aside instead of an id tries again what failed",
    args: ["EVENT_ID"],
    example: "42",
    run: ({ api }, { args: [which] }) =>
      api.notifications.events.replay.mutate(
        which === "put-aside" ? { putAside: true } : { eventId: wholeNumber(which, "EVENT_ID") },
      ),
  },
];
