CREATE TABLE "telegram_drafts" (
	"store_id" uuid NOT NULL,
	"chat_id" bigint NOT NULL,
	"author" text NOT NULL,
	"text" text NOT NULL,
	"revision" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "telegram_drafts_store_id_chat_id_author_pk" PRIMARY KEY("store_id","chat_id","author")
);
--> statement-breakpoint
ALTER TABLE "telegram_drafts" ADD CONSTRAINT "telegram_drafts_store_id_telegram_stores_id_fk" FOREIGN KEY ("store_id") REFERENCES "public"."telegram_stores"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "telegram_drafts_author" ON "telegram_drafts" USING btree ("author");--> statement-breakpoint
CREATE INDEX "telegram_drafts_empty" ON "telegram_drafts" USING btree ("updated_at") WHERE text = '';--> statement-breakpoint
CREATE INDEX "telegram_chats_unread" ON "telegram_chats" USING btree ("store_id") WHERE unread_count > 0;