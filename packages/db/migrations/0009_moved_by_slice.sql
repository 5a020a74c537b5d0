-- What a merge moved is kept by slice.
UPDATE "person_merges"
SET "moved" = ("moved" - 'conversationIds') || jsonb_build_object('slices', jsonb_build_object('support', jsonb_build_object('conversationIds', "moved"->'conversationIds')))
WHERE "moved" ? 'conversationIds';
