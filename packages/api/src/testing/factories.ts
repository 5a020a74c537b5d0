import { randomBytes, randomUUID } from "node:crypto";
import { rowsOf } from "@pult/db/rows.ts";
import { apiKeys, credentials, people } from "@pult/db/schema/auth.ts";
import { type SQL, sql } from "drizzle-orm";
import { SignJWT } from "jose";
import type { Actor, Customer } from "../actor.ts";
import { openSession } from "../auth/account/create-session.ts";
import { rightsOf } from "../auth/permissions.ts";
import type { Role, Scope } from "../auth/schema.ts";
import { hashToken, newApiKey } from "../auth/tokens.ts";
import type { Context, Deps } from "../context.ts";
import { appRouter } from "../root.ts";
import { send } from "../support/customer-service.ts";
import { uploadPhoto } from "../support/photos.ts";
import type { Message, SendInput } from "../support/schema.ts";
import { createCallerFactory, type TrpcContext } from "../trpc.ts";
import { SAMPLE_PHOTOS, streamOf } from "./sample-photos.ts";
import { signInitData, type TelegramUser } from "./sign-init-data.ts";

export type Agent = Extract<Actor, { kind: "agent" }>;
export type ApiKeyActor = Extract<Actor, { kind: "apiKey" }>;

export const ANONYMOUS: Actor = { kind: "anonymous" };
export const SYSTEM: Actor = { kind: "system" };

/** No test's clock gets there. */
const FAR = new Date("2100-01-01T00:00:00Z");

let counter = 0;
/** Different in every call, so that no two tests share a customer. */
export const unique = (prefix: string): string => `${prefix}-${++counter}-${randomBytes(3).toString("hex")}`;

export function contextOf<Base extends Deps>(deps: Base, actor: Actor): Base & Context {
  return { ...deps, actor, ip: "192.0.2.1", userAgent: "vitest" };
}

/** An agent without a row. */
export const agentWith = (role: Role): Agent => ({
  kind: "agent",
  personId: randomUUID(),
  name: "Olga",
  email: "olga@example.com",
  role,
  roleName: role,
  ...rightsOf(role),
  sessionId: randomUUID(),
  confirmedAt: FAR,
  expiresAt: FAR,
});

/** An agent with a row but without a usable password. */
export async function makeAgent(
  { db }: Pick<Deps, "db">,
  given: { name?: string; role?: Role; email?: string; disabledAt?: Date } = {},
): Promise<Agent> {
  const { name = "Olga", role = "Moderator", email = `${unique("agent")}@example.com`, disabledAt = null } = given;
  const agent = { ...agentWith(role), name, email };
  await db.insert(people).values({ id: agent.personId, name, role });
  await db.insert(credentials).values({ personId: agent.personId, email, passwordHash: "none", disabledAt });
  return agent;
}

/** A session of an agent that a password opened. */
export const openAgentSession = (deps: Deps, personId: string) =>
  openSession(contextOf(deps, ANONYMOUS), { personId, kind: "agent", method: "password", lifeMs: 60 * 60_000 });

/** The token of a Mini App session, where the bot is that of `TEST_BOT_TOKEN`. */
export async function openMiniApp(deps: Deps, user: TelegramUser): Promise<string> {
  return (await callerOf(deps, ANONYMOUS).auth.miniApp({ initData: signInitData(user, deps.now()) })).token;
}

/** A token of one minute, as the operator's server signs it for a customer. */
export function mintToken({ config, now }: Deps, externalId: string, claims: object = {}): Promise<string> {
  return new SignJWT({ sub: externalId, exp: Math.floor(now().getTime() / 1000) + 60, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .sign(config.jwtSecret);
}

/** A customer who has not been seen yet. */
export function makeCustomer(given: Partial<Customer> = {}): Customer {
  return {
    kind: "customer",
    namespace: "app",
    externalId: unique("customer"),
    name: "Anna",
    username: null,
    languageCode: null,
    ...given,
  };
}

let lastTelegramId = 10_000;
export const makeTelegramCustomer = (given: Partial<Customer> = {}): Customer =>
  makeCustomer({ namespace: "telegram", externalId: String(++lastTelegramId), ...given });

export const keyWith = (...scopes: Scope[]): ApiKeyActor => ({
  kind: "apiKey",
  keyId: randomUUID(),
  name: "Shop server",
  scopes,
});

export async function storeApiKey(
  { db }: Pick<Deps, "db">,
  given: { scopes?: Scope[]; expiresAt?: Date; revokedAt?: Date; limitPerMinute?: number } = {},
): Promise<{ id: string; key: string }> {
  const { scopes = ["support:write"], ...more } = given;
  const key = newApiKey();
  const id = randomUUID();
  await db.insert(apiKeys).values({ id, name: "Shop server", keyHash: hashToken(key), scopes, ...more });
  return { id, key };
}

/** A key with a row: what it issues is looked up by it. */
export async function storedKeyWith(deps: Pick<Deps, "db">, ...scopes: Scope[]): Promise<ApiKeyActor> {
  const { id } = await storeApiKey(deps, { scopes });
  return { ...keyWith(...scopes), keyId: id };
}

/** What the customer writes, stored by the service. */
export async function writeAs(deps: Deps, customer: Customer, given: Partial<SendInput> = {}): Promise<Message> {
  const input = { text: "Hello", photoIds: [], clientId: unique("m"), ...given };
  return (await send(contextOf(deps, customer), input)).message;
}

export async function uploadAs(deps: Deps, actor: Actor): Promise<string> {
  return (await uploadPhoto(contextOf(deps, actor), streamOf(SAMPLE_PHOTOS.png))).id;
}

const createCaller = createCallerFactory(appRouter);

/** The whole API as this actor calls it, inputs checked and errors mapped. */
export function callerOf(deps: Deps, actor: Actor, signal?: AbortSignal, transport: Partial<TrpcContext> = {}) {
  const context: TrpcContext = {
    ...contextOf(deps, actor),
    setSession: () => {},
    limitSignIn: async () => {},
    limitLinking: async () => {},
    fansOut: false,
    schedule: (call) => call(),
    ...transport,
  };
  return createCaller(context, signal ? { signal } : {});
}

/** What tRPC refuses with. */
export const refusal = (code: string, more: object = {}) => ({ cause: { code, ...more } });

/** Rows of a query. */
export async function query<Row>({ db }: Pick<Deps, "db">, statement: SQL): Promise<Row[]> {
  return rowsOf<Row>(await db.execute(statement));
}

export async function countRows(deps: Pick<Deps, "db">, table: string): Promise<number> {
  const [row] = await query<{ count: number }>(deps, sql.raw(`select count(*) as count from ${table}`));
  return row?.count ?? 0;
}
