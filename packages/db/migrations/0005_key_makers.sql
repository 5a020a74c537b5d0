ALTER TABLE "api_keys" ADD COLUMN "made_by_key_id" uuid;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_made_by_key_id_api_keys_id_fk" FOREIGN KEY ("made_by_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
-- Invitations of before it was written down which key made them: nobody can say whether they may still be accepted.
UPDATE "one_time_tokens" SET "used_at" = now() WHERE "purpose" = 'invitation' AND "used_at" IS NULL AND "created_by" IS NULL AND "data"->>'keyId' IS NULL;
