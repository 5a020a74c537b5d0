CREATE TABLE "telegram_address_book" (
	"store_id" uuid NOT NULL,
	"user_id" bigint NOT NULL,
	"taken_at" timestamp with time zone,
	"change" text,
	"first_name" text,
	"last_name" text,
	"revision" integer DEFAULT 0 NOT NULL,
	"failed_by" text,
	"requested_by" text,
	"requested_at" timestamp with time zone,
	CONSTRAINT "telegram_address_book_store_id_user_id_pk" PRIMARY KEY("store_id","user_id")
);
--> statement-breakpoint
ALTER TABLE "telegram_stores" ADD COLUMN "keeps_contacts" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "telegram_stores" ADD COLUMN "contacts_kept_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "telegram_stores" ADD COLUMN "contacts_failed_by" text;--> statement-breakpoint
ALTER TABLE "telegram_address_book" ADD CONSTRAINT "telegram_address_book_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "telegram_address_book_requested_by" ON "telegram_address_book" USING btree ("requested_by") WHERE requested_by is not null;