import { oneTimeTokens, people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { tokenOf } from "../../testing/browser.ts";
import { type Agent, ANONYMOUS, keyWith, refusal } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { rightsChangedTopic } from "../events.ts";
import type { Rights } from "../permissions.ts";
import { resolveRole } from "../permissions.ts";

const NIGHTS = { name: "Night shift", permissions: ["mute" as const], scopes: ["support:write" as const] };

describeOnDatabases("roles", (world) => {
  const api = (actor: Actor) => world.as(actor).auth;
  const makeAdmin = () => world.makeAgent({ name: "Vera", role: "Admin" });

  /** An agent whose custom role holds these. */
  async function makeHolder(rights: Partial<Rights>): Promise<Agent> {
    const agent = await world.makeAgent({ role: "User", name: "Holder" });
    const input = { name: crypto.randomUUID().slice(0, 20), permissions: [], scopes: [], ...rights };
    const { id } = await api(keyWith("*")).roles.create(input);
    await world.deps.db.update(people).set({ customRoleId: id }).where(eq(people.id, agent.personId));
    const { roleName } = resolveRole({ role: "User", customRole: { id, ...input } });
    return { ...agent, roleName, ...rights };
  }

  it("are the documented four, then named ones, with how many have each", async () => {
    const admin = await makeAdmin();
    const { id } = await api(admin).roles.create(NIGHTS);
    const olga = await world.makeAgent();
    await api(admin).team.setRole({ personId: olga.personId, customRoleId: id });
    const { roles } = await api(admin).roles.list();
    expect(roles.map(({ name, builtIn, members }) => [name, builtIn, members])).toEqual([
      ["Admin", true, 1],
      ["Moderator", true, 0],
      ["VIP", true, 0],
      ["User", true, 0],
      ["Night shift", false, 1],
    ]);
    expect(roles.at(-1)).toEqual({ id, builtIn: false, members: 1, ...NIGHTS });
    expect(roles[0]).toMatchObject({ id: null, permissions: ["all"], scopes: ["*"] });
  });

  it("apply at once on every node when given, changed and taken", async () => {
    const admin = await makeAdmin();
    const { account, browser } = await world.signedIn({ role: "Moderator" });
    const { id } = await api(admin).roles.create(NIGHTS);
    const { personId } = account;
    await api(admin).team.setRole({ personId, customRoleId: id });
    expect(await browser.actor()).toMatchObject({ role: "User", roleName: "Night shift", scopes: ["support:write"] });
    const told = () =>
      world.deps.bus.latest.filter(({ topic }) => topic === rightsChangedTopic.name(`person:${personId}`)).length;
    const before = told();
    await api(admin).roles.update({ id, ...NIGHTS, scopes: ["support:read", "support:read"] });
    expect(told()).toBe(before + 1);
    expect(await browser.actor()).toMatchObject({ scopes: ["support:read"], permissions: ["mute"] });
    await expect((await browser.api()).team.list()).rejects.toMatchObject(refusal("FORBIDDEN"));
    await api(admin).team.setRole({ personId, role: "VIP" });
    expect(await browser.actor()).toMatchObject({ role: "VIP", roleName: "VIP", scopes: [], permissions: [] });
    await api(admin).roles.remove({ id });
    expect((await api(admin).team.list()).team.find((one) => one.id === personId)).toMatchObject({
      role: "VIP",
      customRoleId: null,
    });
    expect((await world.listAudit("auth.roleChanged")).map(({ details }) => details)).toEqual([
      { from: "Moderator", to: "Night shift" },
      { from: "Night shift", to: "VIP" },
    ]);
    for (const action of ["auth.roleCreated", "auth.roleUpdated", "auth.roleRemoved"])
      expect(await world.listAudit(action)).toMatchObject([{ targetId: id, actorId: admin.personId }]);
  });

  it("cannot be removed while an agent has them", async () => {
    const admin = await makeAdmin();
    const { id } = await api(admin).roles.create(NIGHTS);
    const { personId } = await world.makeAgent();
    await api(admin).team.setRole({ personId, customRoleId: id });
    await expect(api(admin).roles.remove({ id })).rejects.toMatchObject(refusal("CONFLICT"));
  });

  it.each(["admin", "MODERATOR", "vip", "night SHIFT", " Night shift "])(
    "have names of their own: not %j",
    async (name) => {
      const admin = await makeAdmin();
      await api(admin).roles.create(NIGHTS);
      const { id } = await api(admin).roles.create({ ...NIGHTS, name: "Days" });
      await expect(api(admin).roles.create({ ...NIGHTS, name })).rejects.toMatchObject(refusal("CONFLICT"));
      await expect(api(admin).roles.update({ id, ...NIGHTS, name })).rejects.toMatchObject(refusal("CONFLICT"));
      await api(admin).roles.update({ id, ...NIGHTS, name: "DAYS" });
    },
  );

  it("get one of two equal names that come at once", async () => {
    const admin = await makeAdmin();
    const results = await Promise.allSettled(
      ["Days", "days", "DAYS"].map((name) => api(admin).roles.create({ ...NIGHTS, name })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("are unknown where they are unknown", async () => {
    const admin = await makeAdmin();
    const id = crypto.randomUUID();
    const { personId } = await world.makeAgent();
    for (const call of [
      () => api(admin).roles.update({ id, ...NIGHTS }),
      () => api(admin).roles.remove({ id }),
      () => api(admin).team.setRole({ personId, customRoleId: id }),
    ])
      await expect(call()).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  describe("rejects granting, taking or changing more than the caller holds", () => {
    /** May administer the team, and nothing else. */
    const makeClerk = () => makeHolder({ scopes: ["auth:write"] });

    it.each<[string, (clerk: Agent, admin: Agent) => Promise<unknown>]>([
      [
        "promotes their own account to Admin",
        (clerk) => api(clerk).team.setRole({ personId: clerk.personId, role: "Admin" }),
      ],
      [
        "promotes their own account to Moderator",
        (clerk) => api(clerk).team.setRole({ personId: clerk.personId, role: "Moderator" }),
      ],
      ["demotes an Admin", (clerk, admin) => api(clerk).team.setRole({ personId: admin.personId, role: "User" })],
      [
        "disables an Admin",
        (clerk, admin) => api(clerk).team.setDisabled({ personId: admin.personId, disabled: true }),
      ],
      ["resets an Admin's password", (clerk, admin) => api(clerk).team.resetLink({ personId: admin.personId })],
      ["turns an Admin's codes off", (clerk, admin) => api(clerk).team.disableTotp({ personId: admin.personId })],
      ["ends an Admin's sessions", (clerk, admin) => api(clerk).team.endSessions({ personId: admin.personId })],
      ["invites an Admin", (clerk) => api(clerk).team.invite({ email: "a@example.com", role: "Admin" })],
      ["makes a role with every scope", (clerk) => api(clerk).roles.create({ ...NIGHTS, scopes: ["*"] })],
      ["makes a role with a permission", (clerk) => api(clerk).roles.create({ ...NIGHTS, scopes: [] })],
      ["makes a key with more", (clerk) => api(clerk).apiKeys.create({ name: "k", scopes: ["support:read"] })],
    ])("a role with auth:write alone never %s", async (_, call) => {
      const [clerk, admin] = [await makeClerk(), await makeAdmin()];
      await expect(call(clerk, admin)).rejects.toMatchObject(refusal("FORBIDDEN"));
      const stored = await world.storedKeyWith("auth:write");
      const key = { ...stored, personId: clerk.personId } as unknown as Agent;
      await expect(call(key, admin)).rejects.toMatchObject(refusal("FORBIDDEN"));
      expect((await api(admin).team.list()).team.find(({ id }) => id === admin.personId)).toMatchObject({
        role: "Admin",
        disabledAt: null,
      });
    });

    it("nor changes or removes a role, withdraws an invitation or revokes a key that is more", async () => {
      const [clerk, admin] = [await makeClerk(), await makeAdmin()];
      const { id } = await api(admin).roles.create(NIGHTS);
      const invitation = await api(admin).team.invite({ email: "a@example.com", role: "Admin" });
      const key = await api(admin).apiKeys.create({ name: "Shop", scopes: ["support:read"] });
      for (const call of [
        () => api(clerk).roles.update({ id, name: "Mine", permissions: [], scopes: [] }),
        () => api(clerk).roles.remove({ id }),
        () => api(clerk).team.revokeInvitation({ id: invitation.id }),
        () => api(clerk).team.invite({ email: "a@example.com", role: "User" }),
        () => api(clerk).apiKeys.revoke({ id: key.id }),
      ])
        await expect(call()).rejects.toMatchObject(refusal("FORBIDDEN"));
      await api(ANONYMOUS).team.invitation({ token: tokenOf(invitation.url) });
    });

    it("but allows everything up to what the caller holds", async () => {
      const clerk = await makeHolder({ scopes: ["auth:write", "support:write"], permissions: ["warn"] });
      await makeAdmin();
      const { id } = await api(clerk).roles.create({ name: "Reader", permissions: ["warn"], scopes: ["support:read"] });
      const { personId } = await world.makeAgent({ role: "User" });
      await api(clerk).team.setRole({ personId, customRoleId: id });
      await api(clerk).team.endSessions({ personId });
      await api(clerk).team.setDisabled({ personId, disabled: true });
      await expect(
        api(clerk).roles.update({ id, name: "Reader", permissions: ["warn", "mute"], scopes: [] }),
      ).rejects.toMatchObject(refusal("FORBIDDEN"));
    });
  });

  it("team.resetLink gives the Admin a link for an hour that resets like any other, on record", async () => {
    const admin = await makeAdmin();
    const account = await world.makeAccount();
    const { url, expiresAt } = await api(admin).team.resetLink({ personId: account.personId });
    expect(url).toMatch(/^https:\/\/pult\.example\.com\/reset#token=/);
    expect(Date.parse(expiresAt) - world.deps.now().getTime()).toBe(60 * 60_000);
    const browser = world.newBrowser();
    await (await browser.api()).password.reset({ token: tokenOf(url), password: "a new password" });
    expect(await browser.actor()).toMatchObject({ personId: account.personId });
    expect(await world.listAudit("auth.resetLinkMade")).toMatchObject([
      { actorId: admin.personId, targetId: account.personId },
    ]);
    await api(admin).team.setDisabled({ personId: account.personId, disabled: true });
    await expect(api(admin).team.resetLink({ personId: account.personId })).rejects.toMatchObject(refusal("CONFLICT"));
  });

  it("team.disableTotp allows sign-in by password alone, recorded and mailed", async () => {
    const admin = await makeAdmin();
    const account = await world.makeAccount();
    const { personId } = account;
    await expect(api(admin).team.disableTotp({ personId })).rejects.toMatchObject(refusal("CONFLICT"));
    await world.enableTotp(await world.openBrowser(account));
    await api(admin).team.disableTotp({ personId });
    const browser = await world.openBrowser(account);
    expect((await (await browser.api()).security()).totp).toEqual({ enabledAt: null, backupCodesLeft: 0 });
    expect(await world.listAudit("auth.totpDisabled")).toMatchObject([{ actorId: admin.personId, targetId: personId }]);
    await world.deps.background.idle();
    expect(world.deps.mailer.sent.map(({ subject }) => subject)).toContain("Codes are off at Pult");
  });

  it("team.resetLink and team.disableTotp reject the caller's own account, also by their keys", async () => {
    const account = await world.makeAccount({ role: "Admin" });
    const { personId } = account;
    const browser = await world.openBrowser(account);
    await world.enableTotp(browser);
    const { team, security, apiKeys } = await browser.api();
    const { key } = await apiKeys.create({ name: "Mine", scopes: ["*"] });
    const byKey = api(await world.actorOf(key)).team;
    for (const way of [team, byKey])
      for (const call of [() => way.resetLink({ personId }), () => way.disableTotp({ personId })])
        await expect(call()).rejects.toMatchObject(refusal("FORBIDDEN"));
    expect((await security()).totp.enabledAt).not.toBeNull();
    expect(await world.deps.db.$count(oneTimeTokens, eq(oneTimeTokens.purpose, "passwordReset"))).toBe(0);
  });

  it("team.endSessions ends every session of an agent", async () => {
    const admin = await makeAdmin();
    const account = await world.makeAccount();
    const browsers = [await world.openBrowser(account), await world.openBrowser(account)];
    expect(await api(admin).team.endSessions({ personId: account.personId })).toEqual({ ended: 2 });
    for (const browser of browsers) expect((await browser.actor()).kind).toBe("anonymous");
    expect(await world.listAudit("auth.sessionsEnded")).toMatchObject([{ details: { ended: 2 } }]);
  });

  it("team.list shows how each agent signs in, and when they were last seen", async () => {
    const admin = await makeAdmin();
    const account = await world.makeAccount({ name: "Zoe" });
    await world.openBrowser(account);
    const { team } = await api(admin).team.list();
    expect(team).toMatchObject([
      { id: admin.personId, lastSeenAt: null, totpEnabled: false, passkeys: 0, roleName: "Admin", customRoleId: null },
      { id: account.personId, lastSeenAt: world.deps.now().toISOString(), totpEnabled: false, passkeys: 0 },
    ]);
  });
});
