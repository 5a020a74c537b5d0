import { credentials, oneTimeTokens, people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { tokenOf } from "../../testing/browser.ts";
import { ANONYMOUS, callerOf, keyWith, refusal } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";

const ANNA = { email: "Anna@Example.com", name: "Anna" };
const ACCEPT = { name: "Anna I.", password: "a password of hers" };

describeOnDatabases("invitations", (world) => {
  const api = (actor: Actor) => world.as(actor).auth;
  const anonymous = () => api(ANONYMOUS).team;
  const makeAdmin = () => world.makeAgent({ name: "Vera", role: "Admin" });
  const stale = (token: string) =>
    expect(anonymous().accept({ token, ...ACCEPT })).rejects.toMatchObject(refusal("NOT_FOUND"));

  it("goes out by mail and to its maker, says who invites to what, and makes an agent of its reader", async () => {
    const admin = await makeAdmin();
    const invited = await api(admin).team.invite({ ...ANNA, role: "Moderator" });
    expect(invited).toMatchObject({ mailed: true, expiresAt: "2026-03-17T12:00:00.000Z" });
    expect(invited.url).toMatch(/^https:\/\/pult\.example\.com\/invitation#token=/);
    expect(world.deps.mailer.linkTo("anna@example.com")).toBe(invited.url);
    const token = tokenOf(invited.url);
    expect(await anonymous().invitation({ token })).toEqual({
      email: "anna@example.com",
      name: "Anna",
      roleName: "Moderator",
      invitedBy: "Vera",
      expiresAt: invited.expiresAt,
    });
    const browser = world.newBrowser();
    const me = await (await browser.api()).team.accept({ token, ...ACCEPT });
    expect(me).toMatchObject({ kind: "agent", name: "Anna I.", email: "anna@example.com", role: "Moderator" });
    expect((await browser.actor()).kind).toBe("agent");
    await api(ANONYMOUS).signIn({ email: ANNA.email, password: ACCEPT.password });
    expect(await world.listAudit("auth.invited")).toMatchObject([
      { actorId: admin.personId, targetName: "anna@example.com", details: { role: "Moderator" } },
    ]);
    expect(await world.listAudit("auth.invitationAccepted")).toMatchObject([{ actorId: me.id }]);
  });

  it("is accepted once, also by three at once", async () => {
    const { url } = await api(await makeAdmin()).team.invite({ ...ANNA, role: "Moderator" });
    const token = tokenOf(url);
    const results = await Promise.allSettled([1, 2, 3].map(() => anonymous().accept({ token, ...ACCEPT })));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await stale(token);
    expect(await world.deps.db.$count(credentials, eq(credentials.email, "anna@example.com"))).toBe(1);
  });

  it("holds for seven days", async () => {
    const { url } = await api(await makeAdmin()).team.invite({ ...ANNA, role: "Moderator" });
    world.deps.clock.advance(7 * 24 * 60 * 60_000 - 1);
    await anonymous().invitation({ token: tokenOf(url) });
    world.deps.clock.advance(1);
    await stale(tokenOf(url));
    await expect(anonymous().invitation({ token: tokenOf(url) })).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  it("is listed while it waits, and ends by a newer one, by being withdrawn, and with its inviter", async () => {
    const [admin, other] = [await makeAdmin(), await world.makeAgent({ name: "Zoe", role: "Admin" })];
    const first = await api(admin).team.invite({ ...ANNA, role: "VIP" });
    const second = await api(admin).team.invite({ email: "anna@example.com", role: "Moderator" });
    await stale(tokenOf(first.url));
    expect((await api(admin).team.invitations()).invitations).toEqual([
      {
        id: second.id,
        email: "anna@example.com",
        name: null,
        role: "Moderator",
        customRoleId: null,
        roleName: "Moderator",
        invitedBy: "Vera",
        createdAt: world.deps.now().toISOString(),
        expiresAt: second.expiresAt,
      },
    ]);
    await api(other).team.revokeInvitation({ id: second.id });
    await stale(tokenOf(second.url));
    await expect(api(admin).team.revokeInvitation({ id: second.id })).rejects.toMatchObject(refusal("NOT_FOUND"));
    const third = await api(admin).team.invite({ ...ANNA, role: "Admin" });
    await api(other).team.setDisabled({ personId: admin.personId, disabled: true });
    await stale(tokenOf(third.url));
    expect((await api(other).team.invitations()).invitations).toEqual([]);
    expect((await world.listAudit("auth.invitationRevoked")).map(({ actorName }) => actorName)).toEqual([
      "Vera",
      "Zoe",
      "Zoe",
    ]);
  });

  describe("grants nothing that its issuer has lost", () => {
    /** Everything short of withdrawing: as if the invitation had slipped through. */
    const demote = (personId: string, set: Partial<typeof people.$inferInsert>) =>
      world.deps.db.update(people).set(set).where(eq(people.id, personId));

    it("when the issuer holds less than it grants", async () => {
      const admin = await makeAdmin();
      const { url } = await api(admin).team.invite({ ...ANNA, role: "Admin" });
      const clerk = { name: "Clerk", permissions: [], scopes: ["auth:write" as const] };
      const { id: customRoleId } = await api(keyWith("*")).roles.create(clerk);
      await demote(admin.personId, { role: "User", customRoleId });
      await stale(tokenOf(url));
      await expect(anonymous().invitation({ token: tokenOf(url) })).rejects.toMatchObject(refusal("NOT_FOUND"));
      await demote(admin.personId, { role: "Admin", customRoleId: null });
      await anonymous().accept({ token: tokenOf(url), ...ACCEPT });
    });

    it("when the issuer may no longer invite, or is deactivated", async () => {
      const admin = await makeAdmin();
      const { url } = await api(admin).team.invite({ ...ANNA, role: "User" });
      await demote(admin.personId, { role: "Moderator" });
      await stale(tokenOf(url));
      await demote(admin.personId, { role: "Admin" });
      await world.deps.db.update(credentials).set({ disabledAt: world.deps.now() });
      await stale(tokenOf(url));
    });

    it("when it was a key that has ended", async () => {
      const admin = await makeAdmin();
      const expiresAt = new Date(world.deps.now().getTime() + 60_000).toISOString();
      const [lasting, short] = [
        await api(admin).apiKeys.create({ name: "Lasting", scopes: ["*"] }),
        await api(admin).apiKeys.create({ name: "Short", scopes: ["*"], expiresAt }),
      ];
      const inviteBy = async (key: string, email: string) => {
        const { team } = api(await world.actorOf(key));
        return tokenOf((await team.invite({ email, role: "Admin" })).url);
      };
      const byLasting = await inviteBy(lasting.key, "a@example.com");
      const byShort = await inviteBy(short.key, "b@example.com");
      for (const token of [byLasting, byShort]) expect((await anonymous().invitation({ token })).invitedBy).toBeNull();
      expect((await anonymous().invitation({ token: byShort })).expiresAt).toBe(expiresAt);
      world.deps.clock.advance(60_000);
      await stale(byShort);
      await api(admin).apiKeys.revoke({ id: lasting.id });
      await stale(byLasting);
      expect(await world.listAudit("auth.invitationRevoked")).toMatchObject([{ targetName: "a@example.com" }]);
    });
  });

  it("conflicts with an existing agent's e-mail in any case, also one taken meanwhile", async () => {
    const admin = await makeAdmin();
    const { url } = await api(admin).team.invite({ ...ANNA, role: "Moderator" });
    await world.makeAccount({ email: "anna@example.com" });
    await expect(anonymous().accept({ token: tokenOf(url), ...ACCEPT })).rejects.toMatchObject(refusal("CONFLICT"));
    await expect(api(admin).team.invite({ ...ANNA, role: "User" })).rejects.toMatchObject(refusal("CONFLICT"));
  });

  it("is returned where mail fails or is off, and mailed in the inviter's language elsewhere", async () => {
    const admin = await makeAdmin();
    world.deps.mailer.failure = "550 No such user";
    const failed = await api(admin).team.invite({ ...ANNA, role: "Moderator" });
    expect(failed.mailed).toBe(false);
    await anonymous().invitation({ token: tokenOf(failed.url) });
    expect(world.deps.log.lines).toMatchObject([{ level: "warn", fields: { mail: "invitation" } }]);
    const mailless = callerOf({ ...world.deps, mailer: null }, admin).auth;
    expect(await mailless.team.invite({ ...ANNA, role: "Moderator" })).toMatchObject({ mailed: false });
    world.deps.mailer.failure = null;
    await world.deps.db.update(people).set({ languageCode: "ru" }).where(eq(people.id, admin.personId));
    await api(admin).team.invite({ ...ANNA, role: "Moderator" });
    expect(world.deps.mailer.sent).toMatchObject([{ subject: "Приглашение в Pult" }]);
  });

  it("keeps no token, and asks for a good password", async () => {
    const { key } = await world.storeApiKey({ scopes: ["*"] });
    const { url } = await api(await world.actorOf(key)).team.invite({ ...ANNA, role: "Moderator" });
    const token = tokenOf(url);
    expect(JSON.stringify(await world.deps.db.select().from(oneTimeTokens))).not.toContain(token);
    expect(await anonymous().invitation({ token })).toMatchObject({ invitedBy: null });
    await expect(anonymous().accept({ ...ACCEPT, token, password: "short" })).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
    await expect(anonymous().accept({ ...ACCEPT, token, password: "anna@example.com" })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    await anonymous().accept({ token, ...ACCEPT });
  });

  describe("to a custom role", () => {
    it("gives it as it is when it is accepted, and keeps it from being removed", async () => {
      const admin = await makeAdmin();
      const { id } = await api(admin).roles.create({ name: "Night shift", permissions: [], scopes: ["support:read"] });
      const { url } = await api(admin).team.invite({ ...ANNA, customRoleId: id });
      await expect(api(admin).roles.remove({ id })).rejects.toMatchObject(refusal("CONFLICT"));
      await api(admin).roles.update({ id, name: "Nights", permissions: ["mute"], scopes: ["support:write"] });
      expect(await anonymous().invitation({ token: tokenOf(url) })).toMatchObject({ roleName: "Nights" });
      expect(await anonymous().accept({ token: tokenOf(url), ...ACCEPT })).toMatchObject({
        role: "User",
        roleName: "Nights",
        permissions: ["mute"],
        scopes: ["support:write"],
      });
    });

    it("does not know a role that is none", async () => {
      const customRoleId = crypto.randomUUID();
      await expect(api(await makeAdmin()).team.invite({ ...ANNA, customRoleId })).rejects.toMatchObject(
        refusal("NOT_FOUND"),
      );
    });
  });
});
