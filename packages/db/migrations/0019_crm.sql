CREATE TABLE "crm_changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "crm_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"entity" text NOT NULL,
	"entity_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"details" jsonb NOT NULL,
	"batch" uuid,
	"actor" text NOT NULL,
	"actor_name" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_companies" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"owner_id" uuid,
	"fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"website" text,
	"phone" text,
	"words" text GENERATED ALWAYS AS (lower(name || ' ' || coalesce(website, '') || ' ' || coalesce(phone, '') || ' ' || regexp_replace(coalesce(phone, ''), '\D', '', 'g'))) STORED NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_contacts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"owner_id" uuid,
	"fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"email" text,
	"phone" text,
	"username" text,
	"telegram_user_id" bigint,
	"person_id" uuid,
	"company_id" uuid,
	"source" text,
	"consent" text,
	"consent_at" timestamp with time zone,
	"merged_into_id" uuid,
	"words" text GENERATED ALWAYS AS (lower(name || ' ' || coalesce(username, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' ' || regexp_replace(coalesce(phone, ''), '\D', '', 'g'))) STORED NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_deals" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"owner_id" uuid,
	"fields" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"number" bigint GENERATED ALWAYS AS IDENTITY (sequence name "crm_deals_number_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1001 CACHE 1),
	"stage_id" uuid NOT NULL,
	"position" double precision NOT NULL,
	"amount" numeric(18, 2),
	"currency" text NOT NULL,
	"contact_id" uuid,
	"company_id" uuid,
	"next_step" text,
	"next_step_at" timestamp with time zone,
	"stage_since" timestamp with time zone NOT NULL,
	"closed_at" timestamp with time zone,
	"words" text GENERATED ALWAYS AS (lower(name || ' d-' || number::text || ' ' || coalesce(next_step, ''))) STORED NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_fields" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"entity" text NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"options" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"position" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_merges" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kept_id" uuid NOT NULL,
	"gone_id" uuid NOT NULL,
	"moved" jsonb NOT NULL,
	"merged_by" text NOT NULL,
	"merged_at" timestamp with time zone NOT NULL,
	"undone_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "crm_notes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"entity" text NOT NULL,
	"entity_id" uuid NOT NULL,
	"text" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_pipelines" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"position" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_stages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"pipeline_id" uuid NOT NULL,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"probability" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_tagged" (
	"tag_id" uuid NOT NULL,
	"entity" text NOT NULL,
	"entity_id" uuid NOT NULL,
	CONSTRAINT "crm_tagged_entity_entity_id_tag_id_pk" PRIMARY KEY("entity","entity_id","tag_id")
);
--> statement-breakpoint
CREATE TABLE "crm_tags" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_tasks" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"entity" text,
	"entity_id" uuid,
	"title" text NOT NULL,
	"assignee_id" uuid,
	"due_at" timestamp with time zone,
	"unless_reply" jsonb,
	"reminded_at" timestamp with time zone,
	"done_at" timestamp with time zone,
	"done_by" text,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_templates" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"text" text NOT NULL,
	"entities" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"is_archived" boolean DEFAULT false NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crm_views" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"entity" text NOT NULL,
	"name" text NOT NULL,
	"query" jsonb NOT NULL,
	"owner_id" uuid,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "crm_companies" ADD CONSTRAINT "crm_companies_owner_id_people_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."people"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_contacts" ADD CONSTRAINT "crm_contacts_owner_id_people_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."people"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_contacts" ADD CONSTRAINT "crm_contacts_person_id_people_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."people"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_contacts" ADD CONSTRAINT "crm_contacts_company_id_crm_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."crm_companies"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_contacts" ADD CONSTRAINT "crm_contacts_merged_into_id_crm_contacts_id_fk" FOREIGN KEY ("merged_into_id") REFERENCES "public"."crm_contacts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_deals" ADD CONSTRAINT "crm_deals_owner_id_people_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."people"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_deals" ADD CONSTRAINT "crm_deals_stage_id_crm_stages_id_fk" FOREIGN KEY ("stage_id") REFERENCES "public"."crm_stages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_deals" ADD CONSTRAINT "crm_deals_contact_id_crm_contacts_id_fk" FOREIGN KEY ("contact_id") REFERENCES "public"."crm_contacts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_deals" ADD CONSTRAINT "crm_deals_company_id_crm_companies_id_fk" FOREIGN KEY ("company_id") REFERENCES "public"."crm_companies"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_stages" ADD CONSTRAINT "crm_stages_pipeline_id_crm_pipelines_id_fk" FOREIGN KEY ("pipeline_id") REFERENCES "public"."crm_pipelines"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_tagged" ADD CONSTRAINT "crm_tagged_tag_id_crm_tags_id_fk" FOREIGN KEY ("tag_id") REFERENCES "public"."crm_tags"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_tasks" ADD CONSTRAINT "crm_tasks_assignee_id_people_id_fk" FOREIGN KEY ("assignee_id") REFERENCES "public"."people"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "crm_views" ADD CONSTRAINT "crm_views_owner_id_people_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."people"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "crm_changes_of" ON "crm_changes" USING btree ("entity","entity_id","at");--> statement-breakpoint
CREATE INDEX "crm_changes_batch" ON "crm_changes" USING btree ("batch") WHERE batch is not null;--> statement-breakpoint
CREATE INDEX "crm_changes_undoes" ON "crm_changes" USING btree ((details->>'undoes')) WHERE kind = 'tagged' and details->>'undoes' is not null;--> statement-breakpoint
CREATE INDEX "crm_companies_name" ON "crm_companies" USING btree (lower(name),"id");--> statement-breakpoint
CREATE INDEX "crm_companies_owner" ON "crm_companies" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "crm_companies_fields" ON "crm_companies" USING gin (fields jsonb_path_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "crm_contacts_telegram" ON "crm_contacts" USING btree ("telegram_user_id") WHERE telegram_user_id is not null and merged_into_id is null;--> statement-breakpoint
CREATE UNIQUE INDEX "crm_contacts_person" ON "crm_contacts" USING btree ("person_id") WHERE person_id is not null and merged_into_id is null;--> statement-breakpoint
CREATE INDEX "crm_contacts_name" ON "crm_contacts" USING btree (lower(name),"id");--> statement-breakpoint
CREATE INDEX "crm_contacts_owner" ON "crm_contacts" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "crm_contacts_company" ON "crm_contacts" USING btree ("company_id");--> statement-breakpoint
CREATE INDEX "crm_contacts_updated" ON "crm_contacts" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "crm_contacts_created" ON "crm_contacts" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "crm_contacts_fields" ON "crm_contacts" USING gin (fields jsonb_path_ops);--> statement-breakpoint
CREATE INDEX "crm_deals_board" ON "crm_deals" USING btree ("stage_id","position","id");--> statement-breakpoint
CREATE INDEX "crm_deals_contact" ON "crm_deals" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "crm_deals_company" ON "crm_deals" USING btree ("company_id");--> statement-breakpoint
CREATE INDEX "crm_deals_owner" ON "crm_deals" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "crm_deals_number" ON "crm_deals" USING btree ("number");--> statement-breakpoint
CREATE INDEX "crm_deals_fields" ON "crm_deals" USING gin (fields jsonb_path_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "crm_fields_name" ON "crm_fields" USING btree ("entity",lower(name));--> statement-breakpoint
CREATE INDEX "crm_notes_of" ON "crm_notes" USING btree ("entity","entity_id","created_at");--> statement-breakpoint
CREATE INDEX "crm_stages_pipeline" ON "crm_stages" USING btree ("pipeline_id","position");--> statement-breakpoint
CREATE INDEX "crm_tagged_tag" ON "crm_tagged" USING btree ("tag_id","entity");--> statement-breakpoint
CREATE UNIQUE INDEX "crm_tags_name" ON "crm_tags" USING btree (lower(name));--> statement-breakpoint
CREATE INDEX "crm_tasks_of" ON "crm_tasks" USING btree ("entity","entity_id");--> statement-breakpoint
CREATE INDEX "crm_tasks_due" ON "crm_tasks" USING btree ("due_at") WHERE done_at is null;--> statement-breakpoint
CREATE INDEX "crm_tasks_assignee" ON "crm_tasks" USING btree ("assignee_id","due_at") WHERE done_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "crm_templates_name" ON "crm_templates" USING btree (lower(name)) WHERE not is_archived;--> statement-breakpoint
CREATE INDEX "conversations_person" ON "conversations" USING btree ("person_id");