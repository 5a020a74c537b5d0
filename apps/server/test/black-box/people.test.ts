import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { createTestDatabase } from "@pult/db/testing.ts";
import { findUser } from "@pult/sandbox/testing.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signInitData } from "../support/callers.ts";
import { call, photoForm, sendMessage } from "../support/calls.ts";
import { ADMIN_KEY, type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { Mailbox } from "../support/mailbox.ts";
import { mainCell, nodePair } from "../support/matrix.ts";

import { dumpOf, withDatabase } from "../support/stored.ts";
import { topicOf } from "../support/support-group.ts";
import { type ApiClient, connectApi } from "../support/trpc-client.ts";
import { openTwoNodes, type TwoNodes } from "../support/two-nodes.ts";

/** How soon what was decided has to be seen: far less than the 25 s after which every log is compared anyway. */
const AT_ONCE_MS = 3_000;

interface Heard {
  type: string;
  me?: { role: string; permissions: string[] };
  recovered?: boolean;
  snapshot?: unknown;
}

/** Every event that the session, or the inbox, delivers from now on. */
async function follow(client: ApiClient, what: "session" | "inbox"): Promise<Mailbox<Heard>> {
  const heard = new Mailbox<Heard>();
  const onData = (value: unknown) => {
    const { data } = value as { data?: Heard };
    heard.push(data ?? (value as Heard));
  };
  // A refused subscription is what some of this is about.
  const onError = () => heard.push({ type: "refused" });
  if (what === "session") client.api.auth.onSession.subscribe(undefined, { onData, onError });
  else client.api.support.onInbox.subscribe({ lastEventId: null }, { onData, onError });
  await heard.first(() => true);
  return heard;
}

describe.each(mainCell())("People, on %s", (_name, cell) => {
  let installation: Installation;
  let admin: ApiClient;
  let dataDir: string;
  let database: Awaited<ReturnType<typeof createTestDatabase>> | null;
  const clients: ApiClient[] = [];

  beforeAll(async () => {
    const { database: kind, ...rest } = cell;
    dataDir = mkdtempSync(join(tmpdir(), "pult-people-"));
    database = kind === "postgres" ? await createTestDatabase() : null;
    installation = await openInstallation({ ...rest, dataDir, ...(database ? { databaseUrl: database.url } : {}) });
    admin = connect(ADMIN_KEY);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await installation?.close();
    await database?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  function connect(token: string): ApiClient {
    const client = connectApi(installation.server.origin, token);
    clients.push(client);
    return client;
  }

  async function openMiniApp(id: number): Promise<ApiClient> {
    const initData = signInitData(installation.sandbox.env.TELEGRAM_BOT_TOKEN, { id });
    const answer = await call(installation.server.origin, "/trpc/auth.miniApp", { json: { initData } });
    return connect(JSON.parse(answer.text).result.data.token);
  }

  test("a role given by Telegram id is there on an open socket at once, and gone at once", async () => {
    const who = { namespace: "telegram", externalId: "660011" } as const;
    const app = await openMiniApp(660_011);
    const session = await follow(app, "session");
    await admin.api.auth.people.grant.mutate({ ...who, role: "Admin" });
    await session.first(({ me }) => me?.role === "Admin" && me.permissions[0] === "all", AT_ONCE_MS);
    expect(await app.api.auth.me.query()).toMatchObject({ role: "Admin", permissions: ["all"] });
    await admin.api.auth.people.revoke.mutate(who);
    await session.until((all) => (all.at(-1)?.me?.role === "User" ? true : undefined), AT_ONCE_MS);
    expect(await app.api.auth.me.query()).toMatchObject({ role: "User", permissions: [] });
  });

  test("removes an erased person from the inbox, the group, the disk and the database", async () => {
    const { sandbox, server } = installation;
    const customer = findUser(sandbox, "customer");
    const externalId = String(customer.id);
    const app = await openMiniApp(customer.id);
    await app.api.auth.people.link.mutate({ proof: { token: await mintToken({ sub: "canary-app" }) } });
    sandbox.telegram.sendAsUser({ userId: customer.id, chatId: customer.id, text: "canary by Telegram" });
    const topic = await topicOf(sandbox, customer.name);
    const photo = photoForm({ user_id: "canary-app", message: "canary by app" }, [{ bytes: SAMPLE_PHOTOS.jpeg }]);
    const sent = await call(server.origin, "/send_message", { form: photo, token: ADMIN_KEY });
    expect([sent.status, installation.uploads().length > 0]).toEqual([200, true]);
    const [session, inbox] = [await follow(app, "session"), await follow(admin, "inbox")];
    const { id: personId } = await admin.api.auth.people.show.query({ namespace: "app", externalId: "canary-app" });
    const exported = JSON.stringify(await admin.api.auth.people.export.mutate({ personId }));
    for (const word of ["canary by Telegram", "canary by app", externalId]) expect(exported).toContain(word);

    const { counts } = await admin.api.auth.people.erase.mutate({ personId });
    expect(counts).toMatchObject({ conversations: 2, identities: 2, photos: 1 });
    await session.first(({ type }) => type === "ended" || type === "refused", AT_ONCE_MS);
    const fresh = await inbox.first(({ type, recovered }) => type === "position" && recovered === false, AT_ONCE_MS);
    expect(JSON.stringify(fresh)).not.toContain("canary");
    await sandbox.until(
      () => !sandbox.world().group.topics.some(({ threadId }) => threadId === topic.threadId),
      10_000,
    );
    expect(installation.uploads()).toEqual([]);
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server.stop();
    const dump = await withDatabase({ dataDir, ...(database ? { databaseUrl: database.url } : {}) }, dumpOf);
    const words = ["canary", externalId, customer.name];
    const left = Object.entries(dump).flatMap(([table, rows]) =>
      words.filter((word) => rows.some((row) => row.includes(word))).map((word) => `${table}: ${word}`),
    );
    expect(left).toEqual([]);
  });
});

describe.each(nodePair())("People on two nodes, %s", (_name, runtimes) => {
  let nodes: TwoNodes;
  const clients: ApiClient[] = [];

  beforeAll(async () => {
    nodes = await openTwoNodes({ runtimes });
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await nodes?.close();
  });

  test("restarts the other node's readers at once after a person is erased on this node", async () => {
    const [here, there] = [nodes.a, nodes.b].map((node) => connectApi(node.origin, ADMIN_KEY));
    if (!here || !there) throw new Error("Two nodes");
    clients.push(here, there);
    await sendMessage(nodes.a.origin, { user_id: "canary-2", message: "canary" }, { token: ADMIN_KEY });
    const inbox = await follow(there, "inbox");
    const { id: personId } = await here.api.auth.people.show.query({ namespace: "app", externalId: "canary-2" });
    await here.api.auth.people.erase.mutate({ personId });
    const fresh = await inbox.first(({ type, recovered }) => type === "position" && recovered === false, AT_ONCE_MS);
    expect(JSON.stringify(fresh)).not.toContain("canary");
  });
});
