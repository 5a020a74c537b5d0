import { beforeEach, expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { makeCustomer } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { linkAccount } from "../../testing/linked-account.ts";
import { streamOf } from "../../testing/sample-photos.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { getSession, listSessions } from "../accounts/sessions.ts";
import { keepFile, receiveFile } from "../files/upload.ts";
import { listChats } from "../store/chats.ts";
import { listMessages } from "../store/history.ts";
import { applyImport, createImport, getImport, listImports, undoImport } from "./imports.ts";
import { importsWorker } from "./work.ts";

const STORED = { mustWork: false };
const message = (id: number, fields: object = {}) => ({
  id,
  type: "message",
  date: "2026-01-02T03:04:05",
  date_unixtime: String(1_767_000_000 + id),
  from: "Ann",
  from_id: "user200",
  text: `Message ${id}`,
  ...fields,
});
const chatWith = (messages: object[], fields: object = {}) => ({
  name: "Ann",
  type: "personal_chat",
  id: 200,
  messages,
  ...fields,
});
const asCustomer = (): Actor & { externalId: string } => ({
  ...makeCustomer(),
  proof: { kind: "token", expiresAt: new Date("2027-01-01") },
});

describeOnBothDatabases("An import of Telegram Desktop's export", (world) => {
  let owner: ReturnType<typeof asCustomer>;
  const ctx = (actor: Actor = owner) => world.contextOf(actor);
  beforeEach(() => {
    owner = asCustomer();
  });

  /** Works as a node does, until nothing is left to do. */
  async function work(): Promise<void> {
    const system = world.contextOf({ kind: "system" });
    for (const name of await importsWorker.leases(system)) {
      const done = Promise.withResolvers<void>();
      const withdraw = world.deps.leases.hold(name, async (lease) => {
        await importsWorker.run(system, lease).then(done.resolve, done.reject);
      });
      await done.promise.finally(withdraw);
    }
  }
  async function check(content: unknown) {
    const bytes = new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));
    const received = await receiveFile(ctx(), streamOf(bytes));
    const file = await keepFile(ctx(), received, { fileName: "result.json", declaredType: null });
    const { id } = await createImport(ctx(), { fileId: file.id });
    await work();
    return getImport(ctx(), { id });
  }
  async function importAll(content: unknown, selfId?: string) {
    const { id } = await check(content);
    await applyImport(ctx(), { id, selfId });
    await work();
    return getImport(ctx(), { id });
  }
  const textsOf = async (accountId: string, chatId: string) =>
    (await listMessages(ctx(), { accountId, chatId, limit: 100 }, STORED)).items.map(({ text }) => text);

  it("says what a file holds before anything is stored, and then has it in an account to be linked", async () => {
    const own = message(2, { from: "Me", from_id: "user100", text: ["So ", { type: "bold", text: "be it" }] });
    const checked = await check(chatWith([message(1), own, message(3, { type: "unsupported" })]));
    expect(checked).toMatchObject({
      status: "checked",
      accountId: null,
      report: {
        self: { id: "100", name: "Me" },
        chats: [{ name: "Ann", type: "private", messages: 2 }],
        messages: 2,
        skipped: { unsupported: 1 },
        from: "2025-12-29T09:20:01.000Z",
      },
    });
    expect((await listSessions(ctx(), { limit: 30 })).items).toEqual([]);

    await applyImport(ctx(), { id: checked.id });
    await work();
    const done = await getImport(ctx(), { id: checked.id });
    expect(done).toMatchObject({ status: "done", progress: 2 });
    const accountId = done.accountId ?? "";
    expect(await getSession(ctx(), { accountId })).toMatchObject({ status: "EXPIRED", user: { firstName: "Me" } });
    const { items } = await listChats(ctx(), { accountId, limit: 30 }, STORED);
    expect(items).toMatchObject([{ id: "200", title: "Ann", lastMessage: { text: "So be it", isOutgoing: true } }]);
    const listed = await listMessages(ctx(), { accountId, chatId: "200", limit: 30 }, STORED);
    expect(listed.items[0]).toMatchObject({ entities: [{ type: "bold", offset: 3, length: 5 }] });
    expect(listed.totalCount).toBe(2);
  });

  it("adds only what is new when a newer export is imported, and takes back one import alone", async () => {
    const first = await importAll(chatWith([message(1), message(2, { from_id: "user100" })]));
    const second = await importAll(chatWith([message(1), message(2, { from_id: "user100" }), message(3)]));
    const accountId = second.accountId ?? "";
    expect(first.accountId).toBe(accountId);
    expect(await textsOf(accountId, "200")).toEqual(["Message 3", "Message 2", "Message 1"]);
    await undoImport(ctx(), { id: second.id });
    expect(await textsOf(accountId, "200")).toEqual(["Message 2", "Message 1"]);
    const { items } = await listChats(ctx(), { accountId, limit: 30 }, STORED);
    expect(items[0]?.lastMessage?.text).toBe("Message 2");
    await undoImport(ctx(), { id: first.id });
    expect((await listSessions(ctx(), { limit: 30 })).items).toEqual([]);
    expect(await undoImport(ctx(), { id: first.id })).toMatchObject({ status: "undone" });
  });

  it("asks whose export of a group it is, and refuses who wrote nothing in it", async () => {
    const group = chatWith([message(1), message(2, { from: "Bob", from_id: "user300" })], {
      ...{ name: "Team", type: "private_supergroup", id: 77 },
    });
    const { id, report } = await check(group);
    expect(report).toMatchObject({ self: null, senders: [{ id: "200" }, { id: "300", name: "Bob" }] });
    for (const selfId of [undefined, "999"])
      await expect(applyImport(ctx(), { id, selfId })).rejects.toMatchObject({ code: "VALIDATION" });
    await applyImport(ctx(), { id, selfId: "300" });
    await work();
    const { accountId } = await getImport(ctx(), { id });
    const { items } = await listChats(ctx(), { accountId: accountId ?? "", limit: 30 }, STORED);
    expect(items).toMatchObject([{ id: "-1000000000077", type: "supergroup", lastMessage: { isOutgoing: true } }]);
  });

  it("meets the linked account's own messages: none is there twice, and those stay when it is taken back", async () => {
    const telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    const me = telegram.addUser({ firstName: "Me" }).id;
    const ann = telegram.addUser({ firstName: "Ann" }).id;
    const ids = ["first", "second"].map((text) => telegram.write(ann, me, text).id);
    const account = await linkAccount(world.deps, telegram, { userId: me, owner: `app:${owner.externalId}` });
    await account.start();
    const told = await account.events();
    try {
      const copies = ids.map((id) => message(id, { from_id: `user${ann}`, text: `copy of ${id}` }));
      const exported = { personal_information: { user_id: me, first_name: "Me", last_name: "" } };
      const done = await importAll({ ...exported, chats: { list: [chatWith(copies, { id: ann })] } });
      expect(done.accountId).toBe(account.accountId);
      expect(await textsOf(account.accountId, String(ann))).toEqual(["second", "first"]);
      await undoImport(ctx(), { id: done.id });
      expect(await textsOf(account.accountId, String(ann))).toEqual(["second", "first"]);
      expect(await account.events()).toEqual(told);
    } finally {
      await account.stop();
    }
  });

  it("fails in words for a broken, an empty and a foreign file, and keeps no file of them", async () => {
    expect(await check('{"messages": [')).toMatchObject({ status: "failed", failure: "broken" });
    expect(await check("<html>no export</html>")).toMatchObject({ status: "failed", failure: "broken" });
    expect(await check({ chats: { list: [] } })).toMatchObject({ status: "failed", failure: "empty" });
    const keys: string[] = [];
    for await (const key of world.deps.media.keys()) keys.push(key);
    expect(keys).toEqual([]);
  });

  it("is its owner's alone", async () => {
    const { id } = await check(chatWith([message(1)]));
    const other = asCustomer();
    for (const call of [getImport, applyImport, undoImport])
      await expect(call(ctx(other), { id })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await listImports(ctx(other))).toEqual([]);
  });

  it("goes on after it was cut off, with each message once", async () => {
    const { id } = await check(chatWith(Array.from({ length: 1_200 }, (_, n) => message(n + 1))));
    await applyImport(ctx(), { id, selfId: "200" });
    const system = world.contextOf({ kind: "system" });
    const [name = ""] = await importsWorker.leases(system);
    const cut = Promise.withResolvers<void>();
    const stop = system.bus.subscribeLatest(`chats.import:${id}`, () => cut.resolve());
    const withdraw = world.deps.leases.hold(name, async (lease) => importsWorker.run(system, lease).catch(() => {}));
    await cut.promise;
    await withdraw();
    stop();
    await work();
    const { accountId, progress } = await getImport(ctx(), { id });
    expect(progress).toBe(1_200);
    const listed = await listMessages(ctx(), { accountId: accountId ?? "", chatId: "200", limit: 100 }, STORED);
    expect(listed.totalCount).toBe(1_200);
  });
});
