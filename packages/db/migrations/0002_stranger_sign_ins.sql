CREATE TABLE "stranger_sign_ins" (
	"email_hash" text PRIMARY KEY NOT NULL,
	"failed_attempts" integer DEFAULT 0 NOT NULL,
	"locked_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "stranger_sign_ins_locked" ON "stranger_sign_ins" USING btree ("locked_until");