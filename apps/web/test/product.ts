import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type APIRequestContext, test as base, expect, type Locator, type Page } from "@playwright/test";
import { openPglite } from "@pult/db/pglite.ts";
import { openPostgres } from "@pult/db/postgres.ts";
import { createTestDatabase } from "@pult/db/testing.ts";
import { sql } from "drizzle-orm";

/** The built product with sandbox and demo data, on a free port and fresh data: on PostgreSQL where the tests have one. */
export interface Product {
  origin: string;
  agent: { email: string; password: string };
  /** Another agent of the same desk. */
  colleague: { email: string; password: string };
  /** Ends the process and starts another on the same port and data. */
  restart(): Promise<void>;
  /** Ends the process; `restart` starts the next. */
  stop(): Promise<void>;
  /** Makes every session an hour old. */
  letSessionsAge(): Promise<void>;
}

/** A new installation without demo data and without agents. */
export interface FreshProduct {
  /** By the name under which browsers offer passkeys. */
  origin: string;
  /** Opens the page that makes the first Admin. */
  setUpLink: string;
  stop(): Promise<void>;
}

const BUNDLE = fileURLToPath(new URL("../../server/dist/bin/main.js", import.meta.url));

interface Launched {
  child: ChildProcess;
  origin: string;
  /** The first thing printed that matches, also when it comes later. */
  printed(pattern: RegExp): Promise<string>;
}

const TRIAL = { SANDBOX: "1", DEMO: "1" };

async function launch(directory: string, port: string, settings: NodeJS.ProcessEnv = TRIAL): Promise<Launched> {
  const child = spawn(process.execPath, [BUNDLE, "--web"], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      PORT: port,
      DATA_DIR: directory,
      ...settings,
      // One browser plays all users here, faster than people type.
      LIMIT_SIGN_IN_PER_15_MIN: "0",
      LIMIT_USER_PER_MINUTE: "0",
      LIMIT_IP_PER_MINUTE: "0",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const printed = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const read = (line: string) => {
        const found = pattern.exec(line)?.[1];
        if (found) resolve(found);
      };
      lines.forEach(read);
      reader.on("line", read);
      child.once("exit", (code) => reject(new Error(`The product ended with ${code} before it was ready`)));
    });
  return { child, printed, origin: await printed(/"origin":"([^"]+)"/) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`The product ended with ${code}`);
}

/** The sandbox's traders rest, so that nothing happens in the product but what a test does. */
function letTradersRest(directory: string): void {
  const state = { isWanted: false, isRunning: false, pace: "calm", present: [], trades: 0, problem: null };
  writeFileSync(join(directory, "sandbox.json"), JSON.stringify({ modules: { traders: { version: 1, state } } }));
}

async function start(directory: string, settings: NodeJS.ProcessEnv): Promise<Product> {
  letTradersRest(directory);
  let { child, origin } = await launch(directory, "0", settings);
  const [agent, colleague] = JSON.parse(readFileSync(join(directory, "demo.json"), "utf8")) as Product["agent"][];
  if (!agent || !colleague) throw new Error("No demo agents");
  const stop = () => end(child);
  const restart = async () => {
    await stop();
    child = (await launch(directory, new URL(origin).port, settings)).child;
  };
  const { DATABASE_URL: url } = settings;
  const letSessionsAge = async () => {
    // PGlite is its process's alone.
    if (!url) await stop();
    const { db, close } = await (url ? openPostgres(url) : openPglite(join(directory, "pglite")));
    await db.execute(sql`update sessions set confirmed_at = now() - interval '1 hour'`);
    await close();
    if (!url) await restart();
  };
  return { origin, agent, colleague, stop, restart, letSessionsAge };
}

