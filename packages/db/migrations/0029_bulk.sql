CREATE TABLE "telegram_bulk_recipients" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "telegram_bulk_recipients_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"bulk_id" uuid NOT NULL,
	"store_id" uuid NOT NULL,
	"contact_id" uuid NOT NULL,
	"chat_id" bigint,
	"name" text NOT NULL,
	"text" text NOT NULL,
	"entities" jsonb NOT NULL,
	"time_zone" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"send_id" bigint,
	"called_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "telegram_bulks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"store_id" uuid NOT NULL,
	"name" text NOT NULL,
	"text" text NOT NULL,
	"entities" jsonb NOT NULL,
	"source" jsonb NOT NULL,
	"state" text NOT NULL,
	"pause_reason" text,
	"version" integer NOT NULL,
	"authors" jsonb NOT NULL,
	"author_name" text NOT NULL,
	"approved_by" text,
	"approved_by_name" text,
	"approved_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "telegram_bulk_recipients" ADD CONSTRAINT "telegram_bulk_recipients_bulk_id_telegram_bulks_id_fk" FOREIGN KEY ("bulk_id") REFERENCES "public"."telegram_bulks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_bulk_recipients" ADD CONSTRAINT "telegram_bulk_recipients_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_bulks" ADD CONSTRAINT "telegram_bulks_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_bulk_recipients_contact" ON "telegram_bulk_recipients" USING btree ("bulk_id","contact_id");--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_bulk_recipients_chat" ON "telegram_bulk_recipients" USING btree ("bulk_id","chat_id") WHERE chat_id is not null and state <> 'skipped';--> statement-breakpoint
CREATE INDEX "telegram_bulk_recipients_open" ON "telegram_bulk_recipients" USING btree ("store_id","bulk_id","id") WHERE state in ('queued', 'sending');--> statement-breakpoint
CREATE INDEX "telegram_bulk_recipients_called" ON "telegram_bulk_recipients" USING btree ("store_id","called_at") WHERE called_at is not null;--> statement-breakpoint
CREATE INDEX "telegram_bulk_recipients_chat_of" ON "telegram_bulk_recipients" USING btree ("chat_id");--> statement-breakpoint
CREATE INDEX "telegram_bulks_store" ON "telegram_bulks" USING btree ("store_id","created_at");--> statement-breakpoint
CREATE INDEX "telegram_bulks_running" ON "telegram_bulks" USING btree ("store_id","approved_at") WHERE state = 'running';