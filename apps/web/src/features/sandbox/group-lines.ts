import type { SandboxMessage, SandboxPhoto, SandboxTopic, SandboxUser, World } from "@pult/sandbox/control.ts";
import { appUserId } from "./phone-lines.ts";

/** What a line of the group is, read off the message itself. */
export type GroupMark = "card" | "viaBot" | "fromDashboard" | "internal";

export type GroupLine = {
  key: number;
  author: string;
  text: string;
  photos: SandboxPhoto[];
  mark: GroupMark | null;
  /** The message it shows; of an album, the first. */
  message: SandboxMessage;
};

/** A topic's list entry; `threadId` null is General. */
export type TopicEntry = {
  threadId: number | null;
  name: string;
  last: GroupLine | null;
  isClosed: boolean;
  /** Pinned lines, oldest first. */
  pinned: GroupLine[];
  /** Customers' messages, or broadcasts, since the last answer or look. */
  unread: number;
  /** Null where no card says whose topic it is. */
  channel: CardFacts["channel"] | null;
};

/** The channel and id that the product's card names in its second line. */
const CHANNELS = ["app", "telegram", "instagram"] as const;
export type CardFacts = { channel: (typeof CHANNELS)[number]; externalId: string };

const CARD = /^[^\n]+\n(\w+) · (.+)(?:\n|$)/;

export function readCard(message: SandboxMessage): CardFacts | null {
  const found = message.from.bot && !message.service ? CARD.exec(message.text) : null;
  const channel = CHANNELS.find((one) => one === found?.[1]);
  return channel === undefined || found?.[2] === undefined ? null : { channel, externalId: found[2] };
}

type Knowledge = { topicName: string | null; staffNames: readonly string[]; isLive: boolean };
type Reading = Pick<GroupLine, "author" | "text" | "mark">;

/**
 * Everything the product says comes from the bot. An agent's text from the dashboard begins with the agent's name, a customer's with nothing; words
 * in front that are no agent's name are left to the bot.
 */
function readBotMessage({ from, text }: SandboxMessage, { topicName, staffNames }: Knowledge): Reading {
  for (const name of staffNames) {
    if (text === name) return { author: name, text: "", mark: "fromDashboard" };
    if (text.startsWith(`${name}: `)) return { author: name, text: text.slice(name.length + 2), mark: "fromDashboard" };
  }
  const isAmbiguous = topicName === null || /^[^\n:]{1,64}: /.test(text);
  return { author: isAmbiguous ? from.name : topicName, text, mark: "viaBot" };
}

function readMessage(message: SandboxMessage, knowledge: Knowledge): Reading {
  const { from, text } = message;
  if (!from.bot) return { author: from.name, text, mark: text.trimStart().startsWith("//") ? "internal" : null };
  if (knowledge.isLive) return { author: from.name, text, mark: null };
  if (readCard(message)) return { author: from.name, text, mark: "card" };
  return readBotMessage(message, knowledge);
}

/** Which of the two groups is meant. */
export const GROUPS = ["support", "live"] as const;
export type GroupKind = (typeof GROUPS)[number];
type Place = { kind: GroupKind; threadId: number | null };

export const groupOf = ({ group, liveGroup }: World, kind: GroupKind) => (kind === "live" ? liveGroup : group);

/** The lines of one topic, oldest first; an album is one line. */
export function groupLines(world: World, { kind, threadId }: Place): GroupLine[] {
  const { users } = world;
  const group = groupOf(world, kind);
  const topicName = group.topics.find((topic) => topic.threadId === threadId)?.name ?? null;
  const knowledge = {
    topicName,
    staffNames: users.filter((user) => user.staff).map((user) => user.name),
    isLive: kind === "live",
  };
  const lines: GroupLine[] = [];
  for (const message of group.messages) {
    if (message.threadId !== threadId) continue;
    const above = lines.at(-1);
    const photos = message.photo ? [message.photo] : [];
    if (above && message.mediaGroupId !== null && above.message.mediaGroupId === message.mediaGroupId) {
      above.photos.push(...photos);
    } else {
      lines.push({ key: message.messageId, ...readMessage(message, knowledge), photos, message });
    }
  }
  return lines;
}

