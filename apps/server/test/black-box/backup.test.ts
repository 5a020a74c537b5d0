import { request } from "node:http";
import { gzipSync } from "node:zlib";
import type { Scope } from "@pult/api/auth/schema.ts";
import { createClient } from "@pult/api/client.ts";
import { followLog } from "@pult/api/follow-log.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { type Cell, type ServerUnderTest, sharedEnv } from "../server-under-test.ts";
import { backupOf, contentsOf, linesOf, restorable } from "../support/backup-file.ts";
import { call, historyOf, sendMessage, sendPhotos } from "../support/calls.ts";
import { startDesk } from "../support/desk.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { problemsIn } from "../support/process-stats.ts";
import { callApi, signInAt } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

const { ENCRYPTION_KEY = "", ...PUSH_KEYS } = sharedEnv();
const CELLS = bothRuntimes().map(([, cell]) => cell);
const PAIRS = CELLS.map((from, at): [Cell, Cell] => [from, CELLS[(at + 1) % CELLS.length] ?? from]);

const startKeyed = (cell: Cell, env: Record<string, string> = {}) =>
  startDesk(cell, { env: { ...PUSH_KEYS, ENCRYPTION_KEY, ...env } });

const restoreTo = (server: ServerUnderTest, file: Buffer<ArrayBuffer>, query = "", token = ADMIN_KEY) =>
  call(server, `/api/admin/restore${query}`, { raw: file, token });

