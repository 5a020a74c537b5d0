import { telegramSends } from "@pult/db/schema/chats.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { type Agent, refusal } from "../../testing/factories.ts";
import { type StoredAccount, storeAccount } from "../../testing/stored-chats.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { quantileOf, withoutNights } from "./times.ts";

describe("Times without nights", () => {
  const night = { from: "22:00", to: "08:00", timeZone: "Europe/Berlin" };
  const hours = (from: string, to: string) => withoutNights(Date.parse(from), Date.parse(to), night) / 3_600_000;

  it("leave out what lies in nights, also where clocks are set", () => {
    expect(hours("2026-03-10T20:00:00Z", "2026-03-11T08:00:00Z")).toBe(2);
    expect(hours("2026-03-10T23:00:00Z", "2026-03-11T05:00:00Z")).toBe(0);
    expect(hours("2026-03-10T09:00:30Z", "2026-03-10T10:00:00Z")).toBeCloseTo(3_570 / 3_600);
    expect(hours("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z")).toBe(9 + 14 + 6);
  });

  it("are whole with nights of no length, and have quantiles in proportion", () => {
    expect(withoutNights(0, 5_000, { ...night, to: "22:00" })).toBe(5_000);
    expect([quantileOf([], 0.5), quantileOf([1], 0.9), quantileOf([1, 2, 3, 10], 0.5)]).toEqual([null, 1, 2.5]);
  });
});

describeOnDatabases("Response times", (world) => {
  let [olga, pavel]: Agent[] = [];
  let account: StoredAccount;
  beforeEach(async () => {
    olga = await world.makeAgent({ name: "Olga" });
    pavel = await world.makeAgent({ name: "Pavel" });
    account = await storeAccount(world.deps, `agent:${olga.personId}`);
  });

  /** Day, time, and who wrote: `them`, `service`, an agent, or `phone`. */
  async function write(
    chatId: number,
    lines: readonly [day: number, clock: string, by: "them" | "service" | "phone" | Agent][],
  ) {
    await account.addChat(chatId);
    for (const [day, clock, by] of lines) {
      const date = new Date(`2026-03-${String(day).padStart(2, "0")}T${clock}:00Z`);
      const clientId = typeof by === "object" ? crypto.randomUUID() : null;
      const isOutgoing = by !== "them";
      const id = await account.addMessage(chatId, { date, isOutgoing, isService: by === "service", clientId });
      if (clientId === null || typeof by !== "object") continue;
      const send = { storeId: account.storeId, chatId, clientId, part: 0, contentHash: "", text: "", entities: [] };
      await world.deps.db.insert(telegramSends).values({
        ...{ ...send, randomId: String(id), state: "sent", messageId: id, sentBy: by.personId },
        ...{ createdAt: date, updatedAt: date },
      });
    }
  }

  it("equal a table made by hand, by who answered, with the unanswered beside", async () => {
    const [o, p] = [olga as Agent, pavel as Agent];
    await write(101, [
      [2, "10:00", "them"], // first, 10 min, Olga
      [2, "10:05", "them"],
      [2, "10:10", o],
      [2, "11:00", "them"], // 30 min, Pavel
      [2, "11:30", p],
      [2, "11:31", o],
    ]);
    await write(102, [
      [3, "09:00", "them"], // first, 20 min, Olga
      [3, "09:10", "service"],
      [3, "09:20", o],
      [4, "08:00", "them"], // 60 min, from the phone
      [4, "09:00", "phone"],
    ]);
    await write(103, [
      [4, "20:00", "them"], // first, 12 h, Pavel; 2 h without the night
      [5, "08:00", p],
      [6, "12:00", "them"], // unanswered
      [6, "12:30", "them"],
    ]);
    await write(104, [[20, "10:00", "them"]]); // not in the time
    const range = { from: "2026-03-01T00:00:00Z", to: "2026-03-10T00:00:00Z" };
    const read = (given: object = {}, agent = o) => world.as(agent).chats.analytics.responses({ ...range, ...given });
    const minutes = (count: number, median: number, p90: number) => ({
      count,
      medianSeconds: expect.closeTo(median * 60, 6),
      p90Seconds: expect.closeTo(p90 * 60, 6),
    });
    const unanswered = { count: 1, oldestAt: "2026-03-06T12:00:00.000Z" };
    expect(await read()).toEqual({
      all: { firstResponses: minutes(3, 20, 580), responses: minutes(5, 30, 456) },
      members: expect.arrayContaining([
        { memberId: o.personId, name: "Olga", firstResponses: minutes(2, 15, 19), responses: minutes(2, 15, 19) },
        { memberId: p.personId, name: "Pavel", firstResponses: minutes(1, 720, 720), responses: minutes(2, 375, 651) },
        {
          ...{ memberId: null, name: null, responses: minutes(1, 60, 60) },
          firstResponses: { count: 0, medianSeconds: null, p90Seconds: null },
        },
      ]),
      unanswered,
    });
    const excludeNights = { from: "22:00", to: "08:00", timeZone: "UTC" };
    expect(await read({ excludeNights })).toMatchObject({
      all: { firstResponses: minutes(3, 20, 100), responses: minutes(5, 30, 96) },
      unanswered,
    });
    expect((await read({ accountId: account.accountId })).all.responses.count).toBe(5);
    expect((await read({}, p)).all.responses.count).toBe(0);
    await expect(read({ accountId: account.accountId }, p)).rejects.toMatchObject(refusal("NOT_FOUND"));
    const nowhere = { excludeNights: { ...excludeNights, timeZone: "Europe/Nowhere" } };
    await expect(read(nowhere)).rejects.toMatchObject(refusal("VALIDATION"));
  });
});
