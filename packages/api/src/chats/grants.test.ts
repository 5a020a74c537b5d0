import { telegramHistory, telegramShares } from "@pult/db/schema/chats.ts";
import { and, eq, like } from "drizzle-orm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Agent, contextOf, makeAgent, refusal } from "../testing/factories.ts";
import { FakeTelegram } from "../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../testing/linked-account.ts";
import { readerOf } from "../testing/reader.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { describeFile } from "./files/open.ts";

const SECRET = "secret words";

describeOnDatabases("Grants of chats", (world) => {
  let telegram: FakeTelegram;
  let owner: Agent;
  let member: Agent;
  let account: LinkedTestAccount;
  let myId: number;
  /** The granted chat, and another one. */
  let [boris, vera] = ["", ""];

  beforeEach(async () => {
    telegram = new FakeTelegram();
    world.deps.mtproto.clients = telegram;
    owner = await makeAgent(world.deps);
    member = await makeAgent(world.deps, { role: "Moderator" });
    const users = ["Me", "Boris", "Vera"].map((firstName) => telegram.addUser({ firstName }));
    const [me, one, two] = users.map(({ id }) => id) as [number, number, number];
    [myId, boris, vera] = [me, String(one), String(two)];
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `agent:${owner.personId}` });
    telegram.write(one, me, SECRET);
    telegram.write(two, me, `Other ${SECRET}`);
    await account.start();
    await mine().list();
  });
  afterEach(() => account.stop());

  const mine = () => world.as(owner).chats;
  const theirs = (signal?: AbortSignal) => world.as(member, signal).chats;
  const at = () => ({ accountId: account.accountId });
  type Shared = Parameters<ReturnType<typeof mine>["accounts"]["share"]>[0];
  const grant = (given: Omit<Shared, "accountId">) => mine().accounts.share({ ...at(), ...given });
  const toMember = (access: Shared["access"], more: Partial<Shared> = {}) =>
    grant({ memberId: member.personId, access, ...more });
  const contactOf = (telegramUserId: string) => mine().contacts.create({ name: "Known", telegramUserId });

  /** Gives the newest message of a chat a file. @returns its id */
  async function attach(chatId: string): Promise<string> {
    const mediaId = `file-of-${chatId}`;
    const described = { type: "document", fileName: SECRET, mimeType: null, sizeBytes: 1, hasThumbnail: false };
    await world.deps.db
      .update(telegramHistory)
      .set({ mediaId, media: { ...described, width: null, height: null, durationSeconds: null } })
      .where(and(eq(telegramHistory.chatId, Number(chatId)), like(telegramHistory.text, "Live%")));
    return mediaId;
  }

  /** What every door says of a chat. */
  async function doors(chatId: string) {
    const contact = await contactOf(chatId);
    const entity = { crmEntityType: "contact", crmEntityId: contact.id };
    await mine().associations.add({ chatId, ...entity });
    const answerOf = (call: Promise<unknown>) =>
      call.then(JSON.stringify, ({ code, cause }) => String(cause?.code ?? code));
    const { next: after } = await theirs().events.list({});
    telegram.write(Number(chatId), myId, `Live ${SECRET}`);
    await vi.waitFor(async () => expect(JSON.stringify(await account.events())).toContain(`Live ${SECRET}`), {
      timeout: 15_000,
    });
    const page = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
    return {
      list: await answerOf(theirs().list(at())),
      get: await answerOf(theirs().get({ ...at(), chatId })),
      messages: await answerOf(theirs().messages({ ...at(), chatId })),
      search: await answerOf(theirs().search({ ...at(), query: "secret" })),
      inChat: await answerOf(theirs().search({ ...at(), chatId, query: "secret" })),
      scheduled: await answerOf(theirs().scheduled({ ...at(), chatId })),
      associations: await answerOf(theirs().associations.list(entity)),
      events: await answerOf(theirs().events.list({ after })),
      timeline: await answerOf(theirs().contacts.timeline({ id: contact.id })),
      responses: await answerOf(theirs().analytics.responses(page)),
      typing: await answerOf(readerOf((signal) => theirs(signal).onTyping({ ...at(), chatId })).stop()),
      send: await answerOf(theirs().send({ ...at(), chatId, text: "Hi", clientId: crypto.randomUUID() })),
      markRead: await answerOf(theirs().markRead({ ...at(), chatId })),
      media: await answerOf(describeFile(contextOf(world.deps, member), await attach(chatId))),
    };
  }
  const told = (found: Record<string, string>) => Object.keys(found).filter((door) => found[door]?.includes(SECRET));

  it("shows one chat to a member, and nothing of the others, through every door", async () => {
    await toMember("read", { chatId: boris });
    const [open, closed] = [await doors(boris), await doors(vera)];
    expect(told(open)).toEqual(["list", "get", "messages", "search", "inChat", "events", "timeline", "media"]);
    expect(open).toMatchObject({ send: "FORBIDDEN", markRead: "FORBIDDEN", typing: "[]" });
    for (const found of Object.values(closed)) expect(found).not.toMatch(/Other|Vera/);
    expect(closed).toMatchObject({ get: "NOT_FOUND", messages: "NOT_FOUND", inChat: "NOT_FOUND", send: "NOT_FOUND" });
    expect(closed).toMatchObject({
      typing: "NOT_FOUND",
      scheduled: "NOT_FOUND",
      markRead: "NOT_FOUND",
      media: "NOT_FOUND",
    });
    expect(JSON.parse(closed.associations ?? "")).toMatchObject({ items: [] });
    expect(JSON.parse(open.responses ?? "")).toMatchObject({ unanswered: { count: 1 } });
  });

  it("tells of a chat without what is said in it", async () => {
    await toMember("metadata");
    const found = await doors(boris);
    expect(told(found)).toEqual([]);
    expect(found).toMatchObject({
      messages: "FORBIDDEN",
      inChat: "FORBIDDEN",
      scheduled: "FORBIDDEN",
      typing: "FORBIDDEN",
    });
    const chat = JSON.parse(found.get ?? "");
    expect(chat).toMatchObject({ title: "Boris", unreadCount: 2, access: "metadata", lastMessage: { text: "" } });
    const { events } = JSON.parse(found.events ?? "");
    expect(events).toContainEqual(expect.objectContaining({ type: "newMessage", chatId: boris }));
  });

  it("lets the nearest grant decide: the chat before the account, the person before the role, the higher one", async () => {
    const accessTo = async (chatId: string) => (await theirs().get({ ...at(), chatId })).access;
    await grant({ role: "Moderator", access: "read" });
    expect([await accessTo(boris), await accessTo(vera)]).toEqual(["read", "read"]);
    await toMember("none", { chatId: vera });
    await expect(accessTo(vera)).rejects.toMatchObject(refusal("NOT_FOUND"));
    expect((await theirs().list(at())).items.map(({ title }) => title)).toEqual(["Boris"]);
    await toMember("none");
    await expect(theirs().accounts.get(at())).rejects.toMatchObject(refusal("NOT_FOUND"));
    await grant({ role: "Moderator", chatId: boris, access: "write" });
    expect(await accessTo(boris)).toBe("write");
    await theirs().send({ ...at(), chatId: boris, text: "Yes", clientId: "one" });
    await toMember("metadata", { chatId: boris });
    expect(await accessTo(boris)).toBe("metadata");
    expect((await mine().accounts.shares(at())).items).toHaveLength(5);
    for (const one of (await mine().accounts.shares(at())).items) {
      const { role, memberId, chatId } = one;
      await grant({ access: null, ...(role ? { role } : { memberId: memberId ?? "" }), ...(chatId ? { chatId } : {}) });
    }
    await expect(accessTo(boris)).rejects.toMatchObject(refusal("NOT_FOUND"));
    expect(await world.listAudit("telegram.accountShared")).toHaveLength(10);
  });

  it("follows no longer than a grant goes on, and filters what is said meanwhile", async () => {
    await toMember("read", { chatId: boris, until: new Date(world.deps.now().getTime() + 60_000).toISOString() });
    const live = readerOf((signal) => theirs(signal).onChats({ ...at(), lastEventId: "a:0" }));
    const first = await live.next();
    expect(first).toMatchObject([{}, { snapshot: { items: [{ title: "Boris" }] } }, {}]);
    const heard = live.next();
    telegram.write(Number(vera), myId, "For another");
    telegram.write(Number(boris), myId, "For the member");
    expect(await heard).toMatchObject([{}, { type: "newMessage", chatId: boris }, {}]);
    world.deps.clock.advance(61_000);
    await expect(theirs().get({ ...at(), chatId: boris })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(theirs().accounts.get(at())).rejects.toMatchObject(refusal("NOT_FOUND"));
    // Removed rows are told of; what has ended by itself is silent before.
    telegram.write(Number(boris), myId, "After the end");
    await mine().accounts.share({ ...at(), role: "VIP", access: "read" });
    await toMember("read", { chatId: vera });
    expect(await live.next()).toMatchObject([{}, { type: "position", snapshot: { items: [{ title: "Vera" }] } }, {}]);
    await toMember(null, { chatId: vera });
    await expect(live.next()).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("refuses what is no grant, and grants of those who do not own the account", async () => {
    const invalid = refusal("VALIDATION");
    await expect(grant({ access: "read" })).rejects.toBeDefined();
    await expect(grant({ memberId: crypto.randomUUID(), access: "read" })).rejects.toMatchObject(invalid);
    await expect(grant({ role: "No such role", access: "read" })).rejects.toMatchObject(invalid);
    await expect(toMember("read", { until: "2020-01-01T00:00:00Z" })).rejects.toMatchObject(invalid);
    await expect(toMember("read", { chatId: "99" })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await toMember("write");
    await expect(theirs().accounts.share({ ...at(), role: "VIP", access: "read" })).rejects.toMatchObject(
      refusal("FORBIDDEN"),
    );
    expect(await world.deps.db.$count(telegramShares, eq(telegramShares.sessionId, account.accountId))).toBe(1);
  });
});
