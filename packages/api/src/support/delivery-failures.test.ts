import { expect, it, vi } from "vitest";
import { publishDue } from "../outbox/outbox.ts";
import { intercept } from "../testing/intercept.ts";
import { serveCustomer } from "../testing/served-customer.ts";
import { startTestOutbox, waitFor } from "../testing/telegram-desk.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

describeOnDatabases("The delivery of messages, when something of our own breaks,", { telegram: true }, (world) => {
  const start = () => serveCustomer(world.deps);

  it("puts the item off with a growing wait instead of spinning, and delivers it afterwards", async () => {
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
    // The group's queue and the customer's.
    expect(broken).toBe(2);
    expect(world.deps.log.takeErrors("failed")).toHaveLength(2);
    bot.sendText = send;
    world.deps.clock.advance(60_000);
    await deliver();
    expect(texts()).toEqual(["1"]);
  });

  it("gives up the item that breaks it 8 times, and delivers what stands behind it", async () => {
    const { deliver, deliveriesOf, bot, reply, texts } = await start();
    await deliver();
    const { sendText } = bot;
    bot.sendText = (message) => {
      if (message.text.includes("poison")) throw new TypeError("a mistake of ours");
      return sendText.call(bot, message);
    };
    const { id } = await reply("poison");
    await reply("2");
    const worker = startTestOutbox(world.deps);
    await waitFor(async () => {
      world.deps.clock.advance(60_000);
      publishDue(world.deps.bus);
      return texts().length > 0 && (await deliveriesOf(id)).every((one) => one.state !== "pending");
    });
    await worker.stop();
    expect(texts()).toEqual(["2"]);
    expect((await deliveriesOf(id))[1]).toMatchObject({ leg: "telegram", state: "failed", reason: "Internal error" });
    expect(world.deps.log.takeErrors("failed")).toHaveLength(16);
  });

  it("goes on by itself after the database could not be read", async () => {
    const { reply, texts } = await start();
    await reply("1");
    let failures = 0;
    const db = intercept(world.deps.db, "execute", (run) =>
      failures++ === 0 ? Promise.reject(new Error("the database is away")) : run(),
    );
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const worker = startTestOutbox(world.deps, { deps: { ...world.deps, db } });
    try {
      await waitFor(() => world.deps.log.takeErrors("Failed to read the outbox").length > 0);
      await waitFor(async () => {
        await vi.advanceTimersByTimeAsync(1_000);
        return texts().length === 1;
      });
    } finally {
      await worker.stop();
      vi.useRealTimers();
    }
  });
});
