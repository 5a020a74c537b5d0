import bigInt from "big-integer";
import { Api, type TelegramClient } from "telegram";
import { CustomFile } from "telegram/client/uploads.js";
import { Raw } from "telegram/events/index.js";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { makePng } from "../testing.ts";
import { closeClient, refusal, signIn, trustKey } from "./gramjs-client.ts";
import { DEMO_ACCOUNTS } from "./seed.ts";
import { type DataCentreUnderTest, startDataCentre } from "./testing.ts";

const [AGENT, , OTHER] = DEMO_ACCOUNTS;
const CUSTOMER = 6_900_000_101;
const SUPERGROUP = "c2900000001";

let centre: DataCentreUnderTest;
/** Two devices of the same account. */
let phone: TelegramClient;
let laptop: TelegramClient;
const extra: TelegramClient[] = [];

beforeAll(async () => {
  centre = await startDataCentre();
  trustKey(centre.publicKeyPem);
  [phone, laptop] = await Promise.all([signIn(centre, AGENT), signIn(centre, AGENT)]);
});

afterEach(async () => {
  centre.sandbox.setFaults({ mtprotoDelayMs: 0, mtprotoFloodWaitSeconds: 0, mtprotoFrozen: false, mtprotoDown: false });
  for (const client of extra.splice(0)) await closeClient(client);
});

afterAll(async () => {
  for (const client of [phone, laptop]) await closeClient(client);
  await centre.close();
});

async function connectExtra(accountId: number): Promise<TelegramClient> {
  const client = await signIn(centre, accountId);
  extra.push(client);
  return client;
}

/** Every update that the client hears from now on. */
function listen(client: TelegramClient): Api.TypeUpdate[] {
  const heard: Api.TypeUpdate[] = [];
  client.addEventHandler((update: Api.TypeUpdate) => {
    if (update.className?.startsWith("Update")) heard.push(update);
  }, new Raw({}));
  return heard;
}

const names = (heard: readonly { className: string }[]) => heard.map(({ className }) => className);
const customer = "demo_customer_1";

test("pages through dialogs and a long history, searches, and names people only by their access hash", async () => {
  const dialogs = await phone.getDialogs({});
  expect(dialogs.map(({ title }) => title)).toEqual(
    expect.arrayContaining(["Telegram", "Demo customer 1", "Demo group", "Demo forum", "Demo channel"]),
  );
  const texts: string[] = [];
  for await (const { message } of phone.iterMessages(customer, { limit: 1_000, waitTime: 0 })) texts.push(message);
  expect([texts.length, texts.at(-1)]).toEqual([300, "Demo question 1"]);
  const [oldest] = await phone.getMessages(customer, { limit: 1, reverse: true });
  expect(oldest?.message).toBe("Demo question 1");
  expect(await phone.getMessages(customer, { search: "question 77" })).toHaveLength(1);

  const stranger = new Api.InputPeerUser({ userId: bigInt(CUSTOMER), accessHash: bigInt(1) });
  expect(await refusal(phone.invoke(new Api.messages.GetHistory({ peer: stranger, limit: 1 })))).toBe(
    "PEER_ID_INVALID",
  );
});

test("sends in order, each once, and tells the other devices with an unbroken pts", async () => {
  const heard = listen(laptop);
  const { pts } = await laptop.invoke(new Api.updates.GetState());
  const first = await phone.sendMessage(customer, { message: "hello **bold**" });
  const reply = await phone.sendMessage(customer, { message: "an answer", replyTo: first.id });
  expect(first.entities).toMatchObject([{ className: "MessageEntityBold", offset: 6, length: 4 }]);
  const burst = await Promise.all([1, 2, 3, 4].map((n) => phone.sendMessage(customer, { message: `burst ${n}` })));
  expect(burst.map(({ id }) => id)).toEqual([1, 2, 3, 4].map((n) => reply.id + n));

  const peer = await phone.getInputEntity(customer);
  const repeated = { peer, message: "once", randomId: bigInt(77) };
  await phone.invoke(new Api.messages.SendMessage(repeated));
  expect(await refusal(phone.invoke(new Api.messages.SendMessage(repeated)))).toBe("RANDOM_ID_DUPLICATE");
  await vi.waitFor(() => expect(heard).toHaveLength(7), { timeout: 15_000 });
  expect(heard.map((update) => (update as Api.UpdateNewMessage).pts)).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((n) => pts + n),
  );
  expect(heard[1]).toMatchObject({ message: { out: true, replyTo: { replyToMsgId: first.id } } });
});

