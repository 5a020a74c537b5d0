CREATE TABLE "telegram_agreements" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"store_id" uuid NOT NULL,
	"chat_id" bigint NOT NULL,
	"how" text NOT NULL,
	"word" text,
	"message_id" bigint,
	"reason" text,
	"recorded_by" text,
	"recorded_by_name" text,
	"agreed_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"ended_by" text
);
--> statement-breakpoint
CREATE TABLE "telegram_bulk_settings" (
	"store_id" uuid PRIMARY KEY NOT NULL,
	"daily_limit" integer NOT NULL,
	"gap_seconds" integer NOT NULL,
	"window_from" text NOT NULL,
	"window_to" text NOT NULL,
	"time_zone" text NOT NULL,
	"words" jsonb NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "telegram_agreements" ADD CONSTRAINT "telegram_agreements_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_bulk_settings" ADD CONSTRAINT "telegram_bulk_settings_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_agreements_live" ON "telegram_agreements" USING btree ("store_id","chat_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "telegram_agreements_chat" ON "telegram_agreements" USING btree ("store_id","chat_id","agreed_at");