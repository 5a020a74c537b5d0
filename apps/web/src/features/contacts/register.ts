import { BriefcaseBusiness, Plus, UsersRound } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useDebounced } from "../../ui/search-field.tsx";
import { useMay } from "../auth/agent-context.tsx";
import {
  type Command,
  registerCommandGroup,
  registerCommands,
  registerDestination,
  registerSearch,
} from "../shell/registry.ts";
import { CONTACTS, contactsHref, recordHref } from "./contacts-address.ts";
import { useRecordSearch } from "./data/use-records.ts";

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
    { ...common, id: "contacts", label: t("goTo"), icon: UsersRound, run: open(CONTACTS) },
    {
      ...common,
      id: "deals",
      label: t("goToDeals"),
      icon: BriefcaseBusiness,
      run: open(contactsHref({ tab: "deals" })),
    },
  ];
  if (!may("chats:write")) return commands;
  const creating = [
    { id: "newContact", label: t("new.contact"), href: contactsHref({ new: "contact" }) },
    { id: "newDeal", label: t("new.deal"), href: contactsHref({ tab: "deals", new: "deal" }) },
  ];
  return [...commands, ...creating.map(({ href, ...one }) => ({ ...common, ...one, icon: Plus, run: open(href) }))];
}

function useFoundContacts(query: string) {
  const t = useTranslations("contacts");
  const search = useDebounced(query.trim(), 200);
  const isWanted = useMay()("chats:read") && search.length > 1;
  const { data } = useRecordSearch("contact", search, isWanted);
  const found = isWanted && query.trim().length > 1 ? (data ?? []) : [];
  return {
    label: t("title"),
    results: found.map((contact) => ({
      id: `contact ${contact.id}`,
      href: recordHref("contact", contact.id),
      title: contact.name,
      ...(contact.entity === "contact" && contact.companyName ? { detail: contact.companyName } : {}),
    })),
  };
}

registerDestination({ path: CONTACTS, icon: UsersRound, read: useContactsDestination });
registerCommandGroup({ id: "contacts", readLabel: useTitle });
registerCommands({ id: "contacts", read: useContactsCommands });
registerSearch({ id: "contacts", read: useFoundContacts });