test("pushes what the other person writes, edits, deletes, reads, types and reacts with", async () => {
  const own = await phone.sendMessage(customer, { message: "mine" });
  const heard = listen(phone);
  const place = { from: CUSTOMER, to: AGENT };
  const { uids } = centre.actions.write({
    ...place,
    text: "theirs",
    entities: [{ _: "MessageEntityBold", offset: 0, length: 6 }],
  });
  centre.actions.write({ ...place, text: "plain" });
  centre.actions.typing(place);
  centre.actions.read(place);
  const { latest } = centre.sandbox.world().mtproto.chats.find(({ key }) => key === `u${AGENT}-${CUSTOMER}`) ?? {};
  centre.actions.edit({ uid: uids[0] ?? 0, text: "changed" });
  centre.actions.react({ uid: latest?.uid ?? 0, from: CUSTOMER, emoji: "👍" });
  centre.actions.delete(uids);
  await vi.waitFor(() => expect(names(heard)).toContain("UpdateDeleteMessages"), { timeout: 15_000 });
  expect(names(heard)).toEqual([
    "UpdateNewMessage",
    "UpdateShortMessage",
    "UpdateUserTyping",
    "UpdateReadHistoryOutbox",
    "UpdateEditMessage",
    "UpdateMessageReactions",
    "UpdateEditMessage",
    "UpdateDeleteMessages",
  ]);
  expect(heard[3]).toMatchObject({ maxId: own.id });
  expect(heard[4]).toMatchObject({ message: { message: "changed", editDate: expect.any(Number) } });
});

test("edits, reacts, deletes for both sides, forwards and reads on behalf of an account", async () => {
  const heard = listen(laptop);
  const other = await connectExtra(OTHER);
  const theirs = listen(other);
  const sent = await phone.sendMessage("demo_agent_3", { message: "between agents" });
  const peer = await phone.getInputEntity("demo_agent_3");
  await phone.invoke(new Api.messages.EditMessage({ peer, id: sent.id, message: "edited" }));
  expect(await refusal(phone.invoke(new Api.messages.EditMessage({ peer, id: sent.id, message: "edited" })))).toBe(
    "MESSAGE_NOT_MODIFIED",
  );
  const reaction = [new Api.ReactionEmoji({ emoticon: "🔥" })];
  await phone.invoke(new Api.messages.SendReaction({ peer, msgId: sent.id, reaction }));
  const [copy] = await phone.forwardMessages(customer, { messages: [sent.id], fromPeer: peer });
  await other.invoke(new Api.messages.ReadHistory({ peer: await other.getInputEntity("demo_agent_1"), maxId: 0 }));
  await phone.invoke(new Api.messages.DeleteMessages({ id: [sent.id], revoke: true }));
  await vi.waitFor(() => expect(names(theirs)).toContain("UpdateDeleteMessages"), { timeout: 15_000 });
  await vi.waitFor(() => expect(names(heard)).toContain("UpdateDeleteMessages"), { timeout: 15_000 });
  expect(names(heard)).toEqual(expect.arrayContaining(["UpdateReadHistoryOutbox", "UpdateEditMessage"]));
  expect((copy as unknown as Api.Message[])[0]?.fwdFrom?.fromId).toMatchObject({ userId: bigInt(AGENT) });
});

test("recovers what was missed, in slices, and says when it is too much", async () => {
  const state = await phone.invoke(new Api.updates.GetState());
  centre.actions.burst({ from: CUSTOMER, to: AGENT, text: "missed", count: 130 });
  const ask = (pts: number) => phone.invoke(new Api.updates.GetDifference({ pts, date: state.date + 60, qts: 0 }));
  const slice = (await ask(state.pts)) as Api.updates.DifferenceSlice;
  const rest = (await ask((slice.intermediateState as Api.updates.State).pts)) as Api.updates.Difference;
  const missed = [...slice.newMessages, ...rest.newMessages].map((message) => (message as Api.Message).message);
  expect(missed).toEqual(Array.from({ length: 130 }, (_, n) => `missed ${n + 1}`));
  expect((await ask((rest.state as Api.updates.State).pts)).className).toBe("updates.DifferenceEmpty");
  centre.actions.forgetUpdates({ accountId: AGENT });
  expect((await ask(state.pts)).className).toBe("updates.DifferenceTooLong");
});

