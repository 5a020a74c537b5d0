import type { Entity, Field, Pipeline, Tag, View } from "@pult/api/crm/schema.ts";
import { useQuery } from "@tanstack/react-query";
import { useLocale } from "next-intl";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { SETUP_KEY } from "./keys.ts";

const NO_FIELDS: Field[] = [];
const NO_TAGS: Tag[] = [];
const NO_PIPELINES: Pipeline[] = [];
const NO_VIEWS: View[] = [];

export function useFieldsQuery() {
  const client = useTRPCClient();
  return useQuery({
    queryKey: [...SETUP_KEY, "fields"],
    queryFn: async ({ signal }) => (await client.chats.fields.list.query(undefined, { signal })).items,
  });
}

/** Custom fields of a kind of record, in their order. */
export const useFields = (entity: Entity): Field[] =>
  (useFieldsQuery().data ?? NO_FIELDS).filter((field) => field.entity === entity);

export function useTagsQuery() {
  const client = useTRPCClient();
  return useQuery({
    queryKey: [...SETUP_KEY, "tags"],
    queryFn: async ({ signal }) => (await client.chats.tags.list.query(undefined, { signal })).items,
  });
}

export const useTags = (): Tag[] => useTagsQuery().data ?? NO_TAGS;

export function usePipelinesQuery() {
  const client = useTRPCClient();
  const language = useLocale();
  return useQuery({
    queryKey: [...SETUP_KEY, "pipelines"],
    queryFn: async ({ signal }) => (await client.chats.pipelines.list.query({ language }, { signal })).items,
  });
}

export const usePipelines = (): Pipeline[] => usePipelinesQuery().data ?? NO_PIPELINES;

export function useTemplatesQuery() {
  const client = useTRPCClient();
  return useQuery({
    queryKey: [...SETUP_KEY, "templates"],
    queryFn: async ({ signal }) => (await client.chats.templates.list.query(undefined, { signal })).items,
  });
}

/** Saved lists of a kind of record: one's own, and those that all share. */
export function useViews(entity: Entity): View[] {
  const client = useTRPCClient();
  const { data } = useQuery({
    queryKey: [...SETUP_KEY, "views"],
    queryFn: async ({ signal }) => (await client.chats.views.list.query(undefined, { signal })).items,
  });
  return (data ?? NO_VIEWS).filter((view) => view.entity === entity);
}

export type Colleague = { id: string; name: string };

/** Who can look after a record. */
export function useColleagues(): Colleague[] {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.support.agents.queryOptions(undefined, { enabled: useMay()("support:read") }));
  return data?.agents ?? [];
}
