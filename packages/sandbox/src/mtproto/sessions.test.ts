import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import bigInt from "big-integer";
import { Api, type TelegramClient } from "telegram";
import { Raw } from "telegram/events/index.js";
import { ConnectionTCPAbridged, ConnectionTCPObfuscated } from "telegram/network/index.js";
import { computeCheck } from "telegram/Password.js";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  closeClient,
  createClient,
  newSession,
  phoneOf,
  refusal,
  sendCode,
  signIn,
  trustKey,
} from "./gramjs-client.ts";
import { DEMO_ACCOUNTS } from "./seed.ts";
import { type DataCentreUnderTest, startDataCentre } from "./testing.ts";

const [AGENT, GUARDED, OTHER] = DEMO_ACCOUNTS;
const customer = "demo_customer_1";

let centre: DataCentreUnderTest;
const clients: TelegramClient[] = [];

beforeAll(async () => {
  centre = await startDataCentre();
  trustKey(centre.publicKeyPem);
});

afterEach(async () => {
  for (const client of clients.splice(0)) await closeClient(client);
});

afterAll(() => centre.close());

function create(session = newSession(), options: Record<string, unknown> = {}): TelegramClient {
  const client = createClient(centre.address, session, options);
  clients.push(client);
  return client;
}

async function connect(session = newSession()): Promise<TelegramClient> {
  const client = create(session);
  await client.connect();
  return client;
}

function enterCode(client: TelegramClient, accountId: number, { hash, code }: { hash: string; code: string }) {
  const phoneNumber = phoneOf(centre, accountId);
  return client.invoke(new Api.auth.SignIn({ phoneNumber, phoneCodeHash: hash, phoneCode: code }));
}

test("refuses unknown numbers, wrong, old, spent and expired codes and wrong passwords", async () => {
  const client = await connect();
  expect(await client.checkAuthorization()).toBe(false);
  const phoneNumber = "+99966999999";
  const unknown = new Api.auth.SendCode({ phoneNumber, apiId: 1, apiHash: "0", settings: new Api.CodeSettings({}) });
  expect(await refusal(client.invoke(unknown))).toBe("PHONE_NUMBER_INVALID");

  const old = await sendCode(centre, client, GUARDED);
  const { phoneCodeHash: hash } = await sendCode(centre, client, GUARDED);
  const code = centre.actions.signInCode(GUARDED);
  expect(await refusal(enterCode(client, GUARDED, { hash: old.phoneCodeHash, code }))).toBe("PHONE_CODE_EXPIRED");
  const wrong = code === "00000" ? "00001" : "00000";
  expect(await refusal(enterCode(client, GUARDED, { hash, code: wrong }))).toBe("PHONE_CODE_INVALID");
  expect(await refusal(enterCode(client, GUARDED, { hash, code }))).toBe("SESSION_PASSWORD_NEEDED");

  const answer = async (password: string) => {
    const asked = await client.invoke(new Api.account.GetPassword());
    return client.invoke(new Api.auth.CheckPassword({ password: await computeCheck(asked, password) }));
  };
  expect(await refusal(answer("wrong"))).toBe("PASSWORD_HASH_INVALID");
  expect(await answer("demo-password")).toMatchObject({ user: { username: "demo_agent_2" } });

  const spent = await sendCode(centre, client, AGENT);
  const right = centre.actions.signInCode(AGENT);
  const guess = { hash: spent.phoneCodeHash, code: right === "00000" ? "00001" : "00000" };
  for (let n = 1; n <= 5; n++) expect(await refusal(enterCode(client, AGENT, guess))).toBe("PHONE_CODE_INVALID");
  expect(await refusal(enterCode(client, AGENT, { ...guess, code: right }))).toBe("PHONE_CODE_EXPIRED");

  const next = await sendCode(centre, client, OTHER);
  const late = centre.actions.signInCode(OTHER);
  centre.actions.expireCode(OTHER);
  expect(await refusal(enterCode(client, OTHER, { hash: next.phoneCodeHash, code: late }))).toBe("PHONE_CODE_EXPIRED");
});

