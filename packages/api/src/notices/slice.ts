import { notices } from "@pult/db/schema/notices.ts";
import { outbox } from "@pult/db/schema/outbox.ts";
import { and, eq, inArray, sql } from "drizzle-orm";
import { sweepRows } from "../retention/sweep-rows.ts";
import type { Slice } from "../slice.ts";
import { repeating } from "../workers.ts";
import { createNoticeHandler } from "./delivery.ts";
import { listTopic } from "./events.ts";
import type { NoticeKind } from "./kinds.ts";
import { personalData } from "./personal-data.ts";
import { keepUp } from "./upkeep.ts";

/** What people are told of. @param kinds every kind that the slices declare */
export const createNoticesSlice = (kinds: () => readonly NoticeKind[]): Slice => ({
  name: "notices",
  logs: [listTopic],
  retention: [
    {
      kind: "notices",
      defaultDays: 90,
      sweep: sweepRows(notices, (before) => sql`coalesce(read_at, archived_at) < ${before}`),
    },
  ],
  personalData,
  outbox: { "notices.push": createNoticeHandler(kinds) },
  workers: [repeating({ name: "notices.upkeep", lease: "notices", everyMs: 5_000 }, keepUp)],
  notices: [],
  sealedColumns: [],
  metrics: [
    {
      name: "pult_notices_waiting",
      help: "Pushes and bot messages about notices that wait to leave",
      kind: "gauge",
      read: ({ db }) => db.$count(outbox, and(eq(outbox.kind, "notices.push"), eq(outbox.state, "pending"))),
    },
    {
      name: "pult_notices_failed",
      help: "Pushes and bot messages about notices that were given up, and are kept",
      kind: "gauge",
      read: ({ db }) =>
        db.$count(outbox, and(eq(outbox.kind, "notices.push"), inArray(outbox.state, ["failed", "unknown", "parked"]))),
    },
  ],
  storedFiles: async () => [],
  inventory: async () => ({}),
});
