ALTER TABLE "telegram_messages" DROP CONSTRAINT "telegram_messages_chat_id_telegram_message_id_pk";--> statement-breakpoint
ALTER TABLE "telegram_updates" DROP CONSTRAINT "telegram_updates_pkey";--> statement-breakpoint
ALTER TABLE "media_files" ADD COLUMN "kind" text;--> statement-breakpoint
ALTER TABLE "media_files" ADD COLUMN "file_name" text;--> statement-breakpoint
ALTER TABLE "media_files" ADD COLUMN "duration_seconds" integer;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "last_message_attachment" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "origin" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "blocked_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "business_connection_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "content" jsonb;--> statement-breakpoint
ALTER TABLE "telegram_messages" ADD COLUMN "bot_id" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "telegram_messages" ADD CONSTRAINT "telegram_messages_bot_id_chat_id_telegram_message_id_pk" PRIMARY KEY("bot_id","chat_id","telegram_message_id");--> statement-breakpoint
ALTER TABLE "telegram_topics" ADD COLUMN "name" text;--> statement-breakpoint
ALTER TABLE "telegram_updates" ADD COLUMN "id" bigint PRIMARY KEY NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "telegram_updates_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "telegram_updates" ADD COLUMN "bot_id" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "telegram_updates" ADD COLUMN "place" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_updates_update" ON "telegram_updates" USING btree ("bot_id","update_id");