test.each([
  ["abridged", ConnectionTCPAbridged],
  ["obfuscated", ConnectionTCPObfuscated],
])("speaks the %s transport, and lists, ends and leaves sessions", async (_name, connection) => {
  const client = await signIn(centre, OTHER, create(newSession(), { connection }));
  const { authorizations } = await client.invoke(new Api.account.GetAuthorizations());
  expect(authorizations.find(({ current }) => current)).toMatchObject({ deviceModel: "Test", hash: bigInt(0) });
  await client.invoke(new Api.auth.LogOut());
  expect(await refusal(client.invoke(new Api.updates.GetState()))).toBe("AUTH_KEY_UNREGISTERED");
});

test("signs in by a QR code that the account's phone scans", async () => {
  const client = await connect();
  const heard: string[] = [];
  const exportToken = () => client.invoke(new Api.auth.ExportLoginToken({ apiId: 1, apiHash: "0", exceptIds: [] }));
  client.addEventHandler((update: Api.TypeUpdate) => void heard.push(update.className), new Raw({}));
  const first = (await exportToken()) as Api.auth.LoginToken;
  expect(() => centre.actions.scan({ token: "unknown", accountId: OTHER })).toThrow("unknown or has expired");
  centre.actions.scan({ token: `tg://login?token=${first.token.toString("base64url")}`, accountId: OTHER });
  const done = (await exportToken()) as Api.auth.LoginTokenSuccess;
  expect(done.authorization).toMatchObject({ user: { username: "demo_agent_3" } });
});

test("keeps sign-ins and sequences when the world is reset, and lets clients read it anew", async () => {
  const client = await signIn(centre, OTHER, create());
  const { pts, date } = await client.invoke(new Api.updates.GetState());
  const { id } = await client.sendMessage(customer, { message: "forgotten" });
  centre.sandbox.reset();
  const missed = await client.invoke(new Api.updates.GetDifference({ pts, date, qts: 0 }));
  expect(missed.className).toBe("updates.DifferenceTooLong");
  const [newest] = await client.getMessages(customer, { limit: 1 });
  expect(newest?.message).toBe("Demo answer 300");
  expect(newest?.id).toBeGreaterThan(id);
});

test("ends a session from outside", async () => {
  const client = await signIn(centre, OTHER, create());
  centre.actions.revoke(OTHER);
  expect(await refusal(client.invoke(new Api.updates.GetState()))).toBe("SESSION_REVOKED");
  expect(centre.sandbox.world().mtproto.accounts.find(({ personId }) => personId === OTHER)?.sessions).toEqual([]);
});

test("answers -404 to an unknown key, by the transport that the client speaks", async () => {
  const socket = createConnection({ port: Number(centre.address.split(":").at(-1)), host: "127.0.0.1" });
  const packet = Buffer.alloc(4 + 4 + 40, 9);
  packet.writeUInt32LE(0xeeeeeeee, 0);
  packet.writeInt32LE(40, 4);
  socket.write(packet);
  const [answer] = await once(socket, "data");
  socket.destroy();
  expect([answer.readInt32LE(0), answer.readInt32LE(4)]).toEqual([4, -404]);
});

test("keeps keys, sign-ins, messages and scheduled ones over a restart", async () => {
  const directory = mkdtempSync(join(tmpdir(), "mtproto-"));
  const stateFile = join(directory, "world.json");
  const options = { stateFile };
  const [main] = [centre];
  centre = await startDataCentre(options);
  const before = await signIn(centre, AGENT);
  const saved = before.session.save() as unknown as string;
  const { id } = await before.sendMessage(customer, { message: "kept" });
  await before.sendMessage(customer, { message: "later", schedule: Math.floor(Date.now() / 1000) + 3_600 });
  await closeClient(before);
  await centre.close();
  const { publicKeyPem } = centre;

  centre = await startDataCentre(options);
  expect(centre.publicKeyPem).toBe(publicKeyPem);
  const after = await connect(newSession(saved));
  expect((await after.getMessages(customer, { ids: [id] }))[0]?.message).toBe("kept");
  const peer = await after.getInputEntity(customer);
  expect(await after.invoke(new Api.messages.GetScheduledHistory({ peer }))).toMatchObject({
    messages: [{ message: "later" }],
  });
  await closeClient(clients.pop() ?? after);
  await centre.close();
  centre = main;
  rmSync(directory, { recursive: true });
});
