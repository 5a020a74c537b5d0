ALTER TABLE "telegram_shares" DROP CONSTRAINT "telegram_shares_session_id_role_pk";--> statement-breakpoint
ALTER TABLE "telegram_shares" ALTER COLUMN "role" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "telegram_shares" ADD COLUMN "id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "telegram_shares" ADD COLUMN "person_id" uuid;--> statement-breakpoint
ALTER TABLE "telegram_shares" ADD COLUMN "chat_id" bigint;--> statement-breakpoint
ALTER TABLE "telegram_shares" ADD COLUMN "until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "telegram_shares" ADD CONSTRAINT "telegram_shares_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "telegram_shares" ADD CONSTRAINT "telegram_shares_of" UNIQUE NULLS NOT DISTINCT("session_id","role","person_id","chat_id");--> statement-breakpoint
ALTER TABLE "telegram_shares" ADD CONSTRAINT "telegram_shares_whom" CHECK (num_nonnulls(role, person_id) = 1);