import { useQuery } from "@tanstack/react-query";
import { Megaphone, Plus, Users } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../trpc/provider.tsx";
import { useDebounced } from "../../ui/search-field.tsx";
import { useMay } from "../auth/agent-context.tsx";
import {
  type Command,
  registerCommandGroup,
  registerCommands,
  registerDestination,
  registerSearch,
} from "../shell/registry.ts";
import { BULK, CONTACTS, recordHref } from "./contacts-href.ts";

const useTitle = () => useTranslations("contacts")("title");

function useContactsDestination() {
  const label = useTitle();
  return useMay()("chats:read") ? { label } : null;
}

function useContactsCommands(): Command[] {
  const t = useTranslations("contacts");
  const router = useRouter();
  const may = useMay();
  if (!may("chats:read")) return [];
  const open = (href: string) => () => router.push(href);
  const common = { group: "everywhere" };
  const commands: Command[] = [
    { ...common, id: "contacts", label: t("goTo"), icon: Users, run: open(CONTACTS) },
    {
      ...common,
      id: "deals",
      label: t("goToDeals"),
      icon: Users,
      run: open(`${CONTACTS}?tab=deals`),
    },
  ];
  commands.push({ ...common, id: "bulk", label: t("goToBulk"), icon: Megaphone, run: open(BULK) });
  if (!may("chats:write")) return commands;
  const creating = [
    { id: "newContact", label: t("new.contact"), href: `${CONTACTS}?new=contact` },
    { id: "newDeal", label: t("new.deal"), href: `${CONTACTS}?tab=deals&new=deal` },
  ];
  return [...commands, ...creating.map(({ href, ...one }) => ({ ...common, ...one, icon: Plus, run: open(href) }))];
}

const MAX_FOUND = 8;

function useFoundContacts(query: string) {
  const label = useTitle();
  const trpc = useTRPC();
  const search = useDebounced(query.trim(), 200);
  const enabled = useMay()("chats:read") && search.length > 1;
  const { data } = useQuery(
    trpc.chats.contacts.list.queryOptions({ query: search, limit: MAX_FOUND }, { enabled, staleTime: 0 }),
  );
  const found = enabled && query.trim().length > 1 ? (data?.items ?? []) : [];
  return {
    label,
    results: found.map(({ id, name, companyName }) => ({
      id: `contact ${id}`,
      href: recordHref("contact", id),
      title: name,
      ...(companyName ? { detail: companyName } : {}),
    })),
  };
}

registerDestination({ path: CONTACTS, icon: Users, read: useContactsDestination });
registerCommandGroup({ id: "contacts", readLabel: useTitle });
registerCommands({ id: "contacts", read: useContactsCommands });
registerSearch({ id: "contacts", read: useFoundContacts });
