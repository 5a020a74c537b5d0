import { credentials } from "@pult/db/schema/auth.ts";
import { expect, it } from "vitest";
import { tokenOf } from "../../testing/browser.ts";
import { ANONYMOUS, keyWith, makeCustomer, refusal, SYSTEM } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { issueSetUpLink } from "./set-up.ts";

const VERA = { name: "Vera", email: "Vera@Example.com", password: "the first of all" };

describeOnDatabases("set-up", (world) => {
  const anonymous = () => world.as(ANONYMOUS).auth.setUp;

  async function linked(): Promise<string> {
    const url = await issueSetUpLink(world.contextOf(SYSTEM));
    if (!url) throw new Error("There is an agent");
    expect(url).toMatch(/^https:\/\/pult\.example\.com\/setup#token=/);
    return tokenOf(url);
  }

  it("makes the holder of the link the first Admin, signed in and recorded", async () => {
    const token = await linked();
    expect(await anonymous().check({ token })).toEqual({});
    const browser = world.newBrowser();
    const me = await (await browser.api()).setUp.complete({ token, ...VERA });
    expect(me).toMatchObject({ kind: "agent", role: "Admin", email: "vera@example.com", permissions: ["all"] });
    expect((await browser.actor()).kind).toBe("agent");
    expect(await world.listAudit("auth.setUp")).toMatchObject([{ actorId: me.id, actorName: "Vera" }]);
    await world.as(ANONYMOUS).auth.signIn(VERA);
  });

  it("accepts one of two simultaneous attempts", async () => {
    const token = await linked();
    const results = await Promise.allSettled(
      ["a@example.com", "b@example.com", "c@example.com"].map((email) =>
        anonymous().complete({ ...VERA, token, email }),
      ),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await world.deps.db.$count(credentials)).toBe(1);
  });

  it("is over once there is an agent, also for a link that was given out before", async () => {
    const token = await linked();
    await world.makeAccount();
    expect(await issueSetUpLink(world.contextOf(SYSTEM))).toBeNull();
    expect(await world.listAudit("auth.setUpLinkIssued")).toMatchObject([{ actorKind: "system" }]);
    await expect(anonymous().complete({ ...VERA, token })).rejects.toMatchObject(refusal("CONFLICT"));
  });

  it("holds for a day, until the next start, and for one password that is none of the obvious", async () => {
    const former = await linked();
    const token = await linked();
    const stale = async (old: string) => {
      await expect(anonymous().check({ token: old })).rejects.toMatchObject(refusal("NOT_FOUND"));
      await expect(anonymous().complete({ ...VERA, token: old })).rejects.toMatchObject(refusal("NOT_FOUND"));
    };
    await stale(former);
    await expect(anonymous().complete({ ...VERA, token, password: VERA.email })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    await expect(anonymous().complete({ ...VERA, token, password: "short" })).rejects.toMatchObject({
      code: "BAD_REQUEST",
    });
    world.deps.clock.advance(24 * 60 * 60_000);
    await stale(token);
  });

  it("is linked to by Pult itself alone", async () => {
    for (const actor of [ANONYMOUS, makeCustomer(), keyWith("auth:write")])
      await expect(issueSetUpLink(world.contextOf(actor))).rejects.toMatchObject({
        code: actor.kind === "anonymous" ? "UNAUTHORIZED" : "FORBIDDEN",
      });
  });
});
