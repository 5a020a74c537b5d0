import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Actor, Customer } from "../actor.ts";
import { ANONYMOUS, keyWith, makeCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { signInitData } from "../testing/sign-init-data.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { makeWallet } from "../testing/wallet.ts";

const refused = refusal("UNAUTHORIZED");
const forbidden = refusal("FORBIDDEN");

describeOnDatabases("people.link", (world) => {
  const apiAs = (actor: Actor) => world.as(actor).auth.people;

  const initDataOf = (id: number) => signInitData({ id }, world.deps.now());

  /** A customer as the operator's own token shows them. */
  async function appCustomer(externalId: string): Promise<Customer> {
    return (await world.actorOf(await world.mintToken(externalId))) as Customer;
  }

  async function telegramCustomer(id: number): Promise<Customer> {
    return (await world.actorOf(await world.openMiniApp({ id }))) as Customer;
  }

  const showOf = (namespace: "app" | "telegram" | "wallet", externalId: string) =>
    apiAs(SYSTEM).show({ namespace, externalId });

  it("a token, init data and a wallet are all the caller's, who was not known before", async () => {
    const api = apiAs(await appCustomer("u1"));
    const wallet = makeWallet();
    expect(await api.link({ proof: { initData: initDataOf(501) } })).toMatchObject({ merged: false });
    await api.link({ proof: { token: await world.mintToken("u2") } });
    const linked = await api.link({ proof: { wallet: wallet.answer(await api.linkChallenge()) } });
    expect(linked).toEqual({
      merged: false,
      identities: expect.arrayContaining([
        { namespace: "app", externalId: "u1" },
        { namespace: "telegram", externalId: "501" },
        { namespace: "app", externalId: "u2" },
        { namespace: "wallet", externalId: wallet.address },
      ]),
    });
    const shown = await showOf("wallet", wallet.address);
    expect(shown.identities.map((one) => one.proven)).toEqual([true, true, true, true]);
    expect(await world.countRows("people")).toBe(1);
    const entries = await world.listAudit("auth.identityLinked");
    expect(entries.map((entry) => [entry.targetId, entry.details])).toEqual(
      ["telegram", "app", "wallet"].map((namespace) => [shown.id, { namespace, merged: false }]),
    );
  });

  it("again is a success, and nothing more", async () => {
    const api = apiAs(await appCustomer("u1"));
    const proof = { initData: initDataOf(502) };
    const first = await api.link({ proof });
    expect(await api.link({ proof })).toEqual(first);
    expect(await world.listAudit("auth.identityLinked")).toHaveLength(1);
    expect(await world.countRows("person_merges")).toBe(0);
  });

  it("links the same identity from two tabs at once to one person", async () => {
    const customer = await appCustomer("u1");
    const proof = { initData: initDataOf(503) };
    await Promise.all([1, 2, 3].map(() => apiAs(customer).link({ proof })));
    const people = await world.query(sql`select distinct person_id from identities`);
    expect([people.length, await world.countRows("identities")]).toEqual([1, 2]);
  });

  it("takes a token for the support route too", async () => {
    const api = apiAs(await appCustomer("u1"));
    const token = await world.mintToken("u3", { aud: "support" });
    expect((await api.link({ proof: { token } })).identities).toHaveLength(2);
  });

  it("asks a wallet in words that name the account, the origin and the nonce", async () => {
    const { message, nonce } = await apiAs(await appCustomer("u1")).linkChallenge();
    expect(message).toBe(
      [
        "Pult asks you to show that this wallet is yours. Signing costs nothing and moves nothing.",
        "",
        "Wallet: {address}",
        'Account: app "u1"',
        "Origin: https://pult.example.com",
        `Nonce: ${nonce}`,
      ].join("\n"),
    );
  });

  it("merges another person into the caller, with the conversation; an agent can undo it", async () => {
    const app = await appCustomer("u1");
    const telegram = await telegramCustomer(601);
    const messages = [await world.writeAs(app), await world.writeAs(telegram)];
    const { id: former } = await showOf("telegram", "601");
    const linked = await apiAs(app).link({ proof: { initData: initDataOf(601) } });
    expect(linked).toMatchObject({ merged: true });
    const shown = await showOf("telegram", "601");
    expect(shown.conversations.map((one) => one.id)).toEqual(messages.map((one) => one.conversationId));
    expect(shown.merges).toMatchObject([{ mergedId: former, reason: "proof" }]);
    expect(world.deps.bus.latest.map(({ topic }) => topic)).toContain(`auth.rightsChanged:person:${former}`);
    await apiAs(SYSTEM).undoMerge({ id: shown.merges[0]?.id ?? "" });
    expect((await showOf("telegram", "601")).id).toBe(former);
  });

  it("gives the caller no role that the other had", async () => {
    const app = await appCustomer("u1");
    await apiAs(SYSTEM).grant({ namespace: "telegram", externalId: "602", role: "Admin" });
    await apiAs(app).link({ proof: { initData: initDataOf(602) } });
    expect(await showOf("app", "u1")).toMatchObject({ role: "User" });
  });

  it("two who link each other at once end as one", async () => {
    const [app, telegram] = [await appCustomer("u1"), await telegramCustomer(603)];
    await world.writeAs(app);
    await Promise.all([
      apiAs(app).link({ proof: { initData: initDataOf(603) } }),
      apiAs(telegram).link({ proof: { token: await world.mintToken("u1") } }),
    ]);
    expect((await showOf("app", "u1")).id).toBe((await showOf("telegram", "603")).id);
    expect(await world.countRows("person_merges")).toBe(1);
  });

  it("never takes an agent's account, nor lets one be taken into it", async () => {
    const app = await appCustomer("u1");
    const agent = await world.makeAgent();
    await apiAs(SYSTEM).grant({ namespace: "telegram", externalId: "604", role: "User" });
    const { id } = await showOf("telegram", "604");
    await apiAs(SYSTEM).merge({ keepId: agent.personId, mergeId: id });
    await expect(apiAs(app).link({ proof: { initData: initDataOf(604) } })).rejects.toMatchObject(forbidden);
    const telegram = await telegramCustomer(604);
    for (const proof of [{ token: await world.mintToken("u1") }, { token: await world.mintToken("unknown yet") }])
      await expect(apiAs(telegram).link({ proof })).rejects.toMatchObject(forbidden);
    expect((await showOf("telegram", "604")).id).toBe(agent.personId);
  });

  it("refuses bare claims, agents, keys and strangers", async () => {
    const proof = { initData: initDataOf(701) };
    for (const [actor, error] of [
      [ANONYMOUS, refused],
      [makeCustomer(), forbidden],
      [await world.makeAgent({ role: "Admin" }), forbidden],
      [keyWith("*"), forbidden],
    ] as const) {
      await expect(apiAs(actor).link({ proof })).rejects.toMatchObject(error);
      await expect(apiAs(actor).linkChallenge()).rejects.toMatchObject(error);
    }
    expect(await world.countRows("identities")).toBe(0);
  });

  it("refuses proofs that do not hold: forged or old init data, other tokens, sessions and keys", async () => {
    const api = apiAs(await appCustomer("u1"));
    const link = (proof: Parameters<typeof api.link>[0]["proof"]) => api.link({ proof });
    const hourAgo = new Date(world.deps.now().getTime() - 3_601_000);
    await expect(link({ initData: signInitData({ id: 702 }, hourAgo) })).rejects.toMatchObject(refused);
    await expect(link({ initData: initDataOf(702).replace("702", "703") })).rejects.toMatchObject(refused);
    await expect(link({ initData: signInitData({ id: 702 }, world.deps.now(), "1:x") })).rejects.toMatchObject(refused);
    const session = await world.openMiniApp({ id: 704 });
    for (const token of [
      await world.mintToken("u2", { aud: "chats" }),
      await world.mintToken("u2", { exp: 1 }),
      `${await world.mintToken("u2")}x`,
      session,
      `pult_${"a".repeat(43)}`,
      "x",
    ])
      await expect(link({ token })).rejects.toMatchObject(refused);
    expect(await showOf("telegram", "704")).toMatchObject({ identities: [{ externalId: "704" }] });
    await expect(showOf("app", "u2")).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  it("refuses a wallet's answer of another, changed, too late, repeated, or to another's question", async () => {
    const [api, other] = [apiAs(await appCustomer("u1")), apiAs(await appCustomer("u2"))];
    const [wallet, stranger] = [makeWallet(), makeWallet()];
    const link = (answer: ReturnType<typeof wallet.answer>, by = api) => by.link({ proof: { wallet: answer } });
    const challenge = await api.linkChallenge();
    const answer = wallet.answer(challenge);
    await expect(link({ ...answer, address: stranger.address })).rejects.toMatchObject(refused);
    await expect(link({ ...answer, signature: stranger.answer(challenge).signature })).rejects.toMatchObject(refused);
    await expect(link(wallet.answer({ ...challenge, message: "Hello {address}" }))).rejects.toMatchObject(refused);
    await expect(link(answer, other)).rejects.toMatchObject(refused);
    const foreign = await other.linkChallenge();
    await expect(link(wallet.answer(foreign))).rejects.toMatchObject(refused);
    await link(answer);
    await expect(link(answer)).rejects.toMatchObject(refused);
    const late = wallet.answer(await api.linkChallenge());
    world.deps.clock.advance(5 * 60_000);
    await expect(link(late)).rejects.toMatchObject(refused);
    expect((await showOf("wallet", wallet.address)).identities).toHaveLength(2);
  });
});
