CREATE TABLE "telegram_crm_associations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"store_id" uuid NOT NULL,
	"chat_id" bigint NOT NULL,
	"entity_type" text NOT NULL,
	"entity_id" uuid NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telegram_chats" (
	"id" text PRIMARY KEY NOT NULL,
	"store_id" uuid NOT NULL,
	"chat_id" bigint NOT NULL,
	"type" text NOT NULL,
	"title" text NOT NULL,
	"username" text,
	"first_name" text,
	"last_name" text,
	"phone_number" text,
	"is_self" boolean DEFAULT false NOT NULL,
	"is_contact" boolean DEFAULT false NOT NULL,
	"is_mutual" boolean DEFAULT false NOT NULL,
	"online_status" text,
	"last_seen_at" timestamp with time zone,
	"photo_id" text,
	"access_hash" text,
	"bio" text,
	"about" text,
	"member_count" integer,
	"full_at" timestamp with time zone,
	"can_send" boolean DEFAULT true NOT NULL,
	"has_dialog" boolean DEFAULT false NOT NULL,
	"unread_count" integer DEFAULT 0 NOT NULL,
	"read_inbox_max_id" bigint DEFAULT 0 NOT NULL,
	"read_outbox_max_id" bigint DEFAULT 0 NOT NULL,
	"is_pinned" boolean DEFAULT false NOT NULL,
	"is_archived" boolean DEFAULT false NOT NULL,
	"muted_until" timestamp with time zone,
	"top_message_id" bigint,
	"top_message_at" timestamp with time zone,
	"pts" integer,
	"known" "int8multirange" DEFAULT '{}' NOT NULL,
	"message_count" integer,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "telegram_chats_chat" UNIQUE("store_id","chat_id")
);
--> statement-breakpoint
CREATE TABLE "telegram_files" (
	"id" text PRIMARY KEY NOT NULL,
	"store_id" uuid,
	"owner" text,
	"type" text NOT NULL,
	"file_name" text,
	"mime_type" text,
	"size_bytes" bigint,
	"width" integer,
	"height" integer,
	"duration_seconds" integer,
	"file_key" text,
	"thumb_key" text,
	"state" text NOT NULL,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telegram_history" (
	"store_id" uuid NOT NULL,
	"chat_id" bigint NOT NULL,
	"id" bigint NOT NULL,
	"sender_id" bigint,
	"text" text NOT NULL,
	"entities" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"media" jsonb,
	"media_id" text,
	"group_id" text,
	"date" timestamp with time zone NOT NULL,
	"edited_at" timestamp with time zone,
	"forward_from_id" bigint,
	"forward_from_name" text,
	"reply_to_id" bigint,
	"views_count" integer,
	"reactions" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"is_outgoing" boolean NOT NULL,
	"is_service" boolean DEFAULT false NOT NULL,
	"client_id" text,
	CONSTRAINT "telegram_history_store_id_chat_id_id_pk" PRIMARY KEY("store_id","chat_id","id")
);
--> statement-breakpoint
CREATE TABLE "telegram_revisions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "telegram_revisions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"store_id" uuid NOT NULL,
	"chat_id" bigint NOT NULL,
	"message_id" bigint NOT NULL,
	"text" text NOT NULL,
	"entities" jsonb NOT NULL,
	"replaced_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telegram_sends" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "telegram_sends_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"store_id" uuid NOT NULL,
	"chat_id" bigint NOT NULL,
	"client_id" text NOT NULL,
	"part" integer NOT NULL,
	"content_hash" text NOT NULL,
	"random_id" text NOT NULL,
	"text" text NOT NULL,
	"entities" jsonb NOT NULL,
	"reply_to_id" bigint,
	"media" jsonb,
	"album" text,
	"silent" boolean DEFAULT false NOT NULL,
	"scheduled_for" timestamp with time zone,
	"state" text NOT NULL,
	"error" jsonb,
	"retry_at" timestamp with time zone,
	"message_id" bigint,
	"sent_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telegram_sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"owner" text NOT NULL,
	"store_id" uuid,
	"status" text NOT NULL,
	"api_id" integer,
	"api_hash" text,
	"session" text,
	"phone_number" text,
	"code_hash" text,
	"code_tries" integer DEFAULT 0 NOT NULL,
	"password_hint" text,
	"is_default" boolean DEFAULT false NOT NULL,
	"sends_receipts" boolean DEFAULT true NOT NULL,
	"connection" text DEFAULT 'connecting' NOT NULL,
	"flood_until" timestamp with time zone,
	"stopped_by" text,
	"expired_by" text,
	"authorized_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "telegram_shares" (
	"session_id" uuid NOT NULL,
	"role" text NOT NULL,
	"access" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "telegram_shares_session_id_role_pk" PRIMARY KEY("session_id","role")
);
--> statement-breakpoint
CREATE TABLE "telegram_stores" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"owner" text NOT NULL,
	"user_id" bigint NOT NULL,
	"pts" integer,
	"qts" integer,
	"seq" integer,
	"date" integer,
	"dialogs_at" timestamp with time zone,
	"contacts_at" timestamp with time zone,
	"last_update_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "telegram_crm_associations" ADD CONSTRAINT "telegram_crm_associations_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_chats" ADD CONSTRAINT "telegram_chats_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_files" ADD CONSTRAINT "telegram_files_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_history" ADD CONSTRAINT "telegram_history_chat" FOREIGN KEY ("store_id","chat_id") REFERENCES "public"."telegram_chats"("store_id","chat_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_revisions" ADD CONSTRAINT "telegram_revisions_message" FOREIGN KEY ("store_id","chat_id","message_id") REFERENCES "public"."telegram_history"("store_id","chat_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_sends" ADD CONSTRAINT "telegram_sends_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_sessions" ADD CONSTRAINT "telegram_sessions_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_shares" ADD CONSTRAINT "telegram_shares_session_id_telegram_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."telegram_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_associations_key" ON "telegram_crm_associations" USING btree ("store_id","chat_id","entity_type","entity_id");--> statement-breakpoint
