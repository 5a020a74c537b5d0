import type { Database, Transaction } from "@pult/db/database.ts";
import { bigintsIn } from "@pult/db/rows.ts";
import { people } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { OutboxHandler } from "../outbox/outbox.ts";
import { type Why, why } from "../outbox/why.ts";
import { selectIdentities } from "../people/identities.ts";
import { type AskedPush, createPushHandler, pushedTo } from "../push/delivery.ts";
import type { PushMessage } from "../push/sender.ts";
import { AGENT_NAMESPACE } from "../push/subscriptions.ts";
import { localeOf, type NoticeKind } from "./kinds.ts";
import { countUnread, type NoticeRecord, selectNotices } from "./rows.ts";

const pushPayload = z.object({ ...pushedTo, noticeId: z.number().int() });
type PushPayload = z.infer<typeof pushPayload>;

const TTL_SECONDS = 24 * 60 * 60;

/** Notices, pushed to their people until they have seen them. */
export const createNoticeHandler = (kinds: () => readonly NoticeKind[]): OutboxHandler<PushPayload> =>
  createPushHandler<PushPayload>({
    schema: pushPayload,
    find: (db, { noticeId }) => findPush(db, noticeId, kinds()),
    settled: async () => [],
    // What is in no list is read once it has left: what comes next is told of anew.
    async left(tx, payloads, now) {
      const ids = bigintsIn(payloads.map(({ noticeId }) => noticeId));
      await tx.execute(sql`
        update notices set read_at = ${now.toISOString()}::timestamptz where id in ${ids} and read_at is null and not in_app`);
    },
  });

async function findPush(
  db: Database | Transaction,
  noticeId: number,
  kinds: readonly NoticeKind[],
): Promise<AskedPush | null> {
  const [notice] = await selectNotices(db, sql`n.id = ${noticeId}`);
  const kind = kinds.find(({ name }) => name === notice?.kind);
  if (!notice || !kind) return null;
  const { personId, reader, key, severity } = notice;
  const [person] = await db.select({ code: people.languageCode }).from(people).where(eq(people.id, personId));
  const locale = localeOf(person?.code ?? null);
  const text = kind.textOf(locale, notice.data, notice.count);
  const unread = await countUnread(db, personId, reader);
  return {
    ...{ kind, reader, key, severity, locale },
    to: reader === "staff" ? { namespace: AGENT_NAMESPACE, externalId: personId } : { customerId: personId },
    unwanted: unwantedOf(notice),
    presenceKeys: notice.inApp ? await presenceKeysOf(db, notice) : [],
    allowsBot: true,
    expiresAt: notice.expiresAt === null ? null : new Date(notice.expiresAt),
    messageOf: ({ now }) =>
      toMessage(notice, { ...text, target: kind.targetOf(notice.data, reader), unread, now: now() }),
  };
}

async function presenceKeysOf(db: Database | Transaction, { personId, reader }: NoticeRecord): Promise<string[]> {
  if (reader === "staff") return [`${AGENT_NAMESPACE}:${personId}`];
  const known = await selectIdentities(db, [personId]);
  return (known.get(personId) ?? []).map(({ namespace, externalId }) => `${namespace}:${externalId}`);
}

function unwantedOf({ inApp, readAt, archivedAt, snoozedUntil }: NoticeRecord): Why | null {
  if (archivedAt !== null) return why("archived");
  if (snoozedUntil !== null) return why("snoozed");
  return inApp && readAt !== null ? why("read") : null;
}

/** What service workers and apps read of it stands in docs/notifications.md. */
function toMessage(
  { id, kind, count, expiresAt }: NoticeRecord,
  shown: { title: string; body: string; target: string; unread: number; now: Date },
): PushMessage {
  const { title, body, target, unread, now } = shown;
  const left = expiresAt === null ? TTL_SECONDS : Math.ceil((Date.parse(expiresAt) - now.getTime()) / 1_000);
  const data = { type: "notice", noticeId: String(id), kind, target, count: String(count), unread: String(unread) };
  return { title, body, data, collapseKey: `n${id}`, ttlSeconds: Math.max(0, Math.min(TTL_SECONDS, left)) };
}
