import type { BookEntry } from "@pult/api/chats/address-book/schema.ts";
import type { Contact } from "@pult/api/crm/schema.ts";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Pencil, UserMinus, UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { accountName } from "../../chats/accounts/health.tsx";
import { useAccounts } from "../../chats/accounts/use-accounts.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { CRM_KEY } from "../data/keys.ts";
import { Section } from "./facts-pane.tsx";

/** How soon it is asked again whether Telegram was told. */
const TELLING_MS = 1_000;

const sameName = (one: string, other: string): boolean =>
  one.trim().replace(/\s+/g, " ") === other.trim().replace(/\s+/g, " ");

type EntryProps = {
  entry: BookEntry;
  contact: Contact;
  onChange: (change: "save" | "remove") => void;
};

function Entry({ entry, contact, onChange }: EntryProps) {
  const t = useTranslations("contacts.addressBook");
  const { accounts } = useAccounts();
  const { isInBook, name, change, failedBy, mayChange } = entry;
  const account = accounts?.find(({ id }) => id === entry.accountId);
  const isSame = sameName(name, contact.name);
  const mayAct = mayChange && change === null;
  const state = change ? t(`doing.${change}`) : isInBook ? (isSame ? t("in") : t("inAs", { name })) : t("out");
  return (
    <li className="py-1">
      <div className="flex min-h-9 items-center gap-1">
        <span className="min-w-0 flex-1">
          <span dir="auto" className="block truncate font-medium">
            {account ? accountName(account) : "Telegram"}
          </span>
          <span role="status" className="block text-12 text-muted">
            {state}
          </span>
        </span>
        {mayAct && isInBook && !isSame ? (
          <IconButton
            icon={Pencil}
            size="sm"
            label={t("rename", { name: contact.name })}
            onClick={() => onChange("save")}
          />
        ) : null}
        {mayAct && isInBook ? (
          <IconButton icon={UserMinus} size="sm" label={t("remove")} onClick={() => onChange("remove")} />
        ) : null}
        {mayAct && !isInBook ? (
          <Button size="sm" onClick={() => onChange("save")}>
            <Icon of={UserPlus} size={14} />
            {t("add")}
          </Button>
        ) : null}
      </div>
      {failedBy === null ? null : <p className="text-12 text-danger">{t("refused", { reason: failedBy })}</p>}
    </li>
  );
}

/** The address books of linked accounts that the CRM keeps in step with: who is in them, and how that is changed. */
export function AddressBooks({ contact }: { contact: Contact }) {
  const t = useTranslations("contacts.addressBook");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const queryKey = [...CRM_KEY, "addressBook", contact.id];
  const { data } = useQuery<{ items: BookEntry[] }>({
    queryKey: [...queryKey, contact.version],
    enabled: contact.telegramUserId !== null,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(({ change }) => change) ? TELLING_MS : false),
    queryFn: ({ signal }) => client.chats.addressBook.entries.query({ contactId: contact.id }, { signal }),
  });
  const change = useMutation({
    mutationFn: (input: Parameters<typeof client.chats.addressBook.change.mutate>[0]) =>
      client.chats.addressBook.change.mutate(input),
    onSuccess: (entries) => queryClient.setQueryData([...queryKey, contact.version], entries),
    onError: failed(t("notChanged")),
    onSettled: () => readAgain(queryClient, queryKey),
  });
  if (!data || data.items.length === 0) return null;
  return (
    <Section title={t("title")}>
      <ul>
        {data.items.map((entry) => (
          <Entry
            key={entry.accountId}
            entry={entry}
            contact={contact}
            onChange={(what) => change.mutate({ accountId: entry.accountId, contactId: contact.id, change: what })}
          />
        ))}
      </ul>
    </Section>
  );
}