describe.each(PAIRS)("A backup of $runtime + $database", (from, to) => {
  const source = useServer(() => startKeyed(from, { DEMO: "1" }));
  const target = useServer(() => startKeyed(to));
  let file: Buffer<ArrayBuffer>;
  let session = "";

  beforeAll(async () => {
    const photo = { photos: [{ bytes: SAMPLE_PHOTOS.jpeg }], token: ADMIN_KEY };
    expect((await sendPhotos(source, { user_id: "kept-1", message: "A photo" }, photo)).status).toBe(200);
    session = await signInAt(source);
    file = await backupOf(source);
  });

  test(`goes to ${to.runtime} + ${to.database} row by row and file by file, and its people sign in there`, async () => {
    const tried = await restoreTo(target, file, "?dryRun=1");
    expect([tried.status, tried.body]).toMatchObject([200, { dryRun: true, files: 2, rows: { conversations: 4 } }]);
    expect(contentsOf(await backupOf(target)).conversations).toEqual([]);
    const done = await restoreTo(target, file);
    expect([done.status, done.body]).toMatchObject([
      200,
      { files: 2, access: { endedSessions: 1, livingKeys: 0, revivedAgents: [{}, {}], callerStays: true } },
    ]);
    const before = restorable(contentsOf(file));
    const after = restorable(contentsOf(await backupOf(target)));
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, rows] of Object.entries(before)) expect(after[name as keyof typeof after], name).toEqual(rows);
    expect((await call(source, "/trpc/auth.me", { token: session })).status).toBe(200);
    expect((await call(target, "/trpc/auth.me", { token: session })).status).toBe(401);
    expect(await signInAt({ origin: target.origin, dataDir: source.dataDir })).toMatch(/^ses_/);
    const [photo] = (await historyOf(target, "kept-1", { token: ADMIN_KEY })).flatMap((one) => one.photo_urls);
    expect((await fetch(new URL(photo ?? "", target.origin))).status).toBe(200);
    const { entries } = await callApi(target).auth.audit.list.query({ action: "auth.restored" });
    expect(entries).toMatchObject([{ actor: { kind: "apiKey" }, details: { files: 2 } }]);
    await target.restart();
    const sent = await sendMessage(target, { user_id: "kept-1", message: "Again" }, { token: ADMIN_KEY });
    expect(sent.status).toBe(200);
  });

  test("replaces existing data only when asked to, and subscribers restart from a snapshot", async () => {
    const refused = await restoreTo(target, file);
    expect([refused.status, refused.body.error]).toEqual([
      409,
      expect.stringMatching(/\d conversations and 1 rooms and .*2 other/),
    ]);
    const client = createClient({ url: target.origin, token: ADMIN_KEY });
    const positions: ("first" | "snapshot")[] = [];
    const heard = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const stop = followLog((input, handlers) => client.api.support.onInbox.subscribe(input, handlers as never), {
      onEvent() {},
      onPosition(snapshot) {
        positions.push(snapshot === null ? "first" : "snapshot");
        if (positions.length === 1) begun.resolve();
        else heard.resolve();
      },
    });
    await begun.promise;
    expect((await restoreTo(target, file, "?replace=1")).status).toBe(200);
    await heard.promise;
    expect(positions).toEqual(["first", "snapshot"]);
    stop();
    client.close();
    const texts = (await historyOf(target, "kept-1", { token: ADMIN_KEY })).map(({ message }) => message);
    expect(texts).not.toContain("Again");
  });

  test("that is damaged, cut, of another migration or another key is refused, and nothing changes", async () => {
    const before = contentsOf(await backupOf(target));
    const lines = linesOf(file);
    const [header = "", ...rest] = lines;
    const damaged = Buffer.from(file);
    damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
    const other = { ...JSON.parse(header), migration: { tag: "9999_later", hash: "f".repeat(64) } };
    const withOther = [JSON.stringify(other), ...rest.slice(0, -1)];
    const trailer = JSON.parse(rest.at(-1) ?? "");
    const sum = await crypto.subtle.digest("SHA-256", Buffer.from(`${withOther.join("\n")}\n`));
    const sealed = [...withOther, JSON.stringify({ ...trailer, sha256: Buffer.from(sum).toString("hex") })];
    for (const [status, words, bytes] of [
      [400, "", damaged],
      [400, "not whole", file.subarray(0, -20)],
      [400, "", Buffer.from("no backup at all")],
      [409, "9999_later", gzipSync(`${sealed.join("\n")}\n`)],
      [409, JSON.parse(header).migration.tag, gzipSync(`${sealed.join("\n")}\n`)],
    ] as const) {
      const { status: got, body } = await restoreTo(target, bytes as Buffer<ArrayBuffer>, "?replace=1");
      expect([got, body.error]).toEqual([status, expect.stringContaining(words)]);
    }
    expect(contentsOf(await backupOf(target))).toEqual(before);
  });

  test("whose upload is interrupted changes nothing, and is no error of the server's", async () => {
    const logged = target.logs().length;
    const before = contentsOf(await backupOf(target));
    const { hostname, port } = new URL(target.origin);
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-length": file.length };
    const upload = request({ hostname, port, path: "/api/admin/restore?replace=1", method: "POST", headers });
    const cut = new Promise((resolve) => upload.once("close", resolve));
    upload.on("error", () => {});
    upload.write(file.subarray(0, file.length - 100), () => upload.destroy());
    await cut;
    expect(contentsOf(await backupOf(target))).toEqual(before);
    expect(problemsIn(target.logs().slice(logged))).toEqual([]);
  });

  test("is for keys with every scope only, and so is its way back", async () => {
    const scopes: Scope[] = ["support:write", "auth:write", "chats:write"];
    const { key } = await callApi(target).auth.apiKeys.create.mutate({ name: "Lesser", scopes });
    // That it was used is noted once a minute.
    expect((await call(target, "/trpc/auth.me", { token: key })).status).toBe(200);
    const before = contentsOf(await backupOf(target));
    for (const [token, status] of [
      [key, 403],
      [undefined, 401],
    ] as const) {
      const own = token === undefined ? {} : { token };
      expect((await call(target, "/api/admin/backup", own)).status).toBe(status);
      expect((await call(target, "/api/admin/restore?replace=1", { raw: file, ...own })).status).toBe(status);
    }
    expect(contentsOf(await backupOf(target))).toEqual(before);
  });
});
