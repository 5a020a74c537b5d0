import { people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { tokenOf } from "../../testing/browser.ts";
import { ANONYMOUS, refusal, SYSTEM } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { signIn } from "../account/sign-in.ts";
import { AGENT_IDLE_MS } from "../actors.ts";
import { rightsChangedTopic, sessionEndedTopic } from "../events.ts";
import { ensureAgent } from "./ensure-agent.ts";
import { listAgents } from "./team.ts";

const OLGA = { email: "olga@example.com", name: "Olga", role: "Moderator", password: "correct horse" } as const;

describeOnDatabases("Accounts", (world) => {
  const api = (actor: Actor) => world.as(actor).auth;
  const told = (topic: string) => world.deps.bus.latest.filter((one) => one.topic === topic).length;
  const makeAdmin = (name = "Vera") => world.makeAgent({ name, role: "Admin" });

  /** Signs Olga in once more. */
  async function signInOlga() {
    const personId = await ensureAgent(world.contextOf(SYSTEM), OLGA);
    const { token } = await signIn(world.contextOf(ANONYMOUS), OLGA);
    const actor = await world.actorOf(token);
    if (actor.kind !== "agent") throw new Error("Olga is an agent");
    return { personId, token, actor };
  }

  const refused = (token: string) => expect(world.actorOf(token)).rejects.toMatchObject({ code: "UNAUTHORIZED" });

  describe("sessions", () => {
    it("lists the caller's own, and ends one or all others", async () => {
      const [one, two, three] = [await signInOlga(), await signInOlga(), await signInOlga()];
      const { sessions } = await api(one.actor).sessions.list();
      expect(sessions.map(({ id }) => id).sort()).toEqual([one, two, three].map(({ actor }) => actor.sessionId).sort());
      expect(sessions.filter(({ isCurrent }) => isCurrent).map(({ id }) => id)).toEqual([one.actor.sessionId]);
      expect(await api(one.actor).sessions.revoke({ id: two.actor.sessionId })).toEqual({ ended: 1 });
      await refused(two.token);
      expect(told(sessionEndedTopic.name(two.actor.sessionId))).toBe(1);
      expect(await api(one.actor).sessions.revoke({ others: true })).toEqual({ ended: 1 });
      await refused(three.token);
      expect((await world.actorOf(one.token)).kind).toBe("agent");
    });

    it("does not list what lay idle until it ended", async () => {
      const former = await signInOlga();
      world.deps.clock.advance(AGENT_IDLE_MS / 2);
      const { actor, token } = await signInOlga();
      const ids = async () => (await api(actor).sessions.list()).sessions.map(({ id }) => id);
      expect(await ids()).toEqual([actor.sessionId, former.actor.sessionId]);
      world.deps.clock.advance(AGENT_IDLE_MS / 2);
      await world.actorOf(former.token);
      world.deps.clock.advance(AGENT_IDLE_MS / 2 + 1);
      expect(await ids()).toEqual([former.actor.sessionId]);
      await refused(token);
    });

    it("leaves other agents' sessions open", async () => {
      const { actor, token } = await signInOlga();
      const other = await makeAdmin();
      await expect(api(other).sessions.revoke({ id: actor.sessionId })).rejects.toMatchObject(refusal("NOT_FOUND"));
      expect((await world.actorOf(token)).kind).toBe("agent");
    });
  });

  describe("team", () => {
    it("lists agents with deactivation and presence", async () => {
      const admin = await makeAdmin();
      const { personId } = await signInOlga();
      const leave = world.deps.presence.enter(`agent:${personId}`);
      await api(admin).team.setDisabled({ personId, disabled: true });
      expect((await api(admin).team.list()).team).toMatchObject([
        { id: personId, email: OLGA.email, role: "Moderator", isOnline: true, disabledAt: expect.any(String) },
        { id: admin.personId, role: "Admin", isOnline: false, disabledAt: null },
      ]);
      leave();
    });

    it("changes a role at once on every node", async () => {
      const admin = await makeAdmin();
      const { personId, token } = await signInOlga();
      const before = told(rightsChangedTopic.name(`person:${personId}`));
      await api(admin).team.setRole({ personId, role: "Admin" });
      expect(await world.actorOf(token)).toMatchObject({ role: "Admin", permissions: ["all"] });
      expect(told(rightsChangedTopic.name(`person:${personId}`))).toBe(before + 1);
    });

    it("deactivates an agent, and lets them sign in again after reactivation", async () => {
      const admin = await makeAdmin();
      const { personId, token } = await signInOlga();
      await api(admin).team.setDisabled({ personId, disabled: true });
      await refused(token);
      await expect(signIn(world.contextOf(ANONYMOUS), OLGA)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
      await api(admin).team.setDisabled({ personId, disabled: false });
      await refused(token);
      expect((await signIn(world.contextOf(ANONYMOUS), OLGA)).me.id).toBe(personId);
    });

    /** Zoe is an Admin who has handed out an invitation, a link for a new password, a key, and one made by that. */
    async function withHandedOut() {
      const [vera, zoe] = [await makeAdmin("Vera"), await makeAdmin("Zoe")];
      const { personId } = await world.makeAgent();
      const invitation = await api(zoe).team.invite({ email: "anna@example.com", role: "User" });
      const reset = await api(zoe).team.resetLink({ personId });
      const first = await api(zoe).apiKeys.create({ name: "First", scopes: ["*"] });
      const second = await api(await world.actorOf(first.key)).apiKeys.create({
        name: "Second",
        scopes: ["auth:write"],
      });
      const links = { invitation: tokenOf(invitation.url), reset: tokenOf(reset.url) };
      return { vera, zoe, personId, keys: [first, second], links };
    }

    async function expectWithdrawn({ links, vera, personId }: Awaited<ReturnType<typeof withHandedOut>>) {
      const anonymous = api(ANONYMOUS);
      for (const look of [
        () => anonymous.team.invitation({ token: links.invitation }),
        () => anonymous.password.checkReset({ token: links.reset }),
      ])
        await expect(look()).rejects.toMatchObject(refusal("NOT_FOUND"));
      expect(await world.listAudit("auth.invitationRevoked")).toMatchObject([
        { actorId: vera.personId, targetName: "anna@example.com" },
      ]);
      expect(await world.listAudit("auth.resetLinkWithdrawn")).toMatchObject([
        { actorId: vera.personId, targetId: personId, targetName: "Olga" },
      ]);
    }

    it("deactivates an agent with all issued links and keys, recorded", async () => {
      const handedOut = await withHandedOut();
      const { vera, zoe, keys } = handedOut;
      const disable = () => api(vera).team.setDisabled({ personId: zoe.personId, disabled: true });
      expect(await disable()).toEqual({ revokedKeys: 2 });
      expect(await disable()).toEqual({ revokedKeys: 0 });
      await expectWithdrawn(handedOut);
      for (const { id, key } of keys) {
        await refused(key);
        expect(told(rightsChangedTopic.name(`key:${id}`))).toBe(1);
      }
      const revoked = await world.listAudit("auth.keyRevoked");
      expect(revoked.map(({ targetName }) => targetName).sort()).toEqual(["First", "Second"]);
      expect(new Set(revoked.map(({ actorId }) => actorId))).toEqual(new Set([vera.personId]));
    });

    it("rejects issuing by an agent deactivated after authentication", async () => {
      const [vera, zoe] = [await makeAdmin("Vera"), await makeAdmin("Zoe")];
      const { personId } = await world.makeAgent();
      await api(vera).team.setDisabled({ personId: zoe.personId, disabled: true });
      for (const call of [
        () => api(zoe).team.resetLink({ personId }),
        () => api(zoe).team.invite({ email: "anna@example.com", role: "User" }),
        () => api(zoe).team.setDisabled({ personId: vera.personId, disabled: true }),
      ])
        await expect(call()).rejects.toMatchObject(refusal("UNAUTHORIZED"));
    });

    it("revokes issued links when a role loses rights, not when it gains them", async () => {
      const handedOut = await withHandedOut();
      const { vera, zoe, keys, links } = handedOut;
      await api(vera).team.setRole({ personId: zoe.personId, role: "Admin" });
      await api(ANONYMOUS).team.invitation({ token: links.invitation });
      await api(vera).team.setRole({ personId: zoe.personId, role: "Moderator" });
      await expectWithdrawn(handedOut);
      // Keys are the installation's: what serves a shop does not stop when a role changes.
      for (const { key } of keys) expect((await world.actorOf(key)).kind).toBe("apiKey");
    });

    it("withdraws them also when the role itself becomes less", async () => {
      const handedOut = await withHandedOut();
      const { vera, zoe } = handedOut;
      const role = { name: "Clerk", permissions: [], scopes: ["auth:write" as const, "support:write" as const] };
      const { id: customRoleId } = await api(vera).roles.create(role);
      const set = { role: "User", customRoleId };
      await world.deps.db.update(people).set(set).where(eq(people.id, zoe.personId));
      await api(vera).roles.update({ id: customRoleId, ...role, scopes: [...role.scopes, "trading:read"] });
      expect(await world.listAudit("auth.invitationRevoked")).toEqual([]);
      await api(vera).roles.update({ id: customRoleId, ...role });
      await expectWithdrawn(handedOut);
    });

    it("never loses its last Admin, also when two demote each other at once", async () => {
      const [vera, zoe] = [await makeAdmin("Vera"), await makeAdmin("Zoe")];
      const results = await Promise.allSettled([
        api(vera).team.setRole({ personId: zoe.personId, role: "User" }),
        api(zoe).team.setRole({ personId: vera.personId, role: "User" }),
      ]);
      expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      const { team } = await api(SYSTEM).team.list();
      const last = team.find(({ role }) => role === "Admin");
      if (!last) throw new Error("No agent is left");
      for (const change of [
        () => api(SYSTEM).team.setRole({ personId: last.id, role: "Moderator" }),
        () => api(SYSTEM).team.setDisabled({ personId: last.id, disabled: true }),
      ])
        await expect(change()).rejects.toMatchObject(refusal("CONFLICT"));
      expect((await api(SYSTEM).team.list()).team).toEqual(team);
    });

    it("does not know a person who is no agent", async () => {
      const admin = await makeAdmin();
      const personId = crypto.randomUUID();
      for (const change of [
        () => api(admin).team.setRole({ personId, role: "User" }),
        () => api(admin).team.setDisabled({ personId, disabled: true }),
      ])
        await expect(change()).rejects.toMatchObject(refusal("NOT_FOUND"));
    });
  });

  it("listAgents leaves out disabled agents and customers", async () => {
    await world.makeAgent({ name: "Zoe" });
    await world.makeAgent({ name: "Gone", disabledAt: new Date() });
    await world.makeAgent({ name: "Alex" });
    expect((await listAgents(world.contextOf(SYSTEM))).map((agent) => agent.name)).toEqual(["Alex", "Zoe"]);
  });
});
