import { roomMessages, rooms, voiceSessions } from "@pult/db/schema/trading.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import type { Slice } from "../slice.ts";
import { chatWriterOf } from "./chat/chat.ts";
import { seedDemo } from "./demo.ts";
import { roomTopic, voiceTopic } from "./events.ts";
import { personalData } from "./personal-data.ts";
import { sweepWords } from "./retention.ts";
import { joinWriterOf } from "./rooms/membership.ts";
import { tradeWriterOf } from "./trades/trade.ts";
import { sweepConnections } from "./voice/participants.ts";
import { rightHandler } from "./voice/rights.ts";

const writersOf = (ctx: Context) => [joinWriterOf(ctx), tradeWriterOf(ctx), chatWriterOf(ctx)];

export const tradingSlice: Slice = {
  name: "trading",
  logs: [roomTopic, voiceTopic],
  retention: [
    {
      kind: "roomMessages",
      defaultDays: null,
      scope: "trading:write",
      sweep: sweepWords(roomTopic, roomMessages, (before) => sql`created_at < ${before}`),
    },
    {
      kind: "voiceSessions",
      defaultDays: 30,
      scope: "trading:write",
      sweep: sweepWords(voiceTopic, voiceSessions, (before) => sql`active_at < ${before}`),
    },
  ],
  personalData,
  outbox: { "trading.audioRight": rightHandler },
  workers: [],
  notices: [],
  sealedColumns: [],
  metrics: [
    {
      name: "pult_room_writes_waiting",
      help: "Trades, messages and joins of rooms that wait for a transaction to be written in",
      kind: "gauge",
      read: (ctx) => writersOf(ctx).reduce((sum, { waiting }) => sum + waiting, 0),
    },
  ],
  sweep: sweepConnections,
  storedFiles: async () => [],
  inventory: async (db) => ({ rooms: await db.$count(rooms) }),
  async drain(ctx) {
    for (const writer of writersOf(ctx)) await writer.idle();
  },
  demo: seedDemo,
};
