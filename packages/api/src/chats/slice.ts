import { rowsOf } from "@pult/db/rows.ts";
import { telegramChats, telegramSessions } from "@pult/db/schema/chats.ts";
import { isNotNull, sql } from "drizzle-orm";
import type { Slice } from "../slice.ts";
import { SECRET_COLUMNS, secretPlace } from "./accounts/secrets.ts";
import { sweepShares } from "./accounts/shares.ts";
import { sweepLinks } from "./accounts/sweep.ts";
import { bookHandler } from "./address-book/delivery.ts";
import { bulkHandler } from "./bulk/delivery.ts";
import { bulkNotice } from "./bulk/notices.ts";
import { pauseAllBulks } from "./bulk/pause.ts";
import { sweepTexts } from "./bulk/sweep-texts.ts";
import { sweepDrafts } from "./drafts/drafts.ts";
import { accountsWorker } from "./engine/engine.ts";
import { healthWorker } from "./engine/health.ts";
import { bulkTopic, chatsTopic } from "./events.ts";
import { importsWorker } from "./imports/work.ts";
import { chatsMetrics } from "./metrics.ts";
import { expiredNotice, floodNotice, stoppedNotice } from "./notices.ts";
import { personalData } from "./personal-data.ts";
import { sendHandler } from "./sends/delivery.ts";
import { placeOfAccessHash } from "./store/peers.ts";
import { sweepMessages } from "./sweep-messages.ts";
import { sweepUploads } from "./sweep-uploads.ts";

export const chatsSlice: Slice = {
  name: "chats",
  logs: [chatsTopic, bulkTopic],
  retention: [
    { kind: "telegramMessages", defaultDays: null, scope: "chats:write", sweep: sweepMessages },
    { kind: "bulkTexts", defaultDays: 90, scope: "chats:write", sweep: sweepTexts },
  ],
  personalData,
  outbox: { "chats.send": sendHandler, "chats.bulk": bulkHandler, "chats.addressBook": bookHandler },
  workers: [healthWorker],
  keyedWorkers: [importsWorker, accountsWorker],
  notices: [expiredNotice, stoppedNotice, floodNotice, bulkNotice],
  sealedColumns: [
    ...SECRET_COLUMNS.map((column) => ({
      table: telegramSessions,
      id: telegramSessions.id,
      sealed: telegramSessions[column],
      placeOf: (id: string) => secretPlace(id, column),
    })),
    {
      table: telegramChats,
      id: telegramChats.id,
      sealed: telegramChats.accessHash,
      placeOf: placeOfAccessHash,
    },
  ],
  metrics: chatsMetrics,
  async sweep(ctx) {
    await sweepLinks(ctx);
    await sweepShares(ctx);
    await sweepDrafts(ctx);
    await sweepUploads(ctx);
  },
  restored: pauseAllBulks,
  async storedFiles(db) {
    const rows = rowsOf<{ key: string }>(
      await db.execute(sql`
        select key from telegram_files, lateral (values (file_key), (thumb_key)) as keys(key) where key is not null
        union all select file_key from telegram_imports where file_key is not null`),
    );
    return rows.map(({ key }) => key);
  },
  inventory: async (db) => ({
    telegramAccounts: await db.$count(telegramSessions, isNotNull(telegramSessions.storeId)),
  }),
};
