import type { Transaction } from "@pult/db/database.ts";
import { selectHolders } from "../auth/team/holders.ts";
import type { KindDefaults, NoticeKind } from "../notices/kinds.ts";
import { type NewNotice, type Notified, notify } from "../notices/notify.ts";
import type { SessionRow } from "./access.ts";

const FOR_STAFF: KindDefaults = { inApp: true, push: true, bot: true, batched: true };

interface Trouble {
  accountId: string;
  /** Telegram's own name of it. */
  reason: string;
}

const targetOf = ({ accountId }: { accountId: string }): string => `/chats?account=${accountId}`;

/** Telegram ended the session of a linked account. */
export const expiredNotice: NoticeKind<Trouble> = {
  name: "chats.accountExpired",
  severity: "critical",
  defaults: { staff: FOR_STAFF },
  textOf: (locale, { reason }) =>
    locale === "ru"
      ? { title: "Аккаунт Telegram отключён", body: `Telegram завершил сеанс (${reason}). Подключите аккаунт заново.` }
      : {
          title: "A Telegram account is signed out",
          body: `Telegram ended its session (${reason}). Link the account again.`,
        },
  targetOf,
};

/** Telegram stopped what a linked account sends. */
export const stoppedNotice: NoticeKind<Trouble> = {
  name: "chats.sendingStopped",
  severity: "critical",
  defaults: { staff: FOR_STAFF },
  textOf: (locale, { reason }) =>
    locale === "ru"
      ? {
          title: "Отправка с аккаунта Telegram остановлена",
          body: `Причина: ${reason}. Возобновите её, когда это безопасно.`,
        }
      : { title: "Sending from a Telegram account is stopped", body: `Reason: ${reason}. Resume it when it is safe.` },
  targetOf,
};

/** Telegram asked a linked account for a long pause. */
export const floodNotice: NoticeKind<{ accountId: string; seconds: number }> = {
  name: "chats.floodWait",
  severity: "normal",
  defaults: { staff: FOR_STAFF },
  textOf: (locale, { seconds }) =>
    locale === "ru"
      ? { title: "Telegram просит паузу", body: `Аккаунт ничего не отправляет ещё ${seconds} с.` }
      : { title: "Telegram asks for a pause", body: `The account sends nothing for ${seconds} s.` },
  targetOf,
};

type Notice =
  | { kind: typeof expiredNotice | typeof stoppedNotice; data: Trouble }
  | { kind: typeof floodNotice; data: { accountId: string; seconds: number } };

/** Tells the owner of an account and the Admins, and people of what follows (`beside`); before the transaction appends to other logs. */
export async function tellOwners(
  tx: Transaction,
  { row, now, beside = [] }: { row: SessionRow; now: Date; beside?: readonly NewNotice[] },
  { kind, data }: Notice,
): Promise<Notified> {
  const [, agentId] = /^agent:(.+)$/.exec(row.owner) ?? [];
  const admins = await selectHolders(tx, "auth:write");
  const readers = [...new Set([...(agentId ? [agentId] : []), ...admins])];
  const event = `${kind.name}:${row.id}:${now.toISOString()}`;
  const about = `chats.account:${row.id}`;
  const notices = readers.map((personId) => ({ kind: kind as NoticeKind, personId, event, about, data }));
  return notify(tx, now, [...notices, ...beside]);
}
