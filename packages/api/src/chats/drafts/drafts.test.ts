import { expect, it, vi } from "vitest";
import { makeAgent, refusal } from "../../testing/factories.ts";
import { readerOf } from "../../testing/reader.ts";
import { storeAccount } from "../../testing/stored-chats.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";

describeOnDatabases("Drafts of the team", (world) => {
  async function setUp() {
    const [anna, boris] = [await makeAgent(world.deps), await makeAgent(world.deps, { role: "Moderator" })];
    const account = await storeAccount(world.deps, `agent:${anna.personId}`);
    await account.addChat(5);
    await account.addChat(6);
    const chat = { accountId: account.accountId, chatId: "5" };
    const api = (who: typeof anna, signal?: AbortSignal) => world.as(who, signal).chats;
    return { anna, boris, chat, api, accountId: account.accountId };
  }

  it("keeps both when two pages of one agent write, and one of each agent", async () => {
    const { anna, boris, chat, api, accountId } = await setUp();
    await api(anna).accounts.share({ accountId, memberId: boris.personId, access: "write" });
    const first = await api(anna).drafts.save({ ...chat, text: "From one page", revision: 0 });
    expect(first).toMatchObject({ isSaved: true, draft: { revision: 1, authorName: anna.name } });
    const other = await api(anna).drafts.save({ ...chat, text: "From another", revision: 0 });
    expect(other).toMatchObject({ isSaved: false, draft: { text: "From one page", revision: 1 } });
    // A repeat whose answer was lost.
    expect(await api(anna).drafts.save({ ...chat, text: "From one page", revision: 0 })).toMatchObject({
      isSaved: true,
    });
    const merged = await api(anna).drafts.save({ ...chat, text: "From both", revision: 1 });
    expect(merged.draft.revision).toBe(2);
    await api(boris).drafts.save({ ...chat, text: "Mine", revision: 0 });
    const { items } = await api(boris).drafts.list(chat);
    expect(items.map(({ text }) => text).sort()).toEqual(["From both", "Mine"]);
    expect((await api(boris).drafts.list({ accountId })).items).toMatchObject([{ text: "Mine" }]);
  });

  it("tells colleagues who see the chat of it at once, others nothing, and of its end when it was sent", async () => {
    const { anna, boris, chat, api, accountId } = await setUp();
    await api(anna).accounts.share({ accountId, memberId: boris.personId, chatId: "5", access: "read" });
    const live = readerOf((signal) => api(boris, signal).onDrafts({ accountId }));
    const before = world.deps.bus.listening;
    const heard = live.next();
    await vi.waitFor(() => expect(world.deps.bus.listening).toBeGreaterThan(before), { timeout: 15_000 });
    await api(anna).drafts.save({ accountId, chatId: "6", text: "Hidden", revision: 0 });
    await api(anna).drafts.save({ ...chat, text: "Seen ", revision: 0 });
    expect(await heard).toMatchObject({ chatId: "5", text: "Seen ", authorId: anna.personId });
    await expect(api(boris).drafts.list({ accountId, chatId: "6" })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(api(boris).drafts.save({ ...chat, text: "x", revision: 0 })).rejects.toMatchObject(
      refusal("FORBIDDEN"),
    );
    await api(anna).send({ ...chat, text: "Something else", clientId: "one" });
    const ended = live.next();
    await api(anna).send({ ...chat, text: "Seen", clientId: "two" });
    expect(await ended).toMatchObject({ chatId: "5", text: "", revision: 2 });
    expect((await api(anna).drafts.list(chat)).items).toEqual([]);
    await live.stop();
  });
});