CREATE INDEX "telegram_associations_chat" ON "telegram_crm_associations" USING btree ("store_id","chat_id","created_at","id");--> statement-breakpoint
CREATE INDEX "telegram_associations_entity" ON "telegram_crm_associations" USING btree ("entity_type","entity_id");--> statement-breakpoint
CREATE INDEX "telegram_chats_order" ON "telegram_chats" USING btree ("store_id","is_pinned","top_message_at","chat_id") WHERE has_dialog;--> statement-breakpoint
CREATE INDEX "telegram_chats_contacts" ON "telegram_chats" USING btree ("store_id","chat_id") WHERE is_contact;--> statement-breakpoint
CREATE INDEX "telegram_files_expiry" ON "telegram_files" USING btree ("expires_at") WHERE expires_at is not null;--> statement-breakpoint
CREATE INDEX "telegram_history_date" ON "telegram_history" USING btree ("store_id","chat_id","date");--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_history_media" ON "telegram_history" USING btree ("media_id") WHERE media_id is not null;--> statement-breakpoint
CREATE INDEX "telegram_history_id" ON "telegram_history" USING btree ("store_id","id") WHERE chat_id > -1000000000000;--> statement-breakpoint
CREATE INDEX "telegram_history_words" ON "telegram_history" USING gin (to_tsvector('simple', text));--> statement-breakpoint
CREATE INDEX "telegram_revisions_of" ON "telegram_revisions" USING btree ("store_id","chat_id","message_id");--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_sends_client" ON "telegram_sends" USING btree ("store_id","client_id","part");--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_sends_random" ON "telegram_sends" USING btree ("store_id","random_id");--> statement-breakpoint
CREATE INDEX "telegram_sends_message" ON "telegram_sends" USING btree ("store_id","chat_id","message_id");--> statement-breakpoint
CREATE INDEX "telegram_sends_open" ON "telegram_sends" USING btree ("store_id","chat_id","id") WHERE state in ('queued', 'sending', 'failed');--> statement-breakpoint
CREATE INDEX "telegram_sends_scheduled" ON "telegram_sends" USING btree ("store_id","chat_id") WHERE state = 'scheduled';--> statement-breakpoint
CREATE INDEX "telegram_sessions_owner" ON "telegram_sessions" USING btree ("owner","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_sessions_default" ON "telegram_sessions" USING btree ("owner") WHERE is_default;--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_sessions_live" ON "telegram_sessions" USING btree ("store_id") WHERE status = 'AUTHORIZED';--> statement-breakpoint
CREATE UNIQUE INDEX "telegram_stores_owner" ON "telegram_stores" USING btree ("owner","user_id");