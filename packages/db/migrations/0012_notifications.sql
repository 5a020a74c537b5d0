CREATE TABLE "broadcast_targets" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "broadcast_targets_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"broadcast_id" uuid NOT NULL,
	"chat_id" bigint NOT NULL,
	"thread_id" bigint,
	"pin" boolean NOT NULL,
	"telegram_message_id" bigint,
	"state" text DEFAULT 'pending' NOT NULL,
	"reason" text,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "broadcasts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"client_id" text,
	"content_hash" text NOT NULL,
	"kind" text NOT NULL,
	"text" text NOT NULL,
	"actor_key" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"unpin_previous" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instagram_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "instagram_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"account_id" text NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"sender_id" text,
	"event" jsonb NOT NULL,
	"source" jsonb NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"received_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instagram_webhooks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "instagram_webhooks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"body" text NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"failure" text
);
--> statement-breakpoint
CREATE TABLE "live_alerts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "live_alerts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" text NOT NULL,
	"name" text NOT NULL,
	"market_id" text NOT NULL,
	"confidence" double precision NOT NULL,
	"ev" double precision NOT NULL,
	"sport" text NOT NULL,
	"stake" numeric,
	"expires_at" timestamp with time zone NOT NULL,
	"published_at" timestamp with time zone NOT NULL,
	"published_by" text NOT NULL,
	"profit" numeric,
	"settled_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "broadcast_targets" ADD CONSTRAINT "broadcast_targets_broadcast_id_broadcasts_id_fk" FOREIGN KEY ("broadcast_id") REFERENCES "public"."broadcasts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "broadcast_targets_broadcast" ON "broadcast_targets" USING btree ("broadcast_id","id");--> statement-breakpoint
CREATE INDEX "broadcast_targets_pinned" ON "broadcast_targets" USING btree ("chat_id","thread_id","id") WHERE state = 'pinned';--> statement-breakpoint
CREATE UNIQUE INDEX "broadcasts_client_id" ON "broadcasts" USING btree ("actor_key","client_id") WHERE client_id is not null;--> statement-breakpoint
CREATE INDEX "broadcasts_created" ON "broadcasts" USING btree ("created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "instagram_events_identity" ON "instagram_events" USING btree ("account_id","kind","key");--> statement-breakpoint
CREATE INDEX "instagram_events_sender" ON "instagram_events" USING btree ("sender_id");--> statement-breakpoint
CREATE INDEX "instagram_events_received" ON "instagram_events" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "instagram_events_kind" ON "instagram_events" USING btree ("kind","id");--> statement-breakpoint
CREATE INDEX "instagram_events_account" ON "instagram_events" USING btree ("account_id","id");--> statement-breakpoint
CREATE INDEX "instagram_webhooks_open" ON "instagram_webhooks" USING btree ("id") WHERE failure is null;--> statement-breakpoint
CREATE INDEX "live_alerts_published" ON "live_alerts" USING btree ("published_at");--> statement-breakpoint
CREATE INDEX "live_alerts_settled" ON "live_alerts" USING btree ("settled_at");--> statement-breakpoint
CREATE INDEX "live_alerts_open" ON "live_alerts" USING btree ("expires_at") WHERE settled_at is null;--> statement-breakpoint
CREATE INDEX "outbox_done" ON "outbox" USING btree ("finished_at") WHERE state = 'done';