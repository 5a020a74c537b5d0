CREATE TABLE "push_subscriptions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"person_id" uuid NOT NULL,
	"namespace" text NOT NULL,
	"external_id" text NOT NULL,
	"provider" text NOT NULL,
	"token" text NOT NULL,
	"keys" jsonb,
	"platform" text NOT NULL,
	"device_id" text,
	"registered_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone,
	"last_push_state" text,
	"last_push_status" integer,
	"last_push_reason" text,
	"last_push_at" timestamp with time zone
);
--> statement-breakpoint
INSERT INTO "push_subscriptions" ("id", "person_id", "namespace", "external_id", "provider", "token", "keys", "platform", "device_id", "registered_at", "removed_at", "last_push_state", "last_push_status", "last_push_reason", "last_push_at")
SELECT d."id", c."person_id", c."channel", c."external_id", d."provider", d."token", d."keys", d."platform", d."device_id", d."registered_at", d."removed_at", d."last_push_state", d."last_push_status", d."last_push_reason", d."last_push_at"
FROM "devices" d JOIN "conversations" c ON c."id" = d."conversation_id";--> statement-breakpoint
DROP TABLE "devices";--> statement-breakpoint
DROP INDEX "push_attempts_message";--> statement-breakpoint
DROP INDEX "push_attempts_device";--> statement-breakpoint
ALTER TABLE "push_attempts" ADD COLUMN "subject" text;--> statement-breakpoint
UPDATE "push_attempts" SET "subject" = 'support.message:' || "message_id" WHERE "message_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "push_attempts" RENAME COLUMN "device_id" TO "subscription_id";--> statement-breakpoint
ALTER TABLE "push_subscriptions" ADD CONSTRAINT "push_subscriptions_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "push_subscriptions_token" ON "push_subscriptions" USING btree ("provider","token");--> statement-breakpoint
CREATE INDEX "push_subscriptions_identity" ON "push_subscriptions" USING btree ("namespace","external_id");--> statement-breakpoint
CREATE INDEX "push_subscriptions_person" ON "push_subscriptions" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "push_attempts_subject" ON "push_attempts" USING btree ("subject");--> statement-breakpoint
CREATE INDEX "push_attempts_subscription" ON "push_attempts" USING btree ("subscription_id");--> statement-breakpoint
ALTER TABLE "push_attempts" DROP COLUMN "message_id";