test("keeps a sequence per channel, with members' rights", async () => {
  const heard = listen(laptop);
  const channel = await phone.getInputEntity("demo_supergroup");
  const { fullChat } = await phone.invoke(new Api.channels.GetFullChannel({ channel }));
  const { pts } = fullChat as Api.ChannelFull;
  const sent = await phone.sendMessage("demo_supergroup", { message: "to all" });
  centre.actions.write({ from: CUSTOMER, chat: SUPERGROUP, text: "from a member" });
  await vi.waitFor(() => expect(heard).toHaveLength(2), { timeout: 15_000 });
  expect(heard).toMatchObject([
    { className: "UpdateNewChannelMessage", pts: pts + 1 },
    { className: "UpdateNewChannelMessage", pts: pts + 2 },
  ]);
  const filter = new Api.ChannelMessagesFilterEmpty();
  const missed = await phone.invoke(new Api.updates.GetChannelDifference({ channel, filter, pts, limit: 100 }));
  expect(missed).toMatchObject({ newMessages: [{ id: sent.id }, { message: "from a member" }], final: true });

  const member = await connectExtra(OTHER);
  expect(await refusal(member.sendMessage("demo_channel", { message: "news" }))).toBe("CHAT_WRITE_FORBIDDEN");
  const forum = (await phone.getDialogs({})).find(({ title }) => title === "Demo forum")
    ?.inputEntity as Api.InputPeerChannel;
  const topics = await phone.invoke(new Api.channels.GetForumTopics({ channel: forum, limit: 10 }));
  expect(topics.topics).toMatchObject([{ title: "Orders" }, { title: "Returns" }]);
});

test("stores photos, documents and albums, and gives them back while their reference is valid", async () => {
  const png = makePng(60, 40);
  const photo = await phone.sendFile(customer, { file: new CustomFile("a.png", png.length, "", png), caption: "one" });
  expect(await phone.downloadMedia(photo, {})).toEqual(png);
  const pdf = Buffer.alloc(300_000, 7);
  const file = new CustomFile("offer.pdf", pdf.length, "", pdf);
  const document = await phone.sendFile(customer, {
    file,
    forceDocument: true,
    thumb: png,
  });
  expect(await phone.downloadMedia(document, {})).toEqual(pdf);
  expect(await phone.downloadMedia(document, { thumb: 0 })).toEqual(png);

  const files = [1, 2].map((n) => new CustomFile(`${n}.png`, png.length, "", png));
  const album = (await phone.sendFile(customer, {
    file: files,
    caption: ["first", "second"],
  })) as unknown as Api.Message[];
  expect(new Set(album.map(({ groupedId }) => String(groupedId))).size).toBe(1);
  centre.actions.expireFiles();
  expect(await refusal(phone.downloadMedia(photo, {}) as Promise<unknown>)).toMatch("FILE_REFERENCE_EXPIRED");
  const [fresh] = await phone.getMessages(customer, { ids: [photo.id] });
  expect(fresh && (await phone.downloadMedia(fresh, {}))).toEqual(png);
});

test("hands on what people send: photos, voice, albums, and their profile photos", async () => {
  const heard = listen(phone);
  const png = makePng(30, 20);
  const photo = { field: "photo", name: "a.png", mime: "image/png", bytes: png };
  const voice = { field: "voice", name: "v.ogg", mime: "audio/ogg", bytes: Buffer.from("OggS") };
  centre.actions.write({ from: CUSTOMER, to: AGENT, text: "two" }, { photos: [photo, photo] });
  centre.actions.write({ from: CUSTOMER, to: AGENT }, { voices: [voice] });
  await vi.waitFor(() => expect(heard).toHaveLength(3), { timeout: 15_000 });
  const [first, second, third] = heard.map((update) => (update as Api.UpdateNewMessage).message as Api.Message);
  expect([first?.message, second?.message]).toEqual(["two", ""]);
  expect(String(first?.groupedId)).toBe(String(second?.groupedId));
  expect(first && (await phone.downloadMedia(first, {}))).toEqual(png);
  expect(third?.voice?.mimeType).toBe("audio/ogg");
  const profile = await phone.downloadProfilePhoto(customer, { isBig: true });
  expect(Buffer.isBuffer(profile) && profile.toString("latin1", 1, 4)).toBe("PNG");
});

