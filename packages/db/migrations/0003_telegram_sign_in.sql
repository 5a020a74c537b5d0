ALTER TABLE "credentials" ADD COLUMN "telegram_id" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "telegram_username" text;--> statement-breakpoint
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_telegram_id_unique" UNIQUE("telegram_id");