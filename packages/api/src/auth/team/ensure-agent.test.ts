import { auditLog } from "@pult/db/schema/auth.ts";
import { asc } from "drizzle-orm";
import { expect, it } from "vitest";
import { ANONYMOUS, keyWith, makeCustomer, refusal, SYSTEM } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { ensureAgent } from "./ensure-agent.ts";

const VERA = { email: "vera@example.com", name: "Vera", role: "Admin", password: "correct horse battery" } as const;

describeOnDatabases("ensureAgent", (world) => {
  const ensure = (change: Partial<Parameters<typeof ensureAgent>[1]> = {}) =>
    ensureAgent(world.contextOf(SYSTEM), { ...VERA, ...change });
  const recorded = async () =>
    (await world.deps.db.select().from(auditLog).orderBy(asc(auditLog.id)))
      .filter(({ actorKind }) => actorKind === "system")
      .map(({ action, details }) => [action, details]);

  it("records the creation of an agent, and nothing for an unchanged one", async () => {
    const personId = await ensure();
    const browser = await world.openBrowser({ ...VERA, personId });
    expect(await ensure({ email: "VERA@example.com" })).toBe(personId);
    expect(await recorded()).toEqual([["auth.agentAdded", { role: "Admin" }]]);
    expect(await browser.actor()).toMatchObject({ kind: "agent", personId });
  });

  it("ends sessions and reset links with another password, and publishes it", async () => {
    const personId = await ensure();
    const browser = await world.openBrowser({ ...VERA, personId });
    const { url } = await world.as(SYSTEM).auth.team.resetLink({ personId });
    world.deps.clock.advance(60_000);
    await ensure({ password: "another horse battery" });
    expect((await browser.actor()).kind).toBe("anonymous");
    const anonymous = world.as(ANONYMOUS).auth;
    await expect(anonymous.signIn(VERA)).rejects.toMatchObject(refusal("UNAUTHORIZED"));
    await expect(anonymous.password.checkReset({ token: url.split("=")[1] ?? "" })).rejects.toMatchObject(
      refusal("NOT_FOUND"),
    );
    const again = await world.openBrowser({ ...VERA, personId, password: "another horse battery" });
    expect((await (await again.api()).security()).passwordChangedAt).toBe(world.deps.now().toISOString());
    expect((await recorded()).at(-1)).toEqual(["auth.passwordChanged", {}]);
  });

  it("revokes issued links when the role loses rights", async () => {
    const personId = await ensure();
    const browser = await world.openBrowser({ ...VERA, personId });
    await (await browser.api()).team.invite({ email: "anna@example.com", role: "User" });
    await ensure({ name: "Vera I.", role: "Moderator" });
    expect(await browser.actor()).toMatchObject({ name: "Vera I.", role: "Moderator" });
    expect((await recorded()).slice(1)).toEqual([
      ["auth.profileChanged", { name: "Vera I." }],
      ["auth.roleChanged", { from: "Admin", to: "Moderator" }],
      ["auth.invitationRevoked", {}],
    ]);
  });

  it("refuses callers other than Pult and those with every scope", async () => {
    for (const [actor, code] of [
      [ANONYMOUS, "UNAUTHORIZED"],
      [makeCustomer(), "FORBIDDEN"],
      [await world.makeAgent(), "FORBIDDEN"],
      [keyWith("auth:write"), "FORBIDDEN"],
    ] as const)
      await expect(ensureAgent(world.contextOf(actor), VERA)).rejects.toMatchObject({ code });
  });
});
