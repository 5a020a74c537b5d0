import type { Database, OpenDatabase } from "@pult/db/database.ts";
import { createLeases, LEASE_TIMES, type Leases } from "@pult/db/leases.ts";
import { type DatabaseKind, openTestDatabase, type TestDatabase, testDatabaseKinds } from "@pult/db/testing.ts";
import type { SQL } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import type { Actor, Customer } from "../actor.ts";
import type { Audio } from "../audio/audio.ts";
import { type Audience, actorOfToken } from "../auth/actors.ts";
import type { Scope } from "../auth/schema.ts";
import { createBackground } from "../background.ts";
import { type TelegramClients, TelegramFailure } from "../chats/engine/port.ts";
import type { Config, Deps } from "../context.ts";
import type { InstagramApp } from "../instagram/instagram.ts";
import { createMediaLinks } from "../media/links.ts";
import { CUT_OFFSET } from "../realtime/log.ts";
import { createLogFeeds, type LogFeedsOptions } from "../realtime/log-feeds.ts";
import { createMemoryPresence } from "../realtime/presence.ts";
import { conversationTopic, customerTopic, inboxTopic } from "../support/events.ts";
import { messageWriterOf } from "../support/message-writer.ts";
import type { SendInput } from "../support/schema.ts";
import type { Telegram, TelegramLimits } from "../telegram/telegram.ts";
import type { TrpcContext } from "../trpc.ts";
import { createVault } from "../vault/vault.ts";
import { listAudit } from "./audit.ts";
import { enableTotp, makeAccount, openBrowser, signedIn, type TestAccount, TestBrowser } from "./browser.ts";
import { findWords } from "./dump.ts";
import {
  callerOf,
  contextOf,
  countRows,
  makeAgent,
  mintToken,
  openAgentSession,
  openMiniApp,
  query,
  storeApiKey,
  storedKeyWith,
  uploadAs,
  writeAs,
} from "./factories.ts";
import { FakeMailer } from "./fake-mailer.ts";
import { FakePushSender } from "./fake-push-sender.ts";
import { FakeWebhooks } from "./fake-webhooks.ts";
import { inspectSample, MemoryMedia } from "./memory-media.ts";
import { TEST_BOT_TOKEN, type TelegramUser } from "./sign-init-data.ts";
import { TestBus } from "./test-bus.ts";
import { TestLog } from "./test-log.ts";

/** A clock that stands until it is told to move. */
export class TestClock {
  #now = new Date("2026-03-10T12:00:00.000Z").getTime();

