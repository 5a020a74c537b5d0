import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import { ANONYMOUS, keyWith, makeCustomer } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { revokeApiKey } from "./api-keys.ts";
import { actorOfTicket } from "./ticket.ts";

const UNAUTHORIZED = { code: "UNAUTHORIZED" };

describeOnDatabases("auth.ticket", (world) => {
  const ticketOf = (actor: Actor) => world.as(actor).auth.ticket();

  async function signedIn() {
    const { personId } = await world.makeAgent({ role: "Admin" });
    return world.actorOf((await world.openSession(personId)).token);
  }

  it("authenticates its caller once, and is stored as a hash", async () => {
    const agent = await signedIn();
    const { ticket, expiresAt } = await ticketOf(agent);
    expect(new Date(expiresAt).getTime() - world.deps.now().getTime()).toBe(30_000);
    expect(JSON.stringify(await world.query(sql`select * from one_time_tokens`))).not.toContain(ticket);
    const { actor, again } = await actorOfTicket(world.deps, ticket);
    expect([actor, await again()]).toEqual([agent, agent]);
    await expect(actorOfTicket(world.deps, ticket)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("is good for one of two who show it at once", async () => {
    const { ticket } = await ticketOf(await signedIn());
    const both = await Promise.allSettled([actorOfTicket(world.deps, ticket), actorOfTicket(world.deps, ticket)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("is nothing after 30 s, and nothing when it was made up", async () => {
    const { ticket } = await ticketOf(await signedIn());
    world.deps.clock.advance(30_000);
    for (const shown of [ticket, "", "x", ticket.toLowerCase()])
      await expect(actorOfTicket(world.deps, shown)).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("authenticates again: a revoked key and an ended token are rejected", async () => {
    const admin = await signedIn();
    const { id, key } = await world.storeApiKey({ scopes: ["support:read"] });
    const byKey = await actorOfTicket(world.deps, (await ticketOf(await world.actorOf(key))).ticket);
    expect(await byKey.again()).toMatchObject({ kind: "apiKey", keyId: id, scopes: ["support:read"] });
    await revokeApiKey(world.contextOf(admin), { id });
    await expect(byKey.again()).rejects.toMatchObject(UNAUTHORIZED);

    const expiresAt = new Date(world.deps.now().getTime() + 60_000);
    const customer = makeCustomer({ proof: { kind: "token", expiresAt } });
    const byToken = await actorOfTicket(world.deps, (await ticketOf(customer)).ticket);
    expect(await byToken.again()).toMatchObject({ kind: "customer", externalId: customer.externalId });
    world.deps.clock.advance(60_000);
    await expect(byToken.again()).rejects.toMatchObject(UNAUTHORIZED);
  });

  it("rejects anonymous callers, and customers with a bare id", async () => {
    for (const actor of [ANONYMOUS, makeCustomer()])
      await expect(ticketOf(actor)).rejects.toMatchObject({ cause: UNAUTHORIZED });
    await expect(ticketOf(keyWith("*"))).resolves.toMatchObject({ ticket: expect.any(String) });
  });
});
