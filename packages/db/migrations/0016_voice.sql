CREATE TABLE "voice_connections" (
	"sid" text PRIMARY KEY NOT NULL,
	"room_id" uuid NOT NULL,
	"trader_id" uuid NOT NULL,
	"joined_at" timestamp with time zone,
	"left_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "voice_sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"room_id" uuid NOT NULL,
	"trader_id" uuid NOT NULL,
	"client_id" text,
	"started_at" timestamp with time zone NOT NULL,
	"active_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "voice_utterances" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"session_id" uuid NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"text" text NOT NULL,
	"command" jsonb NOT NULL,
	"refusal" jsonb,
	"confirms" uuid,
	"state" text,
	"ticket" jsonb,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "voice_utterances_key" UNIQUE("session_id","key")
);
--> statement-breakpoint
ALTER TABLE "room_members" ADD COLUMN "hand_raised_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "room_members" ADD COLUMN "speaker_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "voice_connections" ADD CONSTRAINT "voice_connections_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "voice_connections" ADD CONSTRAINT "voice_connections_trader_id_traders_id_fk" FOREIGN KEY ("trader_id") REFERENCES "public"."traders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "voice_sessions" ADD CONSTRAINT "voice_sessions_room_id_rooms_id_fk" FOREIGN KEY ("room_id") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "voice_sessions" ADD CONSTRAINT "voice_sessions_trader_id_traders_id_fk" FOREIGN KEY ("trader_id") REFERENCES "public"."traders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "voice_utterances" ADD CONSTRAINT "voice_utterances_session_id_voice_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."voice_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "voice_connections_room" ON "voice_connections" USING btree ("room_id");--> statement-breakpoint
CREATE INDEX "voice_connections_trader" ON "voice_connections" USING btree ("trader_id");--> statement-breakpoint
CREATE UNIQUE INDEX "voice_sessions_open" ON "voice_sessions" USING btree ("room_id","trader_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "voice_sessions_trader" ON "voice_sessions" USING btree ("trader_id");--> statement-breakpoint
CREATE INDEX "voice_sessions_active" ON "voice_sessions" USING btree ("active_at");