CREATE TABLE "media_files" (
	"id" text PRIMARY KEY NOT NULL,
	"file_key" text NOT NULL,
	"thumb_key" text,
	"content_type" text NOT NULL,
	"width" integer,
	"height" integer,
	"size_bytes" bigint NOT NULL,
	"owner" text,
	"claimed_by" text,
	"position" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
INSERT INTO "media_files" ("id", "file_key", "thumb_key", "content_type", "width", "height", "size_bytes", "owner", "claimed_by", "position", "created_at")
SELECT "id", "file_key", "thumb_key", "content_type", "width", "height", "size_bytes",
	CASE WHEN "message_id" IS NULL AND "owner_ref" = 'erased' THEN NULL ELSE "owner_ref" END,
	'support.message:' || "message_id", "position", "created_at" FROM "photos";--> statement-breakpoint
DROP TABLE "photos";--> statement-breakpoint
CREATE INDEX "media_files_claim" ON "media_files" USING btree ("claimed_by","position");--> statement-breakpoint
CREATE UNIQUE INDEX "media_files_file" ON "media_files" USING btree ("file_key");--> statement-breakpoint
CREATE INDEX "media_files_unclaimed" ON "media_files" USING btree ("created_at") WHERE claimed_by is null;