CREATE TABLE "telegram_imports" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"owner" text NOT NULL,
	"store_id" uuid,
	"file_name" text,
	"file_key" text,
	"status" text NOT NULL,
	"report" jsonb,
	"self_id" bigint,
	"progress" integer DEFAULT 0 NOT NULL,
	"failure" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "telegram_history" ADD COLUMN "import_id" uuid;--> statement-breakpoint
ALTER TABLE "telegram_imports" ADD CONSTRAINT "telegram_imports_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "telegram_imports_owner" ON "telegram_imports" USING btree ("owner","created_at");--> statement-breakpoint
CREATE INDEX "telegram_imports_open" ON "telegram_imports" USING btree ("id") WHERE status in ('checking', 'importing');--> statement-breakpoint
CREATE INDEX "telegram_history_import" ON "telegram_history" USING btree ("import_id") WHERE import_id is not null;