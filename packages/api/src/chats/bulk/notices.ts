import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { NoticeKind } from "../../notices/kinds.ts";
import { type NewNotice, settleNotices } from "../../notices/notify.ts";
import type { NewEntry } from "../../realtime/log.ts";
import type { BulkRow } from "./rows.ts";

type News =
  | { outcome: "toApprove" }
  | { outcome: "ended"; sent: number; failed: number }
  | { outcome: "stopped"; reason: string };
type Data = News & { bulkId: string; name: string };

const TITLES = {
  toApprove: { en: "Bulk message waits for your approval", ru: "Рассылка ждёт вашего одобрения" },
  ended: { en: "Bulk message sent", ru: "Рассылка завершена" },
  stopped: { en: "Bulk message stopped", ru: "Рассылка остановлена" },
};

function bodyOf(locale: "en" | "ru", data: Data): string {
  const { name } = data;
  switch (data.outcome) {
    case "toApprove":
      return name;
    case "ended":
      return locale === "ru"
        ? `${name}. Отправлено: ${data.sent}, не отправлено: ${data.failed}`
        : `${name}. Sent: ${data.sent}, not sent: ${data.failed}`;
    case "stopped":
      return locale === "ru" ? `${name}. Причина: ${data.reason}` : `${name}. Reason: ${data.reason}`;
  }
}

/** A message to many waits for approval, has ended, or was stopped by Telegram. */
export const bulkNotice: NoticeKind<Data> = {
  name: "chats.bulk",
  severity: "normal",
  scope: "chats:read",
  defaults: { staff: { inApp: true, push: true, bot: true, batched: true } },
  textOf: (locale, data) => ({ title: TITLES[data.outcome][locale], body: bodyOf(locale, data) }),
  targetOf: ({ bulkId }) => `/contacts/bulk?open=${bulkId}`,
};

export const bulkSubject = (id: string): string => `chats.bulk:${id}`;
const keyOf = (id: string): string => `${bulkNotice.name}:${bulkSubject(id)}`;

interface Told {
  row: Pick<BulkRow, "id" | "name">;
  readers: readonly string[];
  news: News;
  now: Date;
}

/** What people are told of a message to many, for `notify`. */
export function bulkNotices({ row: { id, name }, readers, news, now }: Told): NewNotice[] {
  const event = `bulk:${id}:${news.outcome}:${now.toISOString()}`;
  const about = bulkSubject(id);
  const data: Data = { ...news, bulkId: id, name };
  return readers.map((personId) => ({ kind: bulkNotice as NoticeKind, personId, event, about, data }));
}

/** Those of these authors who are agents and can sign in. */
export async function agentsAmong(tx: Transaction, authors: readonly string[]): Promise<string[]> {
  const rows = rowsOf<{ id: string }>(
    await tx.execute(sql`
      select p.id from people p join credentials c on c.person_id = p.id and c.disabled_at is null
      where p.id::text in (select jsonb_array_elements_text(${JSON.stringify(authors)}::jsonb))`),
  );
  return rows.map(({ id }) => id);
}

/** What was told of it is settled: a person has acted. */
export const settleBulkNotices = (tx: Transaction, now: Date, id: string): Promise<NewEntry[]> =>
  settleNotices(tx, now, { keys: [keyOf(id)] });
