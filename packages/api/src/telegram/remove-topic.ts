import { z } from "zod";
import type { OutboxHandler, OutboxItem } from "../outbox/outbox.ts";
import { why } from "../outbox/why.ts";
import { BotError } from "./bot.ts";
import { botLease, chatBuckets } from "./telegram.ts";
import { verdictOf } from "./verdict.ts";

const payload = z.object({ chatId: z.number().int(), threadId: z.number().int() });
type Payload = z.infer<typeof payload>;

/** A topic that is to go, with every message in it. */
export const topicRemoval = (
  topic: Payload,
  { queue, lease, dueAt }: Pick<OutboxItem, "queue" | "lease" | "dueAt">,
): OutboxItem<Payload> => ({
  queue,
  kind: "telegram.removeTopic",
  lease,
  priority: "normal",
  dueAt,
  payload: topic,
  subject: `telegram.topic:${topic.chatId}:${topic.threadId}`,
  personId: null,
  route: "group",
});

export const removeTopic: OutboxHandler<Payload> = {
  schema: payload,
  lease: ({ telegram }) => botLease(telegram?.botId ?? 0),
  buckets: ({ telegram }, { chatId }) => (telegram ? chatBuckets(telegram, chatId) : []),
  async deliver({ telegram }, { payload: { chatId, threadId }, attempts }) {
    if (!telegram) return { state: "failed", ...why("noBot") };
    try {
      await telegram.bot.removeTopic(chatId, threadId);
      return { state: "done" };
    } catch (error) {
      if (!(error instanceof BotError)) throw error;
      if (error.failure === "topicMissing") return { state: "done" };
      // `migrated` fails: topics belong to supergroups, which become nothing else.
      return verdictOf(error, attempts);
    }
  },
  settled: async () => [],
};
