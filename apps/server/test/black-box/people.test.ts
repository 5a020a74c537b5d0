import { findWords } from "@pult/api/testing/dump.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { findUser } from "@pult/sandbox/testing.ts";
import { afterAll, describe, expect, test } from "vitest";
import { sendMessage, sendPhotos } from "../support/calls.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { Mailbox } from "../support/mailbox.ts";
import { mainCell, nodePair } from "../support/matrix.ts";
import { makeStore, withDatabase } from "../support/stored.ts";
import { topicOf } from "../support/support-group.ts";
import { type ApiClient, callApi, connectApi, openMiniApp } from "../support/trpc-client.ts";
import { openTwoNodes } from "../support/two-nodes.ts";
import { useServer } from "../support/use-server.ts";

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
  let store: Awaited<ReturnType<typeof makeStore>>;
  const server = useServer(async () => {
    store = await makeStore(cell.database);
    return openInstallation({ ...cell, ...store.at });
  });
  afterAll(() => store.remove());
  const clients: ApiClient[] = [];
  const closeClients = () => Promise.all(clients.splice(0).map((client) => client.close()));
  afterAll(closeClients);

  function connect(token: string): ApiClient {
    const client = connectApi(server, token);
    clients.push(client);
    return client;
  }

  test("a role given by Telegram id is there on an open socket at once, and gone at once", async () => {
    const who = { namespace: "telegram", externalId: "660011" } as const;
    const app = connect(await openMiniApp(server, 660_011));
    const session = await follow(app, "session");
    const { people } = callApi(server).auth;
    await people.grant.mutate({ ...who, role: "Admin" });
    await session.first(({ me }) => me?.role === "Admin" && me.permissions[0] === "all", AT_ONCE_MS);
    expect(await app.api.auth.me.query()).toMatchObject({ role: "Admin", permissions: ["all"] });
    await people.revoke.mutate(who);
    await session.until((all) => (all.at(-1)?.me?.role === "User" ? true : undefined), AT_ONCE_MS);
    expect(await app.api.auth.me.query()).toMatchObject({ role: "User", permissions: [] });
  });

  test("removes an erased person from the inbox, the group, the disk and the database", async () => {
    const { sandbox } = server;
    const { people } = callApi(server).auth;
    const customer = findUser(sandbox, "customer");
    const externalId = String(customer.id);
    const app = connect(await openMiniApp(server, customer.id));
    await app.api.auth.people.link.mutate({ proof: { token: await mintToken({ sub: "canary-app" }) } });
    sandbox.telegram.sendAsUser({ userId: customer.id, chatId: customer.id, text: "canary by Telegram" });
    const topic = await topicOf(sandbox, customer.name);
    const photo = { photos: [{ bytes: SAMPLE_PHOTOS.jpeg }], token: ADMIN_KEY };
    const sent = await sendPhotos(server, { user_id: "canary-app", message: "canary by app" }, photo);
    expect([sent.status, server.uploads().length > 0]).toEqual([200, true]);
    const [session, inbox] = [await follow(app, "session"), await follow(connect(ADMIN_KEY), "inbox")];
    const { id: personId } = await people.show.query({ namespace: "app", externalId: "canary-app" });
    const exported = JSON.stringify(await people.export.mutate({ personId }));
    for (const word of ["canary by Telegram", "canary by app", externalId]) expect(exported).toContain(word);

    const { counts } = await people.erase.mutate({ personId });
    expect(counts).toMatchObject({ conversations: 2, identities: 2, photos: 1 });
    await session.first(({ type }) => type === "ended" || type === "refused", AT_ONCE_MS);
    const fresh = await inbox.first(({ type, recovered }) => type === "position" && recovered === false, AT_ONCE_MS);
    expect(JSON.stringify(fresh)).not.toContain("canary");
    const isGone = () => !sandbox.world().group.topics.some(({ threadId }) => threadId === topic.threadId);
    await sandbox.until(isGone, 10_000);
    expect(server.uploads()).toEqual([]);
    await closeClients();
    await server.kill();
    const words = ["canary", externalId, customer.name];
    expect(await withDatabase(store.at, (db) => findWords({ db }, words))).toEqual([]);
  });
});

describe.each(nodePair())("People on two nodes, %s", (_name, runtimes) => {
  const nodes = useServer(() => openTwoNodes({ runtimes }));

  test("restarts the other node's readers at once after a person is erased on this node", async () => {
    const there = connectApi(nodes.b, ADMIN_KEY);
    const { people } = callApi(nodes.a).auth;
    await sendMessage(nodes.a, { user_id: "canary-2", message: "canary" }, { token: ADMIN_KEY });
    const inbox = await follow(there, "inbox");
    const { id: personId } = await people.show.query({ namespace: "app", externalId: "canary-2" });
    await people.erase.mutate({ personId });
    const fresh = await inbox.first(({ type, recovered }) => type === "position" && recovered === false, AT_ONCE_MS);
    expect(JSON.stringify(fresh)).not.toContain("canary");
    await there.close();
  });
});
