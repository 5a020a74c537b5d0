import { telegramShares } from "@pult/db/schema/chats.ts";
import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { chatsTopic } from "../../chats/events.ts";
import { cutLogs, trimLogs } from "../../realtime/log.ts";
import { type Agent, keyWith, makeAgent, makeCustomer, refusal } from "../../testing/factories.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { storeAccount, tell as tellEvents } from "../../testing/workflows.ts";

describeOnBothDatabases("The cursor over events", (world) => {
  let agent: Agent;
  let accountId: string;
  beforeEach(async () => {
    agent = await makeAgent(world.deps);
    accountId = await link(`agent:${agent.personId}`);
  });

  const link = async (owner: string) => (await storeAccount(world.deps, owner)).accountId;
  const tell = (id: string, ...messageIds: string[]) =>
    tellEvents(
      world.deps,
      id,
      ...messageIds.map((one) => ({
        ...({ type: "messageDeleted", accountId: id, chatId: "7" } as const),
        messageIds: [one],
      })),
    );
  const list = (input: object = {}, actor: Parameters<typeof world.as>[0] = agent) =>
    world.as(actor).chats.events.list(input);
  const idsOf = ({ events }: Awaited<ReturnType<typeof list>>) =>
    events.flatMap((event) => (event.type === "messageDeleted" ? event.messageIds : []));

  it("begins at the end, then tells everything once, in pages, also of an account linked meanwhile", async () => {
    await tell(accountId, "before");
    const begun = await list();
    expect(begun).toMatchObject({ events: [], hasMore: false, missed: false });
    await tell(accountId, "1", "2", "3");
    const other = await link(`agent:${agent.personId}`);
    await tell(other, "4", "5");
    await tell(accountId, "6");
    const told: string[] = [];
    const ids: string[] = [];
    let after = begun.next;
    for (let hasMore = true; hasMore; ) {
      const page = await list({ after, limit: 2 });
      expect(page.missed).toBe(false);
      told.push(...idsOf(page));
      ids.push(...page.events.map(({ id }) => id));
      ({ next: after, hasMore } = page);
    }
    expect(told).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(new Set(ids).size).toBe(6);
    expect((await list({ after: begun.next })).events.map(({ id }) => id)).toEqual(ids);
    expect(idsOf(await list({ after }))).toEqual([]);
  });

  it("keeps each log's order when transactions commit in another order than they began", async () => {
    const { next: after } = await list();
    await tell(accountId, "1", "2", "3");
    await world.deps.db.execute(sql`
      update topic_events set created_at = created_at - "offset" * interval '1 second' where topic = ${chatsTopic.name(accountId)}`);
    const first = await list({ after, limit: 2 });
    expect([...idsOf(first), ...idsOf(await list({ after: first.next }))]).toEqual(["1", "2", "3"]);
  });

  it("says what it missed, and goes on with what is there", async () => {
    const { next: after } = await list();
    await tell(accountId, "1", "2", "3");
    await trimLogs(world.deps.db, [{ prefix: chatsTopic.prefix, retention: 1 }]);
    const page = await list({ after });
    expect([idsOf(page), page.missed]).toEqual([["3"], true]);
    expect(await list({ after: page.next })).toMatchObject({ events: [], missed: false });
    await world.deps.db.transaction((tx) => cutLogs(tx, [chatsTopic.name(accountId)]));
    await tell(accountId, "4");
    const cut = await list({ after: page.next });
    expect([idsOf(cut), cut.missed]).toEqual([["4"], true]);
    expect((await list({ after: cut.next })).missed).toBe(false);
  });

  it("filters by type and account without losing its place in the other logs", async () => {
    const other = await link(`agent:${agent.personId}`);
    const { next: after } = await list();
    await tell(accountId, "1");
    await tell(other, "2");
    const one = await list({ after, accountId: other });
    expect(idsOf(one)).toEqual(["2"]);
    expect(idsOf(await list({ after: one.next }))).toEqual(["1"]);
    expect(await list({ after, types: ["newMessage"] })).toMatchObject({ events: [], hasMore: false });
  });

  it("tells staff of what they see alone: keys of everything, agents of their own and shared accounts", async () => {
    const reader = await makeAgent(world.deps, { role: "Admin" });
    const key = keyWith("chats:read");
    const [ofKey, ofReader] = [await list({}, key), await list({}, reader)];
    await tell(accountId, "1");
    expect(idsOf(await list({ after: ofKey.next }, key))).toEqual(["1"]);
    expect((await list({ after: ofReader.next }, reader)).events).toEqual([]);
    // A cursor of another caller opens nothing.
    expect((await list({ after: ofKey.next }, reader)).events).toEqual([]);
    await expect(list({ accountId }, reader)).rejects.toMatchObject(refusal("NOT_FOUND"));
    await world.deps.db.insert(telegramShares).values({
      ...{ sessionId: accountId, role: "Admin", access: "read", createdBy: agent.personId },
      createdAt: world.deps.now(),
    });
    const shared = await list({ after: ofReader.next }, reader);
    await tell(accountId, "2");
    expect(idsOf(await list({ after: shared.next }, reader))).toEqual(["2"]);
    await expect(list({}, makeCustomer())).rejects.toMatchObject(refusal("FORBIDDEN"));
    await expect(list({ after: "nonsense" })).rejects.toMatchObject(refusal("VALIDATION"));
  });
});
