import { sql } from "drizzle-orm";
import { bigint, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Stored files: uploaded first, then claimed by what shows them. */
export const mediaFiles = pgTable(
  "media_files",
  {
    id: text("id").primaryKey(),
    fileKey: text("file_key").notNull(),
    /** Images have a thumbnail, a width and a height. */
    thumbKey: text("thumb_key"),
    contentType: text("content_type").notNull(),
    /** Pixels. */
    width: integer("width"),
    height: integer("height"),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
    /** As what it is shown, where that is no photo: `document`, `voice`, `video`… */
    kind: text("kind"),
    /** As its sender called it. */
    fileName: text("file_name"),
    durationSeconds: integer("duration_seconds"),
    /** Who uploaded it (`agent:<id>`, `app:<id>`, …): only they can have it claimed. Null: released, to be removed. */
    owner: text("owner"),
    /** What shows it, as `<slice>.<thing>:<id>`; null until it is claimed. */
    claimedBy: text("claimed_by"),
    /** Among the files of its claim. */
    position: integer("position").notNull().default(0),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    index("media_files_claim").on(t.claimedBy, t.position),
    uniqueIndex("media_files_file").on(t.fileKey),
    index("media_files_unclaimed").on(t.createdAt).where(sql`claimed_by is null`),
  ],
);
