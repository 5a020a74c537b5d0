ALTER TABLE "telegram_chats" ADD COLUMN "newest_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "telegram_chats" ADD COLUMN "newest_is_outgoing" boolean;--> statement-breakpoint
ALTER TABLE "telegram_chats" ADD COLUMN "own_since_theirs" integer;--> statement-breakpoint
CREATE INDEX "telegram_chats_newest" ON "telegram_chats" USING btree ("store_id","newest_at","chat_id") WHERE newest_at is not null;--> statement-breakpoint
CREATE INDEX "telegram_chats_unanswered" ON "telegram_chats" USING btree ("store_id","newest_at","chat_id") WHERE not newest_is_outgoing;--> statement-breakpoint
CREATE FUNCTION "newest_of_private_chat"("of_store" uuid, "of_chat" bigint, OUT "at" timestamp with time zone, OUT "is_outgoing" boolean, OUT "own" integer)
LANGUAGE sql STABLE AS $$
	SELECT max(n.date), bool_or(n.is_outgoing) FILTER (WHERE n.place = 1), count(*) FILTER (WHERE n.is_own)::integer FROM (
		SELECT h.date, h.is_outgoing, row_number() OVER newest AS place, bool_and(h.is_outgoing) OVER newest AS is_own FROM (
			SELECT * FROM telegram_history
			WHERE store_id = of_store AND chat_id = of_chat AND NOT is_service ORDER BY date DESC, id DESC LIMIT 10) h
		WINDOW newest AS (ORDER BY h.date DESC, h.id DESC)) n
$$;
--> statement-breakpoint
UPDATE "telegram_chats" c SET "newest_at" = m."at", "newest_is_outgoing" = m."is_outgoing", "own_since_theirs" = m."own"
FROM "telegram_chats" k, LATERAL "newest_of_private_chat"(k."store_id", k."chat_id") m
WHERE k."type" = 'private' AND c."store_id" = k."store_id" AND c."chat_id" = k."chat_id" AND m."at" IS NOT NULL;
--> statement-breakpoint
CREATE FUNCTION "keep_newest_of_private_chats"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE telegram_chats c SET newest_at = m.at, newest_is_outgoing = m.is_outgoing, own_since_theirs = CASE WHEN m.at IS NULL THEN NULL ELSE m.own END
	FROM (SELECT DISTINCT store_id, chat_id FROM changed) x, LATERAL newest_of_private_chat(x.store_id, x.chat_id) m
	WHERE c.store_id = x.store_id AND c.chat_id = x.chat_id AND c.type = 'private'
		AND (c.newest_at, c.newest_is_outgoing, c.own_since_theirs) IS DISTINCT FROM (m.at, m.is_outgoing, m.own);
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "telegram_history_added" AFTER INSERT ON "telegram_history" REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION "keep_newest_of_private_chats"();
--> statement-breakpoint
CREATE TRIGGER "telegram_history_removed" AFTER DELETE ON "telegram_history" REFERENCING OLD TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION "keep_newest_of_private_chats"();