/** As `npm start` runs it, on PGlite. The caller has to stop it. */
export async function startFresh(): Promise<FreshProduct> {
  const directory = mkdtempSync(join(tmpdir(), "pult-fresh-"));
  const { child, origin, printed } = await launch(directory, "0", { SANDBOX: "0", DEMO: "0" });
  const named = (url: string) => url.replace("127.0.0.1", "localhost");
  return {
    origin: named(origin),
    setUpLink: named(await printed(/(http\S+\/setup#token=\S+)/)),
    async stop() {
      await end(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const test = base.extend<{ quiet: undefined; other: Page }, { settings: NodeJS.ProcessEnv; product: Product }>({
  /** What the product is started with beside sandbox and demo data. */
  settings: [{}, { scope: "worker", option: true }],
  product: [
    async ({ settings }, use) => {
      const directory = mkdtempSync(join(tmpdir(), "pult-browser-"));
      const database = process.env.TEST_DATABASE_URL ? await createTestDatabase() : null;
      const DATABASE_URL = database?.url;
      const product = await start(directory, { ...TRIAL, DATABASE_URL, ...settings });
      await use(product);
      try {
        await product.stop();
      } finally {
        rmSync(directory, { recursive: true, force: true });
        await database?.drop();
      }
    },
    { scope: "worker" },
  ],
  /** A page of another browser. */
  other: async ({ browser }, use) => {
    const context = await browser.newContext();
    await use(await context.newPage());
    await context.close();
  },
  /** A page that logs an error, or runs into one, fails its test. */
  quiet: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => {
        // Whether there is a sandbox is found out by asking, whether a password or a code is right too.
        const isExpected = /\/sandbox\/api\/world$|\/trpc\/(auth\.confirm|chats\.(link|webhooks))\b/.test(
          message.location().url,
        );
        if (message.type() !== "error" || isExpected) return;
        if (!/status of (401|403|409|502)|net::ERR|WebSocket connection to/.test(message.text()))
          errors.push(message.text());
      });
      await use(undefined);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

type SignedIn = Pick<Product, "origin" | "agent">;

/** Signs in without the form, which `desk.spec.ts` and `account.spec.ts` fill in. */
export async function startSession(page: Page, { origin, agent: data }: SignedIn): Promise<void> {
  const answer = await page.request.post(`${origin}/trpc/auth.signIn`, { data, headers: { origin } });
  expect(answer.status()).toBe(200);
}

/** The same, and opens a page. */
export async function signIn(page: Page, given: SignedIn, path = "/inbox"): Promise<void> {
  await startSession(page, given);
  await page.goto(given.origin + path);
  await takesClicks(page);
}

/** A page of the desk is connected after React has taken it over; a click before that may be lost. */
export const takesClicks = (page: Page) =>
  expect(page.locator("[role=status]", { hasText: /^Connected$/ })).toHaveCount(1);

/** The page stays the same page: a reload would lose this mark. */
export const mark = (page: Page) => page.evaluate(() => document.body.setAttribute("data-marked", "1"));
export const marked = (page: Page) => page.locator("body[data-marked]");

/** Where an agent answers in an open conversation. */
export const replyField = (page: Page) => page.getByRole("textbox", { name: /reply/i });

/** Writes and sends. */
export async function write(field: Locator, text: string): Promise<void> {
  await field.fill(text);
  await field.press("Enter");
}

/** Calls a mutation as the agent of this page's session. */
export async function call<Answer>(page: Page, { origin }: Product, path: string, data: object): Promise<Answer> {
  const answer = await page.request.post(`${origin}/trpc/${path}`, { data, headers: { origin } });
  expect(answer.status()).toBe(200);
  return ((await answer.json()) as { result: { data: Answer } }).result.data;
}

/** Publishes a live alert as the agent of this page's session. @returns its id */
export async function publishAlert(page: Page, { origin }: Product, name: string): Promise<string> {
  const data = {
    type: "halftime",
    name,
    marketId: "demo-8841",
    confidence: 0.94,
    ev: 8.7,
    sport: "basketball",
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
  };
  const answer = await page.request.post(`${origin}/trpc/notifications.liveAlerts.publish`, {
    data,
    headers: { origin },
  });
  return ((await answer.json()) as { result: { data: { id: string } } }).result.data.id;
}

/** What Telegram adds to the Mini App's address for a user of the sandbox. */
export async function launchOf(request: APIRequestContext, { origin }: Product, userId: number): Promise<string> {
  const launched = await request.post(`${origin}/sandbox/api/telegram/launch`, { data: { userId } });
  return ((await launched.json()) as { fragment: string }).fragment;
}

export async function openMiniApp(page: Page, product: Product, userId: number, startParam = ""): Promise<void> {
  const params = new URLSearchParams((await launchOf(page.request, product, userId)).replace(/^#/, ""));
  if (startParam) params.set("tgWebAppStartParam", startParam);
  await page.goto(`${product.origin}/app#${params}`);
}

/** Listens to a page from before it is opened. @returns what its scripts took so far, in bytes as gzip packs them */
export function measureScripts(page: Page): () => Promise<number> {
  const scripts: Promise<number>[] = [];
  page.on("response", (response) => {
    if (response.url().endsWith(".js")) scripts.push(response.body().then((body) => gzipSync(body).length));
  });
  return async () => {
    const sizes = await Promise.all(scripts);
    expect(sizes.length).toBeGreaterThan(0);
    return sizes.reduce((sum, size) => sum + size, 0);
  };
}

type Told = { said: string[]; press(event: string): void };

/** A Telegram client around the page, which notes what the page asks of it. To be called before the page is opened. */
export async function openInTelegram(page: Page) {
  await page.addInitScript(() => {
    const said: string[] = [];
    const hear = () =>
      (window as never as { TelegramGameProxy: { receiveEvent(type: string): void } }).TelegramGameProxy;
    Object.assign(window, {
      telegram: { said, press: (event: string) => hear().receiveEvent(event) },
      TelegramWebviewProxy: { postEvent: (type: string, data: string) => said.push(`${type} ${data}`) },
    });
  });
  const said = () => page.evaluate(() => (window as never as { telegram: Told }).telegram.said);
  const press = (event: string) =>
    page.evaluate((type) => (window as never as { telegram: Told }).telegram.press(type), event);
  return { said, pressBack: () => press("back_button_pressed"), pressMain: () => press("main_button_pressed") };
}

export { expect };
