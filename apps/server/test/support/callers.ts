import { randomUUID } from "node:crypto";
import type { Actor } from "@pult/api/actor.ts";
import { rightsOf } from "@pult/api/auth/permissions.ts";
import { PERMISSIONS, ROLES, type Role, type Scope } from "@pult/api/auth/schema.ts";
import { hashToken, newSessionToken } from "@pult/api/auth/tokens.ts";
import { SCOPE_DOMAINS } from "@pult/api/domains.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { keyWith, storeApiKey } from "@pult/api/testing/factories.ts";
import type { Database } from "@pult/db/database.ts";
import { credentials, customRoles, identities, people, sessions } from "@pult/db/schema/auth.ts";
import { ADMIN_KEY, mintToken } from "./installation.ts";

/** A caller of a route: their credentials, and the actor they must resolve to. */
export interface Caller {
  name: string;
  token: string | null;
  /** Null: the credentials have ended, and every request is rejected. */
  actor: Actor | null;
}

const DAY_MS = 24 * 60 * 60_000;
const future = () => new Date(Date.now() + DAY_MS);
const past = () => new Date(Date.now() - DAY_MS);

const ALL_SCOPES: Scope[] = [...SCOPE_DOMAINS.flatMap((domain): Scope[] => [`${domain}:read`, `${domain}:write`]), "*"];

/** Stores one of every kind of caller. @returns them, and callers whose credentials have ended */
export async function seedCallers(db: Database): Promise<Caller[]> {
  return [
    { name: "anonymous", token: null, actor: { kind: "anonymous" } },
    { name: "app customer", token: await mintToken({ sub: "matrix-app" }), actor: appCustomer("matrix-app", null) },
    { name: "bootstrap key", token: ADMIN_KEY, actor: keyWith("*") },
    ...(await seedAgents(db)),
    ...(await seedMiniAppUsers(db)),
    ...(await seedKeys(db)),
    ...(await seedEnded(db)),
  ];
}

async function seedAgents(db: Database): Promise<Caller[]> {
  const callers: Caller[] = [];
  for (const role of ROLES) {
    const { token, personId } = await seedAgent(db, { role });
    const actor = agentActor(personId, { role, scopes: rightsOf(role).scopes });
    callers.push({ name: `agent ${role}`, token, actor });
  }
  const scopes: Scope[] = ["support:read"];
  const { token, personId } = await seedAgent(db, { role: "User", scopes });
  return [...callers, { name: "agent Reader", token, actor: agentActor(personId, { role: "User", scopes }) }];
}

const agentActor = (personId: string, { role, scopes }: { role: Role; scopes: Scope[] }): Actor => ({
  kind: "agent",
  personId,
  name: "Agent",
  email: "agent@example.com",
  role,
  roleName: role,
  permissions: [],
  scopes,
  sessionId: randomUUID(),
  expiresAt: future(),
});

/** An agent with a live session who has just re-authenticated. @param given.scopes of a custom role of their own */
export async function seedAgent(
  db: Database,
  given: {
    role?: Role;
    scopes?: Scope[];
    expiresAt?: Date;
    revokedAt?: Date;
    disabledAt?: Date;
    isConfirmed?: boolean;
  } = {},
): Promise<{ personId: string; token: string; sessionId: string }> {
  const {
    role = "Moderator",
    scopes,
    expiresAt = future(),
    revokedAt = null,
    disabledAt = null,
    isConfirmed = true,
  } = given;
  const [personId, sessionId, token] = [randomUUID(), randomUUID(), newSessionToken()];
  const customRoleId = scopes ? randomUUID() : null;
  if (scopes && customRoleId) {
    const permissions = PERMISSIONS.filter((permission) => permission === "mute");
    await db.insert(customRoles).values({ id: customRoleId, name: `Custom ${customRoleId}`, permissions, scopes });
  }
  await db.insert(people).values({ id: personId, name: "Agent", role, customRoleId });
  await db.insert(credentials).values({ personId, email: `${personId}@example.com`, passwordHash: "none", disabledAt });
  await db.insert(sessions).values({
    id: sessionId,
    tokenHash: hashToken(token),
    personId,
    kind: "agent",
    confirmedAt: isConfirmed ? new Date() : null,
    expiresAt,
    revokedAt,
  });
  return { personId, token, sessionId };
}

async function seedMiniAppUsers(db: Database): Promise<Caller[]> {
  const callers: Caller[] = [];
  for (const [at, role] of ROLES.entries()) {
    const externalId = String(880_000 + at);
    const token = await seedMiniAppUser(db, { externalId, role });
    const actor: Actor = { ...appCustomer(externalId, null), namespace: "telegram" };
    callers.push({ name: `Mini App ${role}`, token, actor });
  }
  return callers;
}

async function seedMiniAppUser(
  db: Database,
  { externalId, role, expiresAt = future() }: { externalId: string; role: Role; expiresAt?: Date },
): Promise<string> {
  const [personId, token] = [randomUUID(), newSessionToken()];
  const identity = { namespace: "telegram", externalId, personId };
  await db.insert(people).values({ id: personId, name: "Telegram user", role });
  await db.insert(identities).values({ ...identity, proven: true });
  await db.insert(sessions).values({ ...identity, tokenHash: hashToken(token), kind: "customer", expiresAt });
  return token;
}

async function seedKeys(db: Database): Promise<Caller[]> {
  const callers: Caller[] = [];
  for (const scopes of [...ALL_SCOPES.map((scope) => [scope]), []]) {
    const { key: token } = await storeApiKey({ db }, { scopes });
    callers.push({ name: `key ${scopes[0] ?? "without scopes"}`, token, actor: keyWith(...scopes) });
  }
  return callers;
}

async function seedEnded(db: Database): Promise<Caller[]> {
  const { key } = await storeApiKey({ db }, { scopes: ["*"] });
  const tokens: [name: string, token: string][] = [
    ["revoked key", (await storeApiKey({ db }, { scopes: ["*"], revokedAt: past() })).key],
    ["expired key", (await storeApiKey({ db }, { scopes: ["*"], expiresAt: past() })).key],
    ["mistyped key", `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`],
    ["expired session", (await seedAgent(db, { role: "Admin", expiresAt: past() })).token],
    ["signed-out session", (await seedAgent(db, { role: "Admin", revokedAt: past() })).token],
    ["disabled agent", (await seedAgent(db, { role: "Admin", disabledAt: past() })).token],
    ["expired Mini App", await seedMiniAppUser(db, { externalId: "880100", role: "Admin", expiresAt: past() })],
    ["expired JWT", await mintToken({ sub: "matrix-app" }, { expiresIn: "-1d" })],
  ];
  return tokens.map(([name, token]) => ({ name, token, actor: null }));
}