  readonly now = (): Date => new Date(this.#now);

  advance(ms: number): void {
    this.#now += ms;
  }

  set(iso: string): void {
    this.#now = new Date(iso).getTime();
  }
}

export interface TestDeps extends Deps {
  bus: TestBus;
  log: TestLog;
  media: MemoryMedia;
  push: FakePushSender;
  mailer: FakeMailer;
  webhooks: FakeWebhooks;
  clock: TestClock;
  /** Of this process; closed after the test. */
  leases: Leases;
}

export interface TestOverrides {
  config?: Partial<Config>;
  /** A bot with a group and an Instagram account are configured; test desks stand in for them before they are called. */
  telegram?: boolean;
  /** A LiveKit is configured. */
  audio?: Audio;
  /** Telegram, as linked accounts reach it. */
  telegramClients?: TelegramClients;
  /** Reads and writes through this instead, for example to make it fail. */
  db?: Database;
  clock?: TestClock;
  feeds?: Partial<LogFeedsOptions>;
}

export const NO_TELEGRAM_LIMITS: TelegramLimits = {
  bot: null,
  group: null,
  topics: null,
  chat: null,
  customers: null,
  paid: null,
};

const SILENT_BOT: Telegram = {
  bot: {} as Telegram["bot"],
  botId: 42,
  forum: {} as NonNullable<Telegram["forum"]>,
  limits: NO_TELEGRAM_LIMITS,
  webhook: null,
  health: { running: false, reason: null },
};

const SILENT_INSTAGRAM: InstagramApp = {
  api: {} as InstagramApp["api"],
  startToken: "first-token",
  humanAgent: false,
  needsHttps: true,
};

const NO_CLIENTS: TelegramClients = {
  connect: async () => {
    throw new TelegramFailure("down", "TIMEOUT");
  },
};

/** Everything a service may use, over a real database: memory bus, memory media, fake push, a clock that stands. */
export function createTestDeps(database: Pick<OpenDatabase, "db">, overrides: TestOverrides = {}): TestDeps {
  const db = overrides.db ?? database.db;
  const clock = overrides.clock ?? new TestClock();
  const bus = new TestBus();
  const presence = createMemoryPresence();
  const { now } = clock;
  const log = new TestLog();
  const feeds = createLogFeeds({
    db,
    bus,
    lingerMs: 0,
    // A test that steps through a log is told of events alone, however long it takes; one that waits for heartbeats asks for them.
    heartbeatMs: 3_600_000,
    failed: (error) => log.error({ err: error }, "A log could not be read"),
    ...overrides.feeds,
  });
  return {
    db,
    bus,
    feeds,
    presence,
    now,
    clock,
    log,
    leases: createLeases({
      ...LEASE_TIMES,
      db,
      failed: (error) => log.error({ err: error }, "A work stopped"),
      refused: (error) => log.error({ err: error }, "No lease could be acquired"),
      answered: () => {},
    }),
    media: new MemoryMedia(),
    mediaLinks: createMediaLinks({ secret: new TextEncoder().encode("links"), signed: true, now }),
    inspectFile: inspectSample,
    push: new FakePushSender(),
    telegram: overrides.telegram ? SILENT_BOT : null,
    instagram: overrides.telegram ? { ...SILENT_INSTAGRAM } : null,
    mtproto: {
      clients: overrides.telegramClients ?? NO_CLIENTS,
      api: { id: 1, hash: "0".repeat(32) },
      health: { isFailed: false, patienceMs: 60_000 },
    },
    readers: { searches: db, replica: null },
    audio: overrides.audio ?? null,
    vault: createVault([new Uint8Array(32).fill(7)]),
    mailer: new FakeMailer(),
    background: createBackground(log),
    webhooks: new FakeWebhooks(),
    config: {
      workspace: "Pult",
      origin: "https://pult.example.com",
      jwtSecret: new TextEncoder().encode("a secret of the tests, 32 bytes long"),
      adminKey: null,
      botToken: TEST_BOT_TOKEN,
      telegramLogin: false,
      pushDelayMs: 4_000,
      liveChat: null,
      instagramWebhook: { hasAppSecret: false, hasVerifyToken: false },
      statusIntervalMs: 1_000,
      ...overrides.config,
    },
  };
}

/** Every event of a support log is one that its topic declares. */
function assertDeclared(bus: TestBus): void {
  const declared = [
    { prefix: customerTopic.name(""), event: customerTopic.event },
    { prefix: "support.conversation:", event: conversationTopic.event },
    { prefix: inboxTopic.name("all"), event: inboxTopic.event },
  ];
  for (const { topic, entry } of bus.published) {
    if (entry.offset === CUT_OFFSET) continue;
    const schema = declared.find(({ prefix }) => topic.startsWith(prefix))?.event;
    if (schema) expect(schema.safeParse(entry.payload).error, topic).toBeUndefined();
  }
}

/** The factories and readers of this folder, on the deps of the test that runs. */
const shortFormsOn = (deps: () => TestDeps) => ({
  /** The whole API as this actor calls it. */
  as: (actor: Actor, signal?: AbortSignal, transport?: Partial<TrpcContext>) =>
    callerOf(deps(), actor, signal, transport),
  contextOf: (actor: Actor) => contextOf(deps(), actor),
  actorOf: (token: string, audience: Audience = "trpc") => actorOfToken(deps(), token, audience),
  makeAgent: (given?: Parameters<typeof makeAgent>[1]) => makeAgent(deps(), given),
  makeAccount: (given?: Parameters<typeof makeAccount>[1]) => makeAccount(deps(), given),
  newBrowser: () => new TestBrowser(deps()),
  signedIn: (given?: Parameters<typeof makeAccount>[1]) => signedIn(deps(), given),
  openBrowser: (account: TestAccount) => openBrowser(deps(), account),
  enableTotp: (browser: TestBrowser) => enableTotp(deps(), browser),
  openSession: (personId: string) => openAgentSession(deps(), personId),
  openMiniApp: (user: TelegramUser) => openMiniApp(deps(), user),
  mintToken: (externalId: string, claims?: object) => mintToken(deps(), externalId, claims),
  storeApiKey: (given?: Parameters<typeof storeApiKey>[1]) => storeApiKey(deps(), given),
  storedKeyWith: (...scopes: Scope[]) => storedKeyWith(deps(), ...scopes),
  writeAs: (customer: Customer, given?: Partial<SendInput>) => writeAs(deps(), customer, given),
  uploadAs: (actor: Actor) => uploadAs(deps(), actor),
  query: <Row>(statement: SQL) => query<Row>(deps(), statement),
  countRows: (table: string) => countRows(deps(), table),
  listAudit: (action: string) => listAudit(deps(), action),
  findWords: (words: readonly string[]) => findWords(deps(), words),
});

export interface TestWorld extends ReturnType<typeof shortFormsOn> {
  readonly kind: DatabaseKind;
  readonly database: TestDatabase;
  /** Fresh for every test; the database behind them is empty then. */
  readonly deps: TestDeps;
}

type Suite = (world: TestWorld) => void;
type Given = [suite: Suite] | [overrides: TestOverrides, suite: Suite];

/** Runs a suite on PostgreSQL, or on PGlite where there is no server. */
export const describeOnDatabases = (name: string, ...given: Given): void =>
  describe.each(testDatabaseKinds())(`${name} on %s`, (kind) => runSuite(kind, given));

/** Runs a suite on PostgreSQL and PGlite: one whose SQL could differ, and one of each domain. */
export const describeOnBothDatabases = (name: string, ...given: Given): void =>
  describe.each(testDatabaseKinds("both"))(`${name} on %s`, (kind) => runSuite(kind, given));

/** Runs a suite whose transactions must wait for each other on PostgreSQL, where there is one: PGlite has one connection. */
export function describeOnPostgres(name: string, ...given: Given): void {
  if (testDatabaseKinds().includes("postgres")) describe(`${name} on postgres`, () => runSuite("postgres", given));
}

/**
 * One database for the suite, emptied before every test. After a test there must be no error in the log, no failed bus listener and
 * no subscription left.
 */
function runSuite(kind: DatabaseKind, given: Given): void {
  const [overrides, suite] = given.length === 1 ? [{}, ...given] : given;
  let database: TestDatabase | null = null;
  let deps: TestDeps | null = null;
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  beforeEach(async () => {
    await world.database.clear();
    deps = createTestDeps(world.database, overrides);
  });
  afterEach(async () => {
    await world.deps.leases.close();
    await messageWriterOf(world.deps).idle();
    await world.deps.background.idle();
    world.deps.log.assertQuiet();
    expect(world.deps.bus.failures).toEqual([]);
    assertDeclared(world.deps.bus);
    expect(world.deps.bus.listening).toBe(0);
    world.deps.feeds.close();
  });
  afterAll(() => database?.close());
  const world: TestWorld = {
    kind,
    get database() {
      if (!database) throw new Error("The database is open in tests only");
      return database;
    },
    get deps() {
      if (!deps) throw new Error("There are deps in tests only");
      return deps;
    },
    ...shortFormsOn(() => world.deps),
  };
  suite(world);
}
