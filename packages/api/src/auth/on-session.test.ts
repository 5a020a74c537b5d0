import { people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import { findDomainError } from "../errors.ts";
import { ANONYMOUS, makeCustomer } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { openSession } from "./account/open-session.ts";
import { signOut } from "./account/sign-in.ts";
import { revokeApiKey } from "./api-keys.ts";
import { publishRightsChanged } from "./events.ts";
import type { SessionEvent } from "./schema.ts";

describeOnDatabases("auth.onSession", (world) => {
  async function signedIn() {
    const { personId } = await world.makeAgent({ role: "Moderator" });
    const { token, expiresAt } = await openSession(world.contextOf(ANONYMOUS), {
      personId,
      kind: "agent",
      method: "password",
      lifeMs: 60 * 60_000,
    });
    return { personId, expiresAt, actor: await world.actorOf(token) };
  }

  /** Follows, and reads event by event. */
  async function follow(actor: Actor) {
    const ending = new AbortController();
    const stream = await world.as(actor, ending.signal).auth.onSession();
    const events = stream[Symbol.asyncIterator]();
    return {
      async next(): Promise<SessionEvent> {
        const { value } = await events.next();
        if (!value) throw new Error("The stream has ended");
        return value;
      },
      async close() {
        ending.abort();
        await events.return?.();
      },
    };
  }

  it("sends the actor first, again when their rights change, and the end", async () => {
    const { personId, expiresAt, actor } = await signedIn();
    const session = await follow(actor);
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
    await session.close();
  });

  it("says of a key that it was revoked", async () => {
    const { actor: admin } = await signedIn();
    await world.deps.db.update(people).set({ role: "Admin" });
    const { id, key } = await world.storeApiKey();
    const session = await follow(await world.actorOf(key));
    expect(await session.next()).toMatchObject({ type: "session", me: { kind: "apiKey" }, expiresAt: null });
    const ended = session.next();
    await revokeApiKey(world.contextOf({ ...(admin as Extract<Actor, { kind: "agent" }>), scopes: ["*"] }), {
      id,
    });
    expect(await ended).toEqual({ type: "ended", reason: "unauthorized" });
    await session.close();
  });

  it("rejects anonymous callers and bare ids", async () => {
    for (const actor of [ANONYMOUS, makeCustomer()]) {
      const failure = await follow(actor)
        .then((session) => session.next())
        .catch((error: unknown) => error);
      expect(findDomainError(failure)?.code).toBe("UNAUTHORIZED");
    }
  });
});
