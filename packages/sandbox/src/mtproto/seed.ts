import { randomBytes } from "node:crypto";
import type { SandboxOptions } from "../module.ts";
import { type Account, type Chat, type MtprotoState, type Person, SERVICE_ID } from "./state.ts";
import { createMessage, type Draft } from "./world/messages.ts";
import { createBox, createChat, World } from "./world/world.ts";

const MINUTE = 60;
const DAY = 86_400;
/** Messages of the long chat, and of the others. */
const LONG_CHAT = 300;
const SHORT_CHAT = 6;

/** Ids of demo people are beyond 32 bits, as those of many real people. */
export const DEMO_ACCOUNTS = [6_900_000_001, 6_900_000_002, 6_900_000_003] as const;
const CUSTOMERS = [6_900_000_101, 6_900_000_102, 6_900_000_103, 6_900_000_104, 6_900_000_105];
const BOT = 6_900_000_201;

export function createState({ now = () => new Date() }: SandboxOptions): MtprotoState {
  const state: MtprotoState = {
    privateKey: null,
    secret: randomBytes(16).toString("hex"),
    authKeys: [],
    people: [],
    accounts: [],
    chats: [],
    files: [],
    fileEpoch: 1,
    nextId: 1,
  };
  const unixNow = Math.floor(now().getTime() / 1000);
  seed(new World({ state, unixNow, changed: () => undefined, emit: () => undefined }));
  return state;
}

/** The demo world anew. Keys, sign-ins and every sequence go on; who was further than this reads everything again. */
export function clearState(world: World): void {
  const { state } = world.host;
  const boxes = new Map(state.accounts.map(({ personId, box }) => [String(personId), box]));
  for (const { key, box } of state.chats) if (box !== null) boxes.set(key, box);
  Object.assign(state, { people: [], accounts: [], chats: [] });
  world.index();
  seed(world, boxes);
  const known = new Set(state.accounts.map(({ personId }) => personId));
  for (const stored of state.authKeys) if (!known.has(stored.accountId ?? 0)) stored.accountId = null;
}

type Boxes = ReadonlyMap<string, { pts: number; nextMessageId: number }>;

function seed(world: World, former: Boxes = new Map()): void {
  const resume = (key: string) => {
    const { pts = 0, nextMessageId = 1 } = former.get(key) ?? {};
    return { ...createBox(), pts: pts + 1, nextMessageId };
  };
  for (const person of demoPeople(world.host.unixNow)) world.addPerson(person);
  for (const [index, personId] of DEMO_ACCOUNTS.entries()) {
    world.addAccount({ ...createAccount(personId), ...demoSecrets(index), box: resume(String(personId)) });
  }
  for (const chat of demoGroups(world.host.unixNow)) {
    world.addChat(chat);
    if (chat.box !== null) chat.box = resume(chat.key);
  }
  for (const personId of DEMO_ACCOUNTS) fillPrivateChats(world, personId);
  fillGroups(world);
  markRead(world);
}

export function createAccount(personId: number): Account {
  return {
    personId,
    password: null,
    hint: "",
    codes: [],
    restriction: "none",
    contacts: [],
    box: createBox(),
    randomIds: [],
  };
}

function demoSecrets(index: number): Partial<Account> {
  const contacts = CUSTOMERS.slice(0, 3).map((personId, n) => ({
    personId,
    firstName: "Demo customer",
    lastName: String(n + 1),
  }));
  return index === 1 ? { contacts, password: "demo-password", hint: "demo-…" } : { contacts };
}

export function createPerson(given: Pick<Person, "id" | "firstName"> & Partial<Person>): Person {
  return {
    lastName: "",
    username: null,
    phone: null,
    about: "",
    isBot: false,
    photo: null,
    isOnline: false,
    seenAt: 0,
    ...given,
  };
}

function demoPeople(now: number): Person[] {
  const agents = DEMO_ACCOUNTS.map((id, index) =>
    createPerson({
      id,
      firstName: "Demo agent",
      lastName: String(index + 1),
      username: `demo_agent_${index + 1}`,
      phone: `99966200${index + 1}`.padEnd(11, "0"),
    }),
  );
  const customers = CUSTOMERS.map((id, index) =>
    createPerson({
      id,
      firstName: index === 4 ? "Демо клиент" : "Demo customer",
      lastName: String(index + 1),
      username: index === 3 ? null : `demo_customer_${index + 1}`,
      phone: `99966100${index + 1}`.padEnd(11, "0"),
      about: index === 0 ? "A demo person of the sandbox" : "",
      photo: index < 4 ? `picture-${index + 1}` : null,
      isOnline: index === 0,
      seenAt: index === 1 ? now - 20 * MINUTE : 0,
    }),
  );
  return [
    createPerson({ id: SERVICE_ID, firstName: "Telegram", phone: "42777" }),
    ...agents,
    ...customers,
    createPerson({ id: BOT, firstName: "Demo bot", username: "demo_sandbox_bot", isBot: true, about: "A demo bot" }),
  ];
}

