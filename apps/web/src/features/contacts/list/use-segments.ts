import type { Entity, RecordQuery, View } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { useAgent } from "../../auth/agent-context.tsx";
import { useViews } from "../data/use-setup.ts";

/** Lists that are always there. */
const BUILT_IN = {
  contact: ["all", "mine", "unanswered", "unlinked", "withoutChat"],
  company: ["all", "mine", "withoutChat"],
  deal: ["all", "mine", "overdue", "withoutChat"],
} as const;
type BuiltIn = (typeof BUILT_IN)[Entity][number];

/** Of contacts: has a screen of its own. */
export const DUPLICATES = "duplicates";
/** The same. */
export const FOLLOW_UPS = "followUps";

export type Segment = { id: string | null; label: string; query: RecordQuery; view: View | null };

function queryOf(id: BuiltIn, agentId: string): RecordQuery {
  switch (id) {
    case "mine":
      return { filters: [{ field: "ownerId", operator: "is", value: agentId }] };
    case "unanswered":
      return { filters: [{ field: "unanswered", operator: "is", value: true }] };
    case "withoutChat":
      return { filters: [{ field: "hasChat", operator: "is", value: false }] };
    case "unlinked":
      return { filters: [{ field: "telegramUserId", operator: "isEmpty" }] };
    case "overdue":
      // To the minute, so that the list is not another one at every render.
      return {
        filters: [
          { field: "nextStepAt", operator: "before", value: `${new Date().toISOString().slice(0, 16)}:00.000Z` },
          { field: "stageKind", operator: "is", value: "open" },
        ],
      };
    case "all":
      return { filters: [] };
  }
}

/** The lists of a kind of record: built in, one's own, and those that all share. */
export function useSegments(entity: Entity): { builtIn: Segment[]; mine: Segment[]; shared: Segment[] } {
  const t = useTranslations("contacts.segment");
  const { id: agentId } = useAgent();
  const views = useViews(entity);
  const of = (view: View): Segment => ({ id: view.id, label: view.name, query: view.query, view });
  return {
    builtIn: BUILT_IN[entity].map((id) => ({
      id: id === "all" ? null : id,
      label: t(id === "all" ? `all.${entity}` : id),
      query: queryOf(id, agentId),
      view: null,
    })),
    mine: views.filter(({ isShared }) => !isShared).map(of),
    shared: views.filter(({ isShared }) => isShared).map(of),
  };
}