test("is driven over the control API, and shows what was said", async () => {
  const { origin } = centre.sandbox;
  const post = async (path: string, body: object) => {
    const response = await fetch(`${origin}/control/mtproto/${path}`, { method: "POST", body: JSON.stringify(body) });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const get = async (path: string) => (await fetch(`${origin}/control/mtproto/${path}`)).json();
  expect(await get("data-centre")).toEqual({ address: centre.address, publicKey: centre.publicKeyPem });
  const heard = listen(phone);
  const { body: added } = await post("people", { firstName: "Newcomer" });
  const sent = await post("messages", { from: added.personId, to: AGENT, text: "first contact" });
  await post("rename", { from: CUSTOMER, chat: SUPERGROUP, title: "Renamed" });
  expect(await post("messages", { from: added.personId, chat: SUPERGROUP, text: "x" })).toMatchObject({ status: 403 });
  expect(await get(`chats/${sent.body.chat}`)).toMatchObject({ messages: [{ text: "first contact", readBy: [] }] });
  await vi.waitFor(() => expect(heard).toHaveLength(2), { timeout: 15_000 });
  expect(heard).toMatchObject([
    { message: { message: "first contact" } },
    { message: { action: { className: "MessageActionChatEditTitle", title: "Renamed" } } },
  ]);
  expect(centre.actions.countListeners(AGENT)).toBe(2);
});

test("sends scheduled messages when their time comes", async () => {
  const heard = listen(laptop);
  const peer = await phone.getInputEntity(customer);
  const at = Math.floor(Date.now() / 1000) + 3_600;
  await phone.sendMessage(customer, { message: "later", schedule: at });
  const cancelled = await phone.sendMessage(customer, { message: "never", schedule: at });
  await phone.invoke(new Api.messages.DeleteScheduledMessages({ peer, id: [cancelled.id] }));
  const waiting = await phone.invoke(new Api.messages.GetScheduledHistory({ peer }));
  expect(waiting).toMatchObject({ messages: [{ message: "later", date: at }] });
  const soon = await phone.sendMessage(customer, { message: "soon", schedule: Math.floor(Date.now() / 1000) + 1 });
  centre.actions.sendScheduled(AGENT);
  await vi.waitFor(() => expect(names(heard).filter((name) => name === "UpdateNewMessage")).toHaveLength(2), 3_000);
  expect(soon.id).toBeGreaterThan(0);
  expect(names(heard)).toContain("UpdateDeleteScheduledMessages");
});

test("keeps drafts, pins and contacts for every device", async () => {
  const heard = listen(laptop);
  const peer = await phone.getInputEntity(customer);
  await phone.invoke(new Api.messages.SaveDraft({ peer, message: "unfinished" }));
  await vi.waitFor(
    () => expect(heard).toMatchObject([{ className: "UpdateDraftMessage", draft: { message: "unfinished" } }]),
    { timeout: 15_000 },
  );
  expect(await laptop.invoke(new Api.messages.GetAllDrafts())).toMatchObject({
    updates: [{ draft: { message: "unfinished" } }],
  });
  await phone.invoke(new Api.messages.ToggleDialogPin({ peer: new Api.InputDialogPeer({ peer }), pinned: true }));
  expect((await phone.getDialogs({}))[0]).toMatchObject({ title: "Demo customer 1", pinned: true });
  const contact = new Api.InputPhoneContact({
    clientId: bigInt(1),
    phone: "+99966100500",
    firstName: "New",
    lastName: "One",
  });
  const imported = await phone.invoke(new Api.contacts.ImportContacts({ contacts: [contact] }));
  expect(imported.imported).toHaveLength(1);
  const contacts = (await phone.invoke(new Api.contacts.GetContacts({}))) as Api.contacts.Contacts;
  expect(contacts.users.map((user) => (user as Api.User).firstName)).toContain("New");
  expect(await refusal(phone.getEntity("nobody_here"))).toMatch("nobody_here");
});

test("answers with the faults that are planned, and carries on", async () => {
  const send = (text: string) => refusal(phone.sendMessage(customer, { message: text }));
  centre.actions.plan({ kind: "error", method: "messages.sendMessage", error: "FLOOD_WAIT_30", accountId: AGENT });
  expect(await send("x")).toMatch("30 seconds");
  centre.sandbox.setFaults({ mtprotoFloodWaitSeconds: 20 });
  expect(await send("x")).toMatch("20 seconds");
  centre.sandbox.setFaults({ mtprotoFloodWaitSeconds: 0 });
  centre.actions.restrict(AGENT, "frozen");
  expect(await send("x")).toMatch("FROZEN_METHOD_INVALID");
  centre.actions.restrict(AGENT, "peerFlood");
  expect(await send("to a contact")).toBe("none");
  expect(await refusal(phone.sendMessage("demo_agent_2", { message: "to a stranger" }))).toBe("PEER_FLOOD");
  centre.actions.restrict(AGENT, "none");
  expect(await refusal(phone.invoke(new Api.messages.GetEmojiKeywords({ langCode: "en" })))).toBe(
    "METHOD_NOT_SIMULATED",
  );

  centre.actions.connections("rotateSalts");
  expect(await send("after new salts")).toBe("none");
  centre.actions.plan({ kind: "drop", method: "messages.sendMessage", when: "after" });
  expect(await send("dropped after it took effect")).toBe("RANDOM_ID_DUPLICATE");
  const [newest] = await phone.getMessages(customer, { limit: 1 });
  expect(newest?.message).toBe("dropped after it took effect");
});
