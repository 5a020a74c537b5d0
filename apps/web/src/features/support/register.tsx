import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import { useTranslations } from "next-intl";
import { useDebounced } from "../../ui/search-field.tsx";
import { useMay } from "../auth/agent-context.tsx";
import { registerCommandGroup, registerDestination, registerProvider, registerSearch } from "../shell/registry.ts";
import { DeskProvider, useDesk, useInboxCounts } from "./desk-provider.tsx";
import { inboxHref } from "./inbox/inbox-view.ts";

const MAX_FOUND = 8;

function useInboxDestination() {
  const t = useTranslations("shell");
  const counts = useInboxCounts();
  return useMay()("support:read") ? { label: t("inbox"), count: counts?.unread ?? 0 } : null;
}

function useFoundConversations(query: string) {
  const { client } = useDesk();
  const search = useDebounced(query.trim(), 200);
  const mayRead = useMay()("support:read");
  const { data } = useQuery({
    queryKey: ["palette", search],
    enabled: mayRead && search.length > 1,
    placeholderData: search.length > 1 ? keepPreviousData : undefined,
    queryFn: async ({ signal }) => {
      const views = ["all", "snoozed", "resolved"] as const;
      const pages = await Promise.all(
        views.map((view) => client.support.inbox.query({ view, search, limit: MAX_FOUND }, { signal })),
      );
      return pages.flatMap((page, index) =>
        page.conversations.map((row) => ({ row, view: views[index] ?? ("all" as const) })),
      );
    },
  });
  return query.trim().length > 1 ? (data ?? []).slice(0, MAX_FOUND) : [];
}

function useConversationSearch(query: string) {
  const t = useTranslations();
  const results = useFoundConversations(query).map(({ row, view }) => ({
    id: `conversation ${row.id}`,
    href: inboxHref("/inbox", { view, c: row.id }),
    title: row.customer.name,
    ...(row.lastMessage ? { detail: row.lastMessage.text } : {}),
    note: t(`header.status.${row.status}`),
  }));
  return { label: t("palette.conversations"), results };
}

registerProvider({ id: "desk", Provider: DeskProvider });
registerDestination({ path: "/inbox", icon: Inbox, read: useInboxDestination });
for (const id of ["conversation", "list", "composer"] as const) {
  const useLabel = () => useTranslations("palette.group")(id);
  registerCommandGroup({ id, readLabel: useLabel });
}
registerSearch({ id: "conversation", read: useConversationSearch });
