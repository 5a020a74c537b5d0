import { telegramAssociations, telegramChats, telegramHistory } from "@pult/db/schema/chats.ts";
import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { type Agent, makeAgent } from "../../testing/factories.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { storeAccount } from "../../testing/workflows.ts";
import type { Filter } from "../schema.ts";

describeOnBothDatabases("Contacts by their newest message", (world) => {
  let agent: Agent;
  let stores: string[];
  beforeEach(async () => {
    agent = await makeAgent(world.deps);
    const accounts = [1, 2].map(() => storeAccount(world.deps, `agent:${agent.personId}`));
    stores = (await Promise.all(accounts)).map(({ storeId }) => storeId);
  });

  const contacts = () => world.as(agent).chats.contacts;
  const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute));

  /** A chat in one of the accounts with messages `[minute, whether it is an own one]`. */
  async function storeChat(account: number, chatId: number, messages: [minute: number, isOutgoing: boolean][]) {
    const storeId = stores[account] ?? "";
    await world.deps.db.insert(telegramChats).values({
      ...{ id: `${storeId}/${chatId}`, storeId, chatId, type: "private", title: String(chatId), hasDialog: true },
      ...{ createdAt: at(0), updatedAt: at(0) },
    });
    await world.deps.db.insert(telegramHistory).values(
      messages.map(([minute, isOutgoing]) => ({
        storeId,
        chatId,
        id: minute,
        text: "",
        date: at(minute),
        isOutgoing,
      })),
    );
    return { storeId, chatId };
  }

  async function readAll(descending: boolean, filters: Filter[] = []): Promise<string[]> {
    const names: string[] = [];
    for (let offsetId: string | null | undefined; offsetId !== null; ) {
      const sort = { field: "lastContactAt", descending };
      const page = await contacts().list({ sort, filters, limit: 2, ...(offsetId ? { offsetId } : {}) });
      names.push(...page.items.map(({ name }) => name));
      offsetId = page.nextOffsetId;
      if (offsetId === null) expect(page.totalCount).toBe(names.length);
    }
    return names;
  }

  it("come page by page over several accounts and tied chats, once each, those without one last", async () => {
    const create = (name: string, telegramUserId?: string) =>
      contacts().create({ name, ...(telegramUserId ? { telegramUserId } : {}) });
    const tied = await create("tied");
    for (const [name, id] of [
      ["both", "21"],
      ["early", "22"],
      ["same", "23"],
      ["late", "24"],
    ] as const)
      await create(name, id);
    await create("silent");
    await create("of others", "25");
    await storeChat(0, 21, [[10, false]]);
    await storeChat(1, 21, [[30, true]]);
    await storeChat(0, 22, [
      [5, true],
      [6, false],
    ]);
    await storeChat(1, 23, [[30, false]]);
    await storeChat(1, 24, [[50, false]]);
    const chat = await storeChat(0, 99, [[40, false]]);
    await world.deps.db.insert(telegramAssociations).values({
      ...{ ...chat, entityType: "contact", entityId: tied.id, createdBy: "x", createdAt: at(0), updatedAt: at(0) },
    });
    const stranger = await storeAccount(world.deps, "agent:00000000-0000-4000-8000-000000000009");
    stores.push(stranger.storeId);
    await storeChat(2, 25, [[59, false]]);
    const down = await readAll(true);
    expect([down.slice(0, 2), new Set(down.slice(2, 4)), down[4]]).toEqual([
      ["late", "tied"],
      new Set(["both", "same"]),
      "early",
    ]);
    expect(down.slice(5).toSorted()).toEqual(["of others", "silent"]);
    expect((await readAll(false)).slice(0, 5)).toEqual(down.slice(0, 5).toReversed());
    const waiting: Filter[] = [{ field: "unanswered", operator: "is", value: true }];
    expect(await readAll(true, waiting)).toEqual(["late", "tied", "same", "early"]);
    const answered: Filter[] = [{ field: "unanswered", operator: "is", value: false }];
    expect((await readAll(true, answered))[0]).toBe("both");
    expect((await contacts().list({ filters: waiting })).items.map(({ name }) => name)).toEqual([
      "early",
      "late",
      "same",
      "tied",
    ]);
    // What is deleted counts no more, and service messages never did.
    await world.deps.db.execute(sql`delete from telegram_history where chat_id = 22 and id = 6`);
    await world.deps.db.insert(telegramHistory).values({
      ...{ storeId: stores[0] ?? "", chatId: 22, id: 55, text: "", date: at(55), isOutgoing: false, isService: true },
    });
    expect(await readAll(true, waiting)).toEqual(["late", "tied", "same"]);
    expect((await readAll(true))[4]).toBe("early");
  });
});
