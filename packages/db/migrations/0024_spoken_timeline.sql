ALTER TABLE "voice_utterances" ADD COLUMN "heard_in" uuid;--> statement-breakpoint
ALTER TABLE "voice_utterances" ADD CONSTRAINT "voice_utterances_heard_in_rooms_id_fk" FOREIGN KEY ("heard_in") REFERENCES "public"."rooms"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "room_messages_timeline" ON "room_messages" USING btree ("room_id","created_at","id");--> statement-breakpoint
CREATE INDEX "voice_utterances_heard" ON "voice_utterances" USING btree ("heard_in","created_at","id") WHERE heard_in is not null;