import { randomUUID } from "node:crypto";
import { placeOfTotp } from "@pult/api/auth/account/second-factor.ts";
import { codeOf } from "@pult/api/testing/browser.ts";
import { dumpTables } from "@pult/api/testing/dump.ts";
import { createVault } from "@pult/api/vault/vault.ts";
import type { Database } from "@pult/db/database.ts";
import { auditLog, credentials, people } from "@pult/db/schema/auth.ts";
import { eq, isNotNull } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasRedisServer } from "../../src/adapters/test-redis.ts";
import { startServer } from "../server-under-test.ts";
import { call, type Peer } from "../support/calls.ts";
import { countdown } from "../support/mailbox.ts";
import { mainCell } from "../support/matrix.ts";
import { filesWith, makeStore, withDatabase } from "../support/stored.ts";
import { signInAt } from "../support/trpc-client.ts";
import { openTwoNodes } from "../support/two-nodes.ts";
import { useServer } from "../support/use-server.ts";

const keyOf = (fill: number) => Buffer.alloc(32, fill);
const text = (key: Buffer) => key.toString("base64");
const [A, B, C] = [keyOf(1), keyOf(2), keyOf(3)];
const ROWS = 1_000;
const CANARY = "JBSWY3DPEHPK3PXPCANARY";
const DONE = "Secrets are sealed with ENCRYPTION_KEY now; ENCRYPTION_KEY_PREVIOUS can go";
const NOT_DONE = "Not all secrets are sealed with ENCRYPTION_KEY yet; ENCRYPTION_KEY_PREVIOUS has to stay";

const rpc = (server: Peer, path: string, { token, json = {} }: { token: string; json?: object }) =>
  call(server, `/trpc/${path}`, { token, json });

/** Asks for the secret again and again: a wrong code is only found wrong by opening it. */
class Prober {
  readonly #token: string;
  readonly #problems: string[] = [];
  readonly #counter = countdown();
  #stopping = false;
  #back: Promise<void> = Promise.resolve();

  constructor(token: string) {
    this.#token = token;
  }

