import { appendToLogs, publishAppended } from "@pult/api/realtime/log.ts";
import { streamLatest, streamLog } from "@pult/api/realtime/stream.ts";
import { publicProcedure, router } from "@pult/api/trpc.ts";
import { z } from "zod";
import { createTrpcGateway } from "../../apps/server/src/gateways/trpc/gateway.ts";
import { openApp, serve } from "../product.ts";
import { type Numbered, preciseNow, TOPICS, type TopicName } from "./topics.ts";

/**
 * The product's server with three topics beside its own, for customers who have shown who they are. Publishes by a timetable: what is late
 * is sent late, with the time at which it was due.
 */
type Order = { do: "publish"; startAt: number } | { do: "stop" } | { do: "figures" };

const nameOf = (topic: TopicName): string => `bench.${topic}:1`;
const isCustomer = (actor: { kind: string }): boolean => actor.kind === "customer";
const latest = (topic: TopicName) =>
  publicProcedure.subscription(({ ctx, signal }) =>
    streamLatest<Numbered>(
      ctx,
      { kind: "latest", topic: nameOf(topic), mayRead: isCustomer, reader: null },
      { signal },
    ),
  );

const socketRouter = router({
  status: latest("status"),
  price: latest("price"),
  messages: publicProcedure
    .input(z.object({ lastEventId: z.string().nullish() }).prefault({}))
    .subscription(({ ctx, input, signal }) =>
      streamLog(
        ctx,
        {
          kind: "log",
          topic: nameOf("messages"),
          viewer: "customer",
          mayRead: isCustomer,
          present: (payload) => payload as Numbered,
          snapshot: async () => null,
        },
        { ...input, signal },
      ),
    ),
});

const app = await openApp(process.env);
const timers = new Map<TopicName, NodeJS.Timeout>();
process.send?.({ port: await serve(app, (services) => [createTrpcGateway(services, socketRouter)]) });
process.on("message", (order: Order) => obey(order));
process.once("disconnect", () => process.exit(0));

function obey(order: Order): void {
  if (order.do === "publish") {
    for (const topic of Object.keys(TOPICS) as TopicName[]) schedule(topic, { seq: 1, at: order.startAt });
    process.send?.({ publishing: true });
  } else if (order.do === "stop") {
    for (const timer of timers.values()) clearTimeout(timer);
    process.send?.({ stopped: true });
  } else {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system, rss: process.memoryUsage().rss, reads: app.deps.feeds.reads });
  }
}

function schedule(topic: TopicName, next: Numbered): void {
  const timer = setTimeout(
    () => {
      publish(topic, next).catch((error) => app.log.error({ err: error }, "Publishing failed"));
      schedule(topic, { seq: next.seq + 1, at: next.at + TOPICS[topic].everyMs });
    },
    Math.max(0, next.at - preciseNow()),
  );
  timers.set(topic, timer);
}

async function publish(topic: TopicName, event: Numbered): Promise<void> {
  const { bus, db } = app.deps;
  if (TOPICS[topic].kind === "latest") bus.publishLatest(nameOf(topic), event);
  else publishAppended(bus, await db.transaction((tx) => appendToLogs(tx, [{ topic: nameOf(topic), payload: event }])));
}
