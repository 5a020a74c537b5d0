CREATE TABLE "outbox_pauses" (
	"bucket" text PRIMARY KEY NOT NULL,
	"until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
DROP INDEX "outbox_message";--> statement-breakpoint
DROP INDEX "outbox_due";--> statement-breakpoint
ALTER TABLE "outbox" RENAME COLUMN "lane" TO "queue";--> statement-breakpoint
ALTER TABLE "outbox" RENAME COLUMN "leg" TO "route";--> statement-breakpoint
ALTER TABLE "outbox" RENAME COLUMN "task" TO "payload";--> statement-breakpoint
ALTER TABLE "outbox" RENAME COLUMN "not_before" TO "due_at";--> statement-breakpoint
ALTER TABLE "outbox" RENAME COLUMN "last_error" TO "reason";--> statement-breakpoint
ALTER TABLE "outbox" ALTER COLUMN "due_at" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "kind" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "lease" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "priority" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "subject" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "replaces" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "person_id" uuid;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "waited_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
-- The lease stays empty where only the running product knows it: it names the bot.
UPDATE "outbox" SET
	"kind" = CASE "payload"->>'type' WHEN 'removeTopic' THEN 'telegram.removeTopic' WHEN 'push' THEN 'support.push' ELSE 'support.telegram' END,
	"subject" = CASE "payload"->>'type'
		WHEN 'removeTopic' THEN 'telegram.topic:' || ("payload"->>'chatId') || ':' || ("payload"->>'threadId')
		ELSE 'support.message:' || "message_id" END,
	"payload" = CASE
		WHEN "payload"->>'type' IN ('removeTopic', 'push') THEN "payload" - 'type'
		WHEN "payload"->>'to' = 'customer' THEN "payload" || jsonb_build_object('chatId', substr("queue", 10)::bigint)
		ELSE "payload" || '{"chatId": null}' END,
	"priority" = CASE "payload"->>'type' WHEN 'removeTopic' THEN 1 ELSE 0 END,
	"lease" = CASE "payload"->>'type' WHEN 'push' THEN 'push' ELSE '' END,
	"person_id" = (SELECT c."person_id" FROM "messages" m JOIN "conversations" c ON c."id" = m."conversation_id" WHERE m."id" = "message_id");--> statement-breakpoint
UPDATE "outbox" SET "payload" = "payload" || jsonb_build_object('messageId', "message_id") WHERE "kind" <> 'telegram.removeTopic';--> statement-breakpoint
ALTER TABLE "outbox" ALTER COLUMN "kind" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ALTER COLUMN "subject" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "outbox" ALTER COLUMN "priority" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "outbox" DROP COLUMN "message_id";--> statement-breakpoint
CREATE INDEX "outbox_due" ON "outbox" USING btree ("lease","queue","priority","id") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "outbox_subject" ON "outbox" USING btree ("subject");--> statement-breakpoint
ALTER TABLE "support_topics" RENAME TO "telegram_topics";--> statement-breakpoint
ALTER TABLE "telegram_topics" ADD COLUMN "subject" text;--> statement-breakpoint
UPDATE "telegram_topics" SET "subject" = 'support.conversation:' || "conversation_id";--> statement-breakpoint
ALTER TABLE "telegram_topics" DROP COLUMN "conversation_id";--> statement-breakpoint
ALTER TABLE "telegram_topics" ADD CONSTRAINT "telegram_topics_pkey" PRIMARY KEY ("subject");--> statement-breakpoint
ALTER INDEX "support_topics_thread" RENAME TO "telegram_topics_thread";--> statement-breakpoint
DROP INDEX "telegram_messages_message";--> statement-breakpoint
ALTER TABLE "telegram_messages" ADD COLUMN "subject" text;--> statement-breakpoint
ALTER TABLE "telegram_messages" ADD COLUMN "parent" text;--> statement-breakpoint
UPDATE "telegram_messages" SET "subject" = 'support.message:' || "message_id", "parent" = 'support.conversation:' || "conversation_id";--> statement-breakpoint
ALTER TABLE "telegram_messages" ALTER COLUMN "subject" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "telegram_messages" ALTER COLUMN "parent" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "telegram_messages" DROP COLUMN "message_id";--> statement-breakpoint
ALTER TABLE "telegram_messages" DROP COLUMN "conversation_id";--> statement-breakpoint
CREATE INDEX "telegram_messages_subject" ON "telegram_messages" USING btree ("subject","chat_id","part");--> statement-breakpoint
UPDATE "settings" SET "key" = 'telegram.group:' || ("value"->>'from'), "value" = "value"->'to' WHERE "key" = 'support.group';