  /** @param server where to ask, also after it was away */
  async run(server: Peer): Promise<void> {
    const wrong = { token: this.#token, json: { code: "000000" } };
    while (!this.#stopping) {
      const answer = await rpc(server, "auth.totp.confirm", wrong).catch(() => this.#back);
      if (!answer) continue;
      const isRead = answer.status === 400 && answer.text.includes("not the code that the app shows now");
      if (!isRead) this.#problems.push(`${answer.status} ${answer.text}`);
      this.#counter.step();
    }
  }

  /** Asks no more while the server is away. */
  async during(back: Promise<void>): Promise<void> {
    this.#back = back;
    await back;
  }

  /** After so many more answers. */
  after(count: number): Promise<void> {
    return this.#counter.more(count);
  }

  stop(): string[] {
    this.#stopping = true;
    return this.#problems;
  }
}

/** Agents of whom nothing but a sealed secret matters. */
async function storeSecrets(db: Database, vault: ReturnType<typeof createVault>): Promise<void> {
  const ids = Array.from({ length: ROWS }, () => randomUUID());
  await db.insert(people).values(ids.map((id) => ({ id, name: "Agent" })));
  await db.insert(credentials).values(
    ids.map((personId) => ({
      personId,
      email: `${personId}@example.com`,
      passwordHash: "none",
      totpSecret: vault.seal(placeOfTotp(personId), `${CANARY}${personId}`),
    })),
  );
}

describe.each(mainCell())("ENCRYPTION_KEY on %s", (_name, cell) => {
  let store: Awaited<ReturnType<typeof makeStore>>;
  let secret: string;
  let session: string;
  const server = useServer(async () => {
    store = await makeStore(cell.database);
    return startServer({ ...cell, ...store.at, speed: 5, env: { DEMO: "1", ENCRYPTION_KEY: text(A) } });
  });
  afterAll(() => store.remove());
  const inDatabase = <Result>(work: (db: Database) => Promise<Result>) => withDatabase(store.at, work);
  const dump = () => inDatabase((db) => dumpTables({ db }));

  beforeAll(async () => {
    session = await signInAt(server, "second");
    const begun = await rpc(server, "auth.totp.begin", { token: session });
    secret = JSON.parse(begun.text).result.data.secret;
    await server.kill();
    await inDatabase((db) => storeSecrets(db, createVault([A])));
  });

  const sealed = () =>
    inDatabase((db) =>
      db
        .select({ personId: credentials.personId, totpSecret: credentials.totpSecret })
        .from(credentials)
        .where(isNotNull(credentials.totpSecret)),
    );

  test("a wrong key stops the start, names itself, and changes nothing", async () => {
    const before = await dump();
    const logged = server.logs().length;
    await expect(server.restart({ ENCRYPTION_KEY: text(C) })).rejects.toThrow("it exited with 1");
    const said = server.logs().slice(logged);
    expect(said).toMatch(/^ENCRYPTION_KEY does not open the secrets in this database, .* Nothing was changed\.\n$/);
    await expect(server.restart({ ENCRYPTION_KEY_PREVIOUS: text(B) })).rejects.toThrow("it exited with 1");
    // One that Pult makes for itself is another, too.
    await expect(server.restart({ ENCRYPTION_KEY: "", ENCRYPTION_KEY_PREVIOUS: "" })).rejects.toThrow("exited with 1");
    expect(await dump()).toEqual(before);
  });

  test("a new key is brought in during requests and kills; then it is the only one that is needed", async () => {
    const prober = new Prober(session);
    await server.restart({ ENCRYPTION_KEY: text(B), ENCRYPTION_KEY_PREVIOUS: text(A) });
    const probing = prober.run(server);
    for (let kill = 0; kill < 2 && !server.logs().includes(DONE); kill++) {
      await prober.after(1 + Math.floor(Math.random() * 40));
      await prober.during(server.kill().then(() => server.restart()));
    }
    await expect.poll(() => server.logs(), { timeout: 30_000 }).toContain(DONE);
    await prober.after(20);
    expect(prober.stop()).toEqual([]);
    await probing;
    await server.kill();

    const vault = createVault([B]);
    const rows = await sealed();
    expect(rows).toHaveLength(ROWS + 1);
    for (const { personId, totpSecret } of rows) {
      expect([secret, `${CANARY}${personId}`]).toContain(vault.open(placeOfTotp(personId), totpSecret ?? ""));
    }
    const entries = await inDatabase((db) =>
      db.select().from(auditLog).where(eq(auditLog.action, "auth.secretsResealed")),
    );
    expect(entries.length).toBeGreaterThan(0);
    expect(entries[0]).toMatchObject({ actorKind: "system", details: { count: expect.any(Number), unopened: 0 } });

    await expect(server.restart({ ENCRYPTION_KEY: text(A), ENCRYPTION_KEY_PREVIOUS: "" })).rejects.toThrow("with 1");
    await server.restart({ ENCRYPTION_KEY: text(B) });
    const right = { token: session, json: { code: codeOf(secret, new Date()) } };
    expect((await rpc(server, "auth.totp.confirm", right)).text).toContain("backupCodes");
    expect(server.logs()).not.toMatch(/"level":"(error|fatal)"/);
  });

  test("what is stored, and what was logged, tells no secret", async () => {
    await server.kill();
    const stored = JSON.stringify([...(await dump())]);
    for (const words of [secret, CANARY, text(A), text(B)]) {
      expect(stored.includes(words)).toBe(false);
      expect(server.logs().includes(words)).toBe(false);
      expect(filesWith(store.at.dataDir, words)).toEqual([]);
    }
  });

  test("an altered secret is refused and left as it is; every other one is brought over", async () => {
    const [victim] = await sealed();
    const { personId, totpSecret } = victim ?? { personId: "", totpSecret: "" };
    const altered = `${totpSecret?.slice(0, -4)}${totpSecret?.at(-4) === "A" ? "B" : "A"}${totpSecret?.slice(-3)}`;
    await inDatabase((db) =>
      db.update(credentials).set({ totpSecret: altered }).where(eq(credentials.personId, personId)),
    );
    const logged = server.logs().length;
    await server.restart({ ENCRYPTION_KEY: text(C), ENCRYPTION_KEY_PREVIOUS: text(B) });
    await expect.poll(() => server.logs().slice(logged), { timeout: 30_000 }).toContain(NOT_DONE);
    expect(server.logs().slice(logged)).not.toContain(DONE);
    const errors = server.logs().slice(logged).split("\n");
    expect(errors.filter((line) => line.includes('"level":"error"'))).toEqual([
      expect.stringContaining(`"row":"credentials.totp_secret/${personId}"`),
    ]);
    await server.kill();
    const vault = createVault([C]);
    for (const row of await sealed()) {
      if (row.personId === personId) expect(row.totpSecret).toBe(altered);
      else expect(() => vault.open(placeOfTotp(row.personId), row.totpSecret ?? "")).not.toThrow();
    }
    // The check is sealed with the new key by now; every start reports secrets that no key opens.
    await server.restart({ ENCRYPTION_KEY: text(C), ENCRYPTION_KEY_PREVIOUS: "" });
    const warning = /"count":1,"msg":"Some secrets were sealed with another ENCRYPTION_KEY/;
    await expect.poll(() => server.logs().slice(logged)).toMatch(warning);
  });
});

const canRun = hasRedisServer() && Boolean(process.env.TEST_DATABASE_URL);
if (!canRun) process.stdout.write("Skipped two nodes: they need redis-server on PATH and TEST_DATABASE_URL\n");

describe.runIf(canRun)("ENCRYPTION_KEY on two nodes", () => {
  test("is changed one node after the other, and each can read what the other has sealed", async () => {
    const nodes = await openTwoNodes({ runtimes: ["node", "deno"], speed: 5, env: { ENCRYPTION_KEY: text(A) } });
    const { a, b } = nodes;
    try {
      const session = await signInAt(a, "second");
      await rpc(a, "auth.totp.begin", { token: session });
      // First every node learns of the key to come, then each begins to seal with it.
      for (const node of [a, b]) {
        await node.kill();
        await node.restart({ ENCRYPTION_KEY: text(A), ENCRYPTION_KEY_PREVIOUS: text(B) });
      }
      const probers = [a, b].map((node) => ({ node, prober: new Prober(session) }));
      const probing = probers.map(({ node, prober }) => prober.run(node));
      for (const node of [a, b]) {
        const back = node
          .kill()
          .then(() => node.restart({ ENCRYPTION_KEY: text(B), ENCRYPTION_KEY_PREVIOUS: text(A) }));
        await Promise.all(probers.filter((one) => one.node === node).map(({ prober }) => prober.during(back)));
        await Promise.all(probers.map(({ prober }) => prober.after(10)));
      }
      await expect.poll(() => a.logs() + b.logs(), { timeout: 30_000 }).toContain(DONE);
      await Promise.all(probers.map(({ prober }) => prober.after(10)));
      expect(probers.flatMap(({ prober }) => prober.stop())).toEqual([]);
      await Promise.all(probing);
      for (const node of [a, b]) {
        await node.kill();
        await node.restart({ ENCRYPTION_KEY: text(B), ENCRYPTION_KEY_PREVIOUS: "" });
        const answer = await rpc(node, "auth.totp.confirm", { token: session, json: { code: "000000" } });
        expect([answer.status, answer.text]).toEqual([400, expect.stringContaining("not the code")]);
        expect(node.logs()).not.toContain("Some secrets were sealed with another");
      }
    } finally {
      await nodes.stop();
    }
  });
});