const isAnswer = ({ mark, message }: GroupLine) => !message.service && (mark === null || mark === "fromDashboard");
const isFromCustomer = ({ mark, message, author }: GroupLine) =>
  !message.service && mark === "viaBot" && author !== message.from.name;

type ListedTopic = Pick<SandboxTopic, "name" | "isClosed"> & { threadId: number | null };

function toEntry(world: World, { kind, topic }: { kind: GroupKind; topic: ListedTopic }, seenId: number): TopicEntry {
  const lines = groupLines(world, { kind, threadId: topic.threadId });
  const isNews = kind === "live" ? ({ message }: GroupLine) => message.from.bot && !message.service : isFromCustomer;
  const answered = kind === "live" ? 0 : (lines.findLast(isAnswer)?.key ?? 0);
  const from = Math.max(answered, seenId);
  return {
    threadId: topic.threadId,
    name: topic.name,
    channel: lines.map((line) => readCard(line.message)).find((card) => card !== null)?.channel ?? null,
    last: lines.findLast((line) => !line.message.service) ?? null,
    isClosed: topic.isClosed,
    pinned: lines.filter((line) => line.message.pinned),
    unread: lines.filter((line) => isNews(line) && line.key > from).length,
  };
}

/** Topics with the latest news first. `seen` holds the newest message looked at by topic. */
export function topicEntries(
  world: World,
  { kind, generalName }: { kind: GroupKind; generalName: string },
  seen: ReadonlyMap<number | null, number>,
): TopicEntry[] {
  const group = groupOf(world, kind);
  const hasGeneral = group.messages.some(({ threadId, service }) => threadId === null && !service);
  const general = { threadId: null, name: generalName, isClosed: false };
  // Without messages the live group keeps its own order, and customers' topics the newest first.
  const newestOf = ({ last, threadId }: TopicEntry) => last?.key ?? (kind === "live" ? 0 : (threadId ?? 0));
  return [...group.topics, ...(hasGeneral || kind === "live" ? [general] : [])]
    .map((topic) => toEntry(world, { kind, topic }, seen.get(topic.threadId) ?? 0))
    .sort((a, b) => newestOf(b) - newestOf(a));
}

/** The customer's topic, by what its card says. */
export function findTopicOf(world: World, facts: CardFacts): number | null {
  const card = world.group.messages.findLast((message) => {
    const found = readCard(message);
    return found?.channel === facts.channel && found.externalId === facts.externalId;
  });
  const threadId = card?.threadId ?? null;
  return world.group.topics.some((topic) => topic.threadId === threadId) ? threadId : null;
}

export const STEPS = ["wrote", "arrived", "replied", "pushed", "commented", "broadcast"] as const;
export type Step = (typeof STEPS)[number];

/** How far this customer's message has come, by what really exists. `wroteInApp`: the customer's app has sent something. */
export function reachedSteps(world: World, customer: SandboxUser, wroteInApp: boolean): ReadonlySet<Step> {
  const appId = appUserId(customer);
  const topics = [
    findTopicOf(world, { channel: "app", externalId: appId }),
    findTopicOf(world, { channel: "telegram", externalId: String(customer.id) }),
  ];
  const lines = topics.flatMap((threadId) =>
    threadId === null ? [] : groupLines(world, { kind: "support", threadId }),
  );
  const spoken = lines.filter(({ message }) => !message.service);
  const chat = world.privateChats.find((one) => one.userId === customer.id);
  const wroteInTelegram = chat?.messages.some(({ from, text }) => !from.bot && !text.startsWith("/")) ?? false;
  const hasArrived = spoken.some((line) => line.mark === "viaBot");
  const isTheirs = ({ userId }: { userId: string }) => userId === appId || userId === String(customer.id);
  const devices = new Set(world.devices.filter(isTheirs).map((device) => device.id));
  const reached = new Set<Step>();
  if (wroteInApp || wroteInTelegram || hasArrived) reached.add("wrote");
  if (hasArrived) reached.add("arrived");
  if (spoken.some((line) => line.mark === null || line.mark === "fromDashboard")) reached.add("replied");
  if (world.pushes.some((push) => push.status < 300 && devices.has(push.deviceId))) reached.add("pushed");
  if (world.instagram.comments.length > 0) reached.add("commented");
  if (world.liveGroup.messages.some(({ from, pinned }) => from.bot && pinned)) reached.add("broadcast");
  return reached;
}
