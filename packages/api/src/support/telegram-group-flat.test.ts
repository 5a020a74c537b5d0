import { describe, expect, it } from "vitest";
import { serveInGroup } from "../testing/served-customer.ts";
import { GROUP_ID } from "../testing/telegram-desk.ts";
import { inGroup, replyTo } from "../testing/telegram-json.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

const SUPPORT = { id: GROUP_ID, title: "Support", type: "supergroup" };

describeOnDatabases("A support group without topics", { telegram: true }, (world) => {
  const start = () => serveInGroup(world.deps, { forum: false });

  it("says above each message whose it is", async () => {
    const { bot, customer, shown, deliver } = await start();
    await world.writeAs(customer, { text: "x".repeat(5_000) });
    await deliver();
    expect(bot.topics).toEqual([]);
    const line = `Anna (telegram ${customer.externalId})\n`;
    expect(shown(GROUP_ID).map((message) => message.text.startsWith(line))).toEqual([true, true, true]);
    expect(
      shown(GROUP_ID)
        .slice(1)
        .map((message) => message.text.replace(line, ""))
        .join(""),
    ).toBe("x".repeat(5_000));
  });

  it("takes a reply to a customer's message for an answer, any part of it", async () => {
    const { customer, receive, shown, deliver, seen } = await start();
    await world.writeAs(customer, { text: "x".repeat(5_000) });
    await deliver();
    for (const copy of shown(GROUP_ID)) {
      await receive({ message: inGroup({ text: `to ${copy.messageId}`, ...replyTo(copy.messageId) }) });
    }
    expect((await seen()).slice(1)).toEqual(shown(GROUP_ID).map((copy) => `to ${copy.messageId}`));
  });

  it("keeps everything else to itself: what is no reply, and what replies to another agent", async () => {
    const { receive, shown, seen, conversationId, deliver } = await start();
    const [copy] = shown(GROUP_ID);
    const answer = inGroup({ text: "Answer", ...replyTo(copy?.messageId) });
    await receive({ message: answer });
    const agent = world.as(await world.makeAgent()).support;
    await agent.reply({ conversationId, text: "From the dashboard", clientId: "r" });
    await deliver();
    const own = shown(GROUP_ID).at(-1);
    await receive(
      { message: inGroup({ text: "lunch?" }) },
      { message: inGroup({ text: "well said", ...replyTo(Number(answer.message_id)) }) },
      { message: inGroup({ text: "hm", message_thread_id: own?.messageId, ...replyTo(own?.messageId) }) },
    );
    expect(await seen()).toEqual(["Answer", "From the dashboard"]);
  });

  it("asks again for topics after ten minutes", async () => {
    const { bot, customer, deliver } = await start();
    const asked = () => bot.calls.filter((call) => call.method === "createTopic").length;
    await world.writeAs(customer);
    await deliver();
    expect(asked()).toBe(1);
    world.deps.clock.advance(10 * 60_000);
    await world.writeAs(customer);
    await deliver();
    expect(asked()).toBe(2);
  });

  describe("that becomes a supergroup", () => {
    const moved = -1_009_999;

    it("by Telegram's refusal: everything mapped moves along, and the message arrives", async () => {
      const { bot, customer, deliver, shown, receive, seen } = await start();
      const [copy] = shown(GROUP_ID);
      bot.migrate(GROUP_ID, moved);
      await world.writeAs(customer, { text: "after" });
      await deliver();
      expect(shown(moved).map((message) => message.text.split("\n")[1])).toEqual(["after"]);
      const chat = { ...SUPPORT, id: moved };
      await receive({ message: inGroup({ chat, text: "Answer", ...replyTo(copy?.messageId) }) });
      expect(await seen()).toEqual(["after", "Answer"]);
    });

    it("by its own service message, and no other group's", async () => {
      const { forum, receive } = await start();
      const service = (chat: object) => ({ message: inGroup({ chat, migrate_to_chat_id: moved }) });
      await receive(service({ id: -77, type: "group", title: "Other" }));
      expect(await forum.chatId()).toBe(GROUP_ID);
      await receive(service({ ...SUPPORT, type: "group" }));
      expect(await forum.chatId()).toBe(moved);
    });
  });
});
