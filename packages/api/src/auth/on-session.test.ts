import { people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import { ANONYMOUS, makeCustomer, refusal } from "../testing/factories.ts";
import { readerOf } from "../testing/reader.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { signOut } from "./account/sign-in.ts";
import { revokeApiKey } from "./api-keys.ts";
import { publishRightsChanged } from "./events.ts";
import type { Role } from "./schema.ts";

describeOnDatabases("auth.onSession", (world) => {
  async function signedIn(role: Role) {
    const { personId } = await world.makeAgent({ role });
    const { token, expiresAt } = await world.openSession(personId);
    return { personId, expiresAt, actor: await world.actorOf(token) };
  }
  const follow = (actor: Actor) => readerOf((signal) => world.as(actor, signal).auth.onSession());

  it("sends the actor first, again when their rights change, and the end", async () => {
    const { personId, expiresAt, actor } = await signedIn("Moderator");
    const session = follow(actor);
    expect(await session.next()).toMatchObject({
      type: "session",
      expiresAt: expiresAt.toISOString(),
      me: { role: "Moderator", scopes: expect.arrayContaining(["support:write"]) },
    });
    const promoted = session.next();
    await world.deps.db.update(people).set({ role: "Admin" }).where(eq(people.id, personId));
    publishRightsChanged(world.deps.bus, personId);
    expect(await promoted).toMatchObject({ type: "session", me: { role: "Admin", scopes: ["*"] } });
    const ended = session.next();
    await signOut(world.contextOf(actor));
    expect(await ended).toEqual({ type: "ended", reason: "signedOut" });
    await session.stop();
  });

  it("says of a key that it was revoked", async () => {
    const { actor: admin } = await signedIn("Admin");
    const { id, key } = await world.storeApiKey();
    const session = follow(await world.actorOf(key));
    expect(await session.next()).toMatchObject({ type: "session", me: { kind: "apiKey" }, expiresAt: null });
    const ended = session.next();
    await revokeApiKey(world.contextOf(admin), { id });
    expect(await ended).toEqual({ type: "ended", reason: "unauthorized" });
    await session.stop();
  });

  it("rejects anonymous callers and bare ids", async () => {
    await expect(follow(ANONYMOUS).next()).rejects.toMatchObject(refusal("UNAUTHORIZED"));
    await expect(follow(makeCustomer()).next()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });
});
