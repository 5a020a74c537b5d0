import { createClient } from "@pult/api/client.ts";
import type { startDataCentre } from "@pult/sandbox/mtproto/testing.ts";
import type { Peer } from "./calls.ts";
import { type CheckedReader, Checker, chatsLog } from "./checker.ts";
import { ADMIN_KEY } from "./installation.ts";
import { countdown } from "./mailbox.ts";
import { begin, type Traffic } from "./traffic.ts";
import { connectApi } from "./trpc-client.ts";

export type DataCentre = Awaited<ReturnType<typeof startDataCentre>>;

/** What a node is given so that it speaks to this data centre. */
export const envOf = ({ address, publicKeyPem }: DataCentre): Record<string, string> => ({
  ...{ TELEGRAM_API_ID: "1", TELEGRAM_API_HASH: "0".repeat(32), TELEGRAM_DC: address, TELEGRAM_DC_KEY: publicKeyPem },
  ...{ LIMIT_USER_PER_MINUTE: "0", LIMIT_SIGN_IN_PER_15_MIN: "0" },
});

export interface RestAnswer {
  sessionId?: string;
  status?: string;
  data?: { id: string; text: string; status: string; health: { connection: string } }[];
  pagination?: { hasMore: boolean; nextOffsetId?: string };
}

/** One documented REST call with a key that may do everything. */
export async function callRest(node: Peer, path: string, body?: object): Promise<{ status: number; json: RestAnswer }> {
  const response = await fetch(`${node.origin}/api/telegram/${path}`, {
    headers: { Authorization: `Bearer ${ADMIN_KEY}`, "Content-Type": "application/json" },
    ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, json: (await response.json()) as RestAnswer };
}

/** Links an account; each step at the next of these nodes. @returns the account's id */
export async function linkAccount(
  nodes: readonly [Peer, ...Peer[]],
  { sandbox }: DataCentre,
  { phone, personId }: { phone: string; personId: number },
): Promise<string> {
  const at = (step: number) => nodes[step % nodes.length] ?? nodes[0];
  const { sessionId = "" } = (await callRest(at(0), "auth/init", {})).json;
  const asked = await callRest(at(1), "auth/request-code", { sessionId, phoneNumber: phone });
  if (asked.status !== 200) throw new Error(`No code: ${JSON.stringify(asked)}`);
  const code = sandbox.world().mtproto.accounts.find((account) => account.personId === personId)?.code;
  const { json } = await callRest(at(2), "auth/sign-in", { sessionId, code });
  if (json.status !== "AUTHORIZED") throw new Error(`Not linked: ${JSON.stringify(json)}`);
  return sessionId;
}

/** Oldest first, as REST pages them; what could be read where a page could not. */
export async function textsAt(node: Peer, chatId: number, accountId?: string): Promise<string[]> {
  const texts: string[] = [];
  const account = accountId === undefined ? "" : `&accountId=${accountId}`;
  for (let offsetId = ""; ; ) {
    const { status, json } = await callRest(node, `chats/${chatId}/messages?limit=100${account}${offsetId}`);
    if (status !== 200) return texts;
    texts.push(...(json.data ?? []).map(({ text }) => text));
    if (!json.pagination?.hasMore) return texts.reverse();
    offsetId = `&offsetId=${json.pagination.nextOffsetId}`;
  }
}

export interface LinkedTraffic extends Traffic {
  /** The chats that are written in. */
  chats: readonly { accountId: string; chatId: number }[];
}

interface LinkedOptions {
  telegram: DataCentre;
  nodes: readonly [Peer, ...Peer[]];
  /** Where readers connect: each follows every account. */
  lines: readonly Peer[];
  accounts: number;
  everyMs: number;
}

const FIRST_PHONE = 79_991_000_000;

/** A person on Telegram writes to each of many linked accounts all the time; every account is followed over every line. */
export async function startLinkedAccounts(options: LinkedOptions): Promise<LinkedTraffic> {
  const { telegram, nodes, lines, accounts, everyMs } = options;
  const { actions } = telegram;
  const checker = new Checker();
  const counter = countdown();
  const clients = lines.map((line) => createClient({ url: line.origin, token: ADMIN_KEY }));
  const stocks = lines.map((line) => connectApi(nodes[0], ADMIN_KEY, line));
  const readers: CheckedReader[] = [];
  const chats: { accountId: string; chatId: number }[] = [];
  const writers = [];
  const { personId: from } = actions.createPerson({ firstName: "Ann", phone: String(FIRST_PHONE) });
  for (let at = 1; at <= accounts; at++) {
    const phone = String(FIRST_PHONE + at);
    const name = `account-${at}`;
    const { accountId: to } = actions.createAccount({ firstName: name, phone });
    const accountId = await linkAccount(nodes, telegram, { phone, personId: to });
    chats.push({ accountId, chatId: from });
    const post = async ({ text }: { text: string }) => actions.write({ from, to, text }).uids.length > 0;
    writers.push(checker.writer({ name, everyMs, onAcknowledged: counter.step, post }));
    const follows = { topic: name, writers: [name] };
    for (const [line, { api }] of clients.entries())
      readers.push(checker.reader({ ...follows, name: `${name} ${line}`, subscribe: chatsLog(api, accountId) }));
    const stock = stocks[at % stocks.length];
    if (!stock) continue;
    const subscribe = chatsLog(stock.api as never, accountId);
    readers.push(checker.reader({ ...follows, name: `${name} stock`, subscribe, via: "stock" }));
  }
  const closers = [
    ...clients.map((client) => () => client.close()),
    ...stocks.map((stock) => () => void stock.close()),
  ];
  const readersOfEach = lines.length + 1;
  const stop = new AbortController();
  return { ...(await begin({ checker, counter, stop, readers, writers, closers, readersOfEach })), chats };
}
