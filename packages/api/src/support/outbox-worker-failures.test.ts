import type { Database } from "@pult/db/database.ts";
import { expect, it, vi } from "vitest";
import { serveCustomer } from "../testing/served-customer.ts";
import { waitFor } from "../testing/telegram-desk.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { startOutboxWorker } from "./outbox-worker.ts";

describeOnDatabases(
  "The outbox worker, when something of our own breaks,",
  (world) => {
    const start = () => serveCustomer(world.deps);

    it("puts the row off with a growing wait instead of spinning, and delivers it afterwards", async () => {
      const { deliver, bot, reply, texts } = await start();
      await deliver();
      const send = bot.sendText;
      let broken = 0;
      bot.sendText = async () => {
        broken += 1;
        throw new TypeError("a mistake of ours");
      };
      await reply("1");
      await deliver();
      // The group's lane and the customer's.
      expect(broken).toBe(2);
      expect(world.deps.log.takeErrors("failed")).toHaveLength(2);
      bot.sendText = send;
      world.deps.clock.advance(60_000);
      await deliver();
      expect(texts()).toEqual(["1"]);
    });

    it("gives up the row that breaks it 8 times, and delivers what stands behind it", async () => {
      const { deliver, legsOf, bot, group, reply, texts } = await start();
      await deliver();
      const { sendText } = bot;
      bot.sendText = (message) => {
        if (message.text.includes("poison")) throw new TypeError("a mistake of ours");
        return sendText.call(bot, message);
      };
      const { id } = await reply("poison");
      await reply("2");
      const worker = startOutboxWorker({ ...world.deps, bot, group });
      await waitFor(async () => {
        world.deps.clock.advance(60_000);
        world.deps.bus.publishLatest("support.outbox:due", null);
        return texts().length > 0 && (await legsOf(id)).every((one) => one.state !== "pending");
      });
      await worker.stop();
      expect(texts()).toEqual(["2"]);
      expect((await legsOf(id))[1]).toMatchObject({ leg: "telegram", state: "failed", reason: "Internal error" });
      expect(world.deps.log.takeErrors("failed")).toHaveLength(16);
    });

    it("goes on by itself after the database could not be read", async () => {
      const { bot, group, reply, texts } = await start();
      await reply("1");
      let failures = 0;
      const db: Database = new Proxy(world.deps.db, {
        get(target, name) {
          if (name === "execute" && failures < 1) {
            failures += 1;
            return () => Promise.reject(new Error("the database is away"));
          }
          return Reflect.get(target, name, target);
        },
      });
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const worker = startOutboxWorker({ ...world.deps, db, bot, group });
      try {
        await waitFor(() => world.deps.log.takeErrors("could not be read").length > 0);
        await waitFor(async () => {
          await vi.advanceTimersByTimeAsync(1_000);
          return texts().length === 1;
        });
      } finally {
        await worker.stop();
        vi.useRealTimers();
      }
      expect(failures).toBe(1);
    });
  },
  { legs: { group: true, telegram: true } },
);
