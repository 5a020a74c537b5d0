import type { Entity } from "@pult/api/crm/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { Columns3, ListPlus, MessageSquareText, Tags } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { SectionState } from "../../settings/section.tsx";
import { CRM_KEY } from "../data/keys.ts";
import { useFieldsQuery, usePipelinesQuery, useTagsQuery, useTemplatesQuery } from "../data/use-setup.ts";
import { SetupRow } from "./setup-row.tsx";

type ListProps = { onEdit: ((id: string) => void) | null };

const editing = (onEdit: ListProps["onEdit"], id: string) => (onEdit ? { onEdit: () => onEdit(id) } : {});

/** Deletes something, and reads again what had it. */
function useDelete() {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  return async (kind: "fields" | "pipelines" | "tags", id: string): Promise<void> => {
    await client.chats[kind].delete.mutate({ id });
    void readAgain(queryClient, CRM_KEY);
  };
}

export function FieldList({ entity, onEdit }: ListProps & { entity: Entity }) {
  const t = useTranslations("contacts.setup");
  const remove = useDelete();
  const fields = useFieldsQuery();
  if (!fields.data) return <SectionState error={fields.error} onRetry={() => fields.refetch()} />;
  const shown = fields.data.filter((field) => field.entity === entity);
  if (shown.length === 0) return <EmptyState icon={ListPlus} title={t("none.fields")} hint={t("noneHint.fields")} />;
  return (
    <ul>
      {shown.map(({ id, name, type, options }) => (
        <SetupRow
          key={id}
          name={name}
          detail={[t(`type.${type}`), options.map(({ label }) => label).join(", ")].filter(Boolean).join(" · ")}
          deleteText={t("deleteText.fields")}
          {...editing(onEdit, id)}
          onDelete={() => remove("fields", id)}
        />
      ))}
    </ul>
  );
}

export function PipelineList({ onEdit }: ListProps) {
  const t = useTranslations("contacts.setup");
  const remove = useDelete();
  const pipelines = usePipelinesQuery();
  if (!pipelines.data) return <SectionState error={pipelines.error} onRetry={() => pipelines.refetch()} />;
  if (pipelines.data.length === 0)
    return <EmptyState icon={Columns3} title={t("none.pipelines")} hint={t("noneHint.pipelines")} />;
  return (
    <ul>
      {pipelines.data.map(({ id, name, stages }) => (
        <SetupRow
          key={id}
          name={name}
          detail={stages.map((stage) => stage.name).join(" → ")}
          deleteText={t("deleteText.pipelines")}
          {...editing(onEdit, id)}
          onDelete={() => remove("pipelines", id)}
        />
      ))}
    </ul>
  );
}

export function TagList({ onEdit }: ListProps) {
  const t = useTranslations("contacts.setup");
  const remove = useDelete();
  const tags = useTagsQuery();
  if (!tags.data) return <SectionState error={tags.error} onRetry={() => tags.refetch()} />;
  if (tags.data.length === 0) return <EmptyState icon={Tags} title={t("none.tags")} hint={t("noneHint.tags")} />;
  return (
    <ul>
      {tags.data.map(({ id, name, count }) => (
        <SetupRow
          key={id}
          name={name}
          detail={t("uses", { count })}
          deleteText={t("deleteText.tags", { count })}
          {...editing(onEdit, id)}
          onDelete={() => remove("tags", id)}
        />
      ))}
    </ul>
  );
}

/** A text that is archived can still be read where it was used. */
export function TemplateList({ onEdit }: ListProps) {
  const t = useTranslations("contacts.setup");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const templates = useTemplatesQuery();
  if (!templates.data) return <SectionState error={templates.error} onRetry={() => templates.refetch()} />;
  if (templates.data.length === 0)
    return <EmptyState icon={MessageSquareText} title={t("none.templates")} hint={t("noneHint.templates")} />;
  const archive = async (id: string) => {
    await client.chats.templates.archive.mutate({ id });
    void readAgain(queryClient, CRM_KEY);
  };
  return (
    <ul>
      {templates.data.map(({ id, name, text }) => (
        <SetupRow
          key={id}
          name={name}
          detail={text}
          deleteText={t("deleteText.templates")}
          {...editing(onEdit, id)}
          onDelete={() => archive(id)}
        />
      ))}
    </ul>
  );
}
