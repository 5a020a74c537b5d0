DROP INDEX "conversations_activity";--> statement-breakpoint
DROP INDEX "conversations_assignee";--> statement-breakpoint
ALTER TABLE "conversations" ALTER COLUMN "last_activity_at" SET DATA TYPE timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ALTER COLUMN "last_activity_at" SET DEFAULT now();--> statement-breakpoint
CREATE INDEX "conversations_active" ON "conversations" USING btree ("last_activity_at","id") WHERE status in ('open', 'pending');--> statement-breakpoint
CREATE INDEX "conversations_unassigned" ON "conversations" USING btree ("last_activity_at","id") WHERE status in ('open', 'pending') and assignee_id is null;--> statement-breakpoint
CREATE INDEX "conversations_put_away" ON "conversations" USING btree ("status","last_activity_at","id") WHERE status in ('snoozed', 'resolved');--> statement-breakpoint
CREATE INDEX "conversations_assignee" ON "conversations" USING btree ("assignee_id","last_activity_at","id") WHERE status in ('open', 'pending') and assignee_id is not null;