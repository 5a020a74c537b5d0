CREATE TABLE "notice_preferences" (
	"person_id" uuid PRIMARY KEY NOT NULL,
	"kinds" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"quiet_from" text,
	"quiet_to" text,
	"batch_seconds" integer DEFAULT 60 NOT NULL,
	"max_per_hour" integer DEFAULT 60 NOT NULL,
	"sound" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notices_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"person_id" uuid NOT NULL,
	"reader" text NOT NULL,
	"kind" text NOT NULL,
	"key" text NOT NULL,
	"event" text NOT NULL,
	"about" text,
	"severity" text NOT NULL,
	"data" jsonb NOT NULL,
	"count" integer DEFAULT 1 NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"in_app" boolean NOT NULL,
	"read_at" timestamp with time zone,
	"archived_at" timestamp with time zone,
	"snoozed_until" timestamp with time zone,
	"expires_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "alert_reach" (
	"alert_id" bigint PRIMARY KEY NOT NULL,
	"connected" integer DEFAULT 0 NOT NULL,
	"received" integer DEFAULT 0 NOT NULL,
	"received_later" integer DEFAULT 0 NOT NULL,
	"opened" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "alert_watchers" (
	"alert_id" bigint NOT NULL,
	"reader" text NOT NULL,
	CONSTRAINT "alert_watchers_alert_id_reader_pk" PRIMARY KEY("alert_id","reader")
);
--> statement-breakpoint
CREATE TABLE "broadcast_subscriptions" (
	"chat_id" bigint PRIMARY KEY NOT NULL,
	"language_code" text,
	"source" text NOT NULL,
	"subscribed_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"end_reason" text,
	"message_id" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instagram_accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"username" text,
	"enabled" boolean DEFAULT true NOT NULL,
	"silence_alarm_hours" integer DEFAULT 24,
	"silent_since" timestamp with time zone,
	"last_event_at" timestamp with time zone,
	"totals" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instagram_connection" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text,
	"token" text,
	"source" text NOT NULL,
	"expires_at" timestamp with time zone,
	"refreshed_at" timestamp with time zone,
	"failure" text,
	"failed_at" timestamp with time zone,
	"ending_noticed_at" timestamp with time zone,
	"fields" jsonb,
	"checked_at" timestamp with time zone,
	"check_failure" text,
	"reconciled_at" timestamp with time zone,
	"reconciled_count" integer,
	"reconcile_failure" text,
	"caught_up_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "instagram_replies" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "instagram_replies_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event_id" bigint NOT NULL,
	"comment_id" text NOT NULL,
	"mode" text NOT NULL,
	"text" text NOT NULL,
	"client_id" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"reason" text,
	"result_id" text,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "live_topics" (
	"chat_id" bigint NOT NULL,
	"thread_id" bigint NOT NULL,
	"name" text NOT NULL,
	"is_closed" boolean DEFAULT false NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "live_topics_chat_id_thread_id_pk" PRIMARY KEY("chat_id","thread_id")
);
--> statement-breakpoint
CREATE TABLE "notification_nodes" (
	"node" text PRIMARY KEY NOT NULL,
	"alerts" text,
	"announcements" text,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_readers" (
	"reader" text NOT NULL,
	"node" text NOT NULL,
	"is_current" boolean NOT NULL,
	"alerts" text,
	"announcements" text,
	"own" text,
	"claimed_at" timestamp with time zone,
	"since" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "notification_readers_reader_node_pk" PRIMARY KEY("reader","node")
);
--> statement-breakpoint
CREATE TABLE "status_samples" (
	"at" timestamp with time zone PRIMARY KEY NOT NULL,
	"running" boolean NOT NULL,
	"connected" integer NOT NULL,
	"messages" bigint NOT NULL,
	"alerts" integer NOT NULL,
	"profit" double precision NOT NULL,
	"delivery_ms" integer
);
--> statement-breakpoint
CREATE TABLE "toasts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "toasts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"reader" text,
	"level" text NOT NULL,
	"title" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"request_key" text
);
--> statement-breakpoint
CREATE TABLE "instagram_sends" (
	"outbox_id" bigint PRIMARY KEY NOT NULL,
	"message_id" bigint NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"state" text DEFAULT 'begun' NOT NULL,
	"mid" text
);
--> statement-breakpoint
ALTER TABLE "broadcast_targets" ADD COLUMN "language_code" text;--> statement-breakpoint
ALTER TABLE "broadcast_targets" ADD COLUMN "called_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "broadcasts" ADD COLUMN "pause_reason" text;--> statement-breakpoint
ALTER TABLE "broadcasts" ADD COLUMN "recipients" text DEFAULT 'topics' NOT NULL;--> statement-breakpoint
ALTER TABLE "broadcasts" ADD COLUMN "language_code" text;--> statement-breakpoint
ALTER TABLE "broadcasts" ADD COLUMN "paid" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "broadcasts" ADD COLUMN "counts" jsonb;--> statement-breakpoint
ALTER TABLE "instagram_events" ADD COLUMN "desk_due_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "instagram_events" ADD COLUMN "desk_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "instagram_events" ADD COLUMN "desk_note" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "problem" text;--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "params" jsonb;--> statement-breakpoint
ALTER TABLE "push_attempts" ADD COLUMN "outbox_id" bigint;--> statement-breakpoint
ALTER TABLE "push_subscriptions" ADD COLUMN "session_id" uuid;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "waiting_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "waiting_noticed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "reply_window" jsonb;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "notice_preferences" ADD CONSTRAINT "notice_preferences_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_reach" ADD CONSTRAINT "alert_reach_alert_id_live_alerts_id_fk" FOREIGN KEY ("alert_id") REFERENCES "public"."live_alerts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alert_watchers" ADD CONSTRAINT "alert_watchers_alert_id_live_alerts_id_fk" FOREIGN KEY ("alert_id") REFERENCES "public"."live_alerts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "instagram_replies" ADD CONSTRAINT "instagram_replies_event_id_instagram_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."instagram_events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "notices_unread" ON "notices" USING btree ("person_id","reader","key") WHERE read_at is null and archived_at is null and snoozed_until is null;--> statement-breakpoint
CREATE INDEX "notices_list" ON "notices" USING btree ("person_id","at","id");--> statement-breakpoint
CREATE INDEX "notices_key" ON "notices" USING btree ("key","person_id");--> statement-breakpoint
CREATE INDEX "notices_about" ON "notices" USING btree ("about");--> statement-breakpoint
CREATE INDEX "notices_snoozed" ON "notices" USING btree ("snoozed_until") WHERE snoozed_until is not null;--> statement-breakpoint
CREATE INDEX "notices_expiring" ON "notices" USING btree ("expires_at") WHERE read_at is null and expires_at is not null;--> statement-breakpoint
CREATE INDEX "alert_watchers_reader" ON "alert_watchers" USING btree ("reader");--> statement-breakpoint
CREATE UNIQUE INDEX "instagram_replies_client_id" ON "instagram_replies" USING btree ("event_id","client_id") WHERE client_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "instagram_replies_private" ON "instagram_replies" USING btree ("event_id") WHERE mode = 'private' and state <> 'failed';--> statement-breakpoint
CREATE INDEX "instagram_replies_event" ON "instagram_replies" USING btree ("event_id","id");--> statement-breakpoint
CREATE INDEX "notification_readers_node" ON "notification_readers" USING btree ("node");--> statement-breakpoint
CREATE INDEX "notification_readers_seen" ON "notification_readers" USING btree ("seen_at");--> statement-breakpoint
CREATE UNIQUE INDEX "toasts_request" ON "toasts" USING btree ("request_key",coalesce(reader, '')) WHERE request_key is not null;--> statement-breakpoint
CREATE INDEX "toasts_reader" ON "toasts" USING btree ("reader","id");--> statement-breakpoint
CREATE INDEX "toasts_created" ON "toasts" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "instagram_sends_message" ON "instagram_sends" USING btree ("message_id");--> statement-breakpoint
CREATE UNIQUE INDEX "instagram_sends_mid" ON "instagram_sends" USING btree ("mid");--> statement-breakpoint
CREATE INDEX "instagram_sends_open" ON "instagram_sends" USING btree ("outbox_id") WHERE state <> 'sent';--> statement-breakpoint
CREATE INDEX "broadcast_targets_pending" ON "broadcast_targets" USING btree ("broadcast_id","id") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "broadcast_targets_chat" ON "broadcast_targets" USING btree ("chat_id");--> statement-breakpoint
CREATE INDEX "broadcasts_unfinished" ON "broadcasts" USING btree ("id") WHERE (counts->>'pending')::int > 0;--> statement-breakpoint
CREATE INDEX "instagram_events_desk" ON "instagram_events" USING btree ("id") WHERE desk_due_at is not null;--> statement-breakpoint
CREATE INDEX "outbox_told" ON "outbox" USING btree ("person_id","id") WHERE route in ('push', 'bot');--> statement-breakpoint
CREATE INDEX "outbox_left" ON "outbox" USING btree ("person_id","finished_at") WHERE state = 'skipped' and route in ('push', 'bot');--> statement-breakpoint
CREATE INDEX "push_subscriptions_session" ON "push_subscriptions" USING btree ("session_id") WHERE session_id is not null;--> statement-breakpoint
CREATE INDEX "conversations_waiting" ON "conversations" USING btree ("waiting_since") WHERE waiting_since is not null and waiting_noticed_at is null and assignee_id is null and status = 'open';