function demoGroups(now: number): Chat[] {
  const createdAt = now - 40 * DAY;
  const agents = DEMO_ACCOUNTS.map((personId, index) => ({
    personId,
    role: index === 0 ? ("creator" as const) : ("member" as const),
    joinedAt: createdAt,
  }));
  const customers = CUSTOMERS.map((personId) => ({ personId, role: "member" as const, joinedAt: createdAt }));
  const all = [...agents, ...customers];
  const of = (kind: Chat["kind"], id: number, facts: Partial<Chat>) =>
    createChat({ key: `${kind === "group" ? "g" : "c"}${id}`, kind, id, createdAt, members: all, ...facts });
  return [
    of("group", 4_900_001, { title: "Demo group", members: [...agents, ...customers.slice(0, 2)] }),
    of("supergroup", 2_900_000_001, { title: "Demo supergroup", username: "demo_supergroup", photo: "picture-2" }),
    of("channel", 2_900_000_002, { title: "Demo channel", username: "demo_channel", about: "News of a demo shop" }),
    of("supergroup", 2_900_000_003, { title: "Demo forum", isForum: true }),
  ];
}

function fillPrivateChats(world: World, accountId: number): void {
  const { unixNow } = world.host;
  for (const [index, customer] of CUSTOMERS.entries()) {
    const chat = world.privateChat(accountId, customer);
    const count = index === 0 ? LONG_CHAT : SHORT_CHAT;
    const start = unixNow - index * DAY - count * 30 * MINUTE;
    for (let n = 1; n <= count; n++) {
      const isCustomers = n % 3 !== 0;
      const text = isCustomers ? `Demo question ${n}` : `Demo answer ${n}`;
      say(world, chat, { fromId: isCustomers ? customer : accountId, text, date: start + n * 30 * MINUTE });
    }
  }
  say(world, world.privateChat(accountId, BOT), { fromId: BOT, text: "I am a demo bot", date: unixNow - 9 * DAY });
}

function fillGroups(world: World): void {
  const { unixNow, state } = world.host;
  for (const chat of state.chats.filter(({ kind }) => kind !== "private")) {
    const created = { _: "MessageActionChannelCreate", title: chat.title };
    const action = chat.kind === "group" ? { ...created, _: "MessageActionChatCreate", users: [] } : created;
    const creator = chat.members[0]?.personId ?? null;
    say(world, chat, { fromId: chat.kind === "channel" ? null : creator, action, date: chat.createdAt });
    for (const title of chat.isForum ? ["Orders", "Returns"] : []) {
      const began = { _: "MessageActionTopicCreate", title, iconColor: 0x6fb9f0 };
      const { uid } = say(world, chat, { fromId: creator, action: began, date: chat.createdAt });
      chat.topics.push({ uid, title, isClosed: false });
      say(world, chat, {
        fromId: CUSTOMERS[0] ?? null,
        text: `First in ${title}`,
        topic: uid,
        date: unixNow - 2 * DAY,
      });
    }
    for (let n = 1; n <= SHORT_CHAT; n++) {
      const fromId = chat.kind === "channel" ? null : (chat.members[n % chat.members.length]?.personId ?? null);
      say(world, chat, { fromId, text: `Demo message ${n} in ${chat.title}`, date: unixNow - DAY + n * MINUTE });
    }
  }
}

function say(world: World, chat: Chat, draft: Draft) {
  const message = createMessage(world, draft);
  world.append(chat, message);
  return message;
}

/** Everything but the last message of each chat is read on both sides. */
function markRead(world: World): void {
  for (const account of world.host.state.accounts) {
    for (const chat of world.chatsOf(account)) {
      const read = chat.messages.at(-2)?.ids[world.boxKey(chat, account)] ?? 0;
      Object.assign(world.dialog(chat, account), { readInbox: read, readOutbox: read });
    }
  }
}
