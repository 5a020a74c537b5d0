import type { Bulk, SaveBulkInput } from "@pult/api/chats/bulk/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Field } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { accountName } from "../../chats/accounts/health.tsx";
import { useAccounts } from "../../chats/accounts/use-accounts.ts";
import { useTags, useTemplatesQuery } from "../data/use-setup.ts";
import { useSegments } from "../list/use-segments.ts";
import { NameField, PlainForm } from "../settings/plain-form.tsx";
import { VariableText } from "../settings/variable-text.tsx";
import { BULK_KEY } from "./use-bulks.ts";

type Whom = Pick<SaveBulkInput, "contactIds" | "matching">;
type Choice = { value: string; label: string; whom: Whom };

/** Whom it can go to: the contacts that were chosen, the lists of the page, and every tag. */
function useChoices(contactIds: readonly string[] | null, kept: Whom | null): Choice[] {
  const t = useTranslations("bulk.write");
  const { builtIn, mine, shared } = useSegments("contact");
  const tags = useTags();
  const lists = [...builtIn, ...mine, ...shared].map(({ id, label, query }) => ({
    value: `list:${id ?? ""}`,
    label,
    whom: { matching: query },
  }));
  const tagged = tags.map(({ id, name }) => ({
    value: `tag:${id}`,
    label: t("tag", { name }),
    whom: { matching: { filters: [{ field: "tags", operator: "is" as const, value: id }] } },
  }));
  const chosen = contactIds
    ? [{ value: "chosen", label: t("chosen", { count: contactIds.length }), whom: { contactIds: [...contactIds] } }]
    : [];
  const before = kept ? [{ value: "kept", label: t("kept"), whom: kept }] : [];
  return [...before, ...chosen, ...lists, ...tagged];
}

type BulkSheetProps = {
  /** What is changed; null for a new one. */
  bulk: Bulk | null;
  /** Contacts that were chosen for a new one. */
  contactIds: readonly string[] | null;
  onClose: () => void;
  onSaved: (bulk: Bulk) => void;
};

/** Writes a bulk message and says whom it goes to. Saving sends nothing: it shows who gets what. */
export function BulkSheet({ bulk, contactIds, onClose, onSaved }: BulkSheetProps) {
  const t = useTranslations("bulk.write");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const accounts = (useAccounts().accounts ?? []).filter(({ status }) => status === "AUTHORIZED");
  const templates = useTemplatesQuery().data ?? [];
  const choices = useChoices(contactIds, bulk?.source ?? null);
  const [id] = useState(() => bulk?.id ?? crypto.randomUUID());
  const [name, setName] = useState(bulk?.name ?? "");
  const [text, setText] = useState(bulk?.text ?? "");
  const [accountId, setAccountId] = useState(bulk?.accountId ?? "");
  const [chosen, setChosen] = useState("");
  const [isTried, setTried] = useState(false);
  const choice = choices.find(({ value }) => value === chosen) ?? choices[0];
  const account = accounts.find((one) => one.id === accountId) ?? accounts[0];
  const save = useMutation({
    mutationFn: () =>
      client.chats.bulk.save.mutate({
        ...{ id, version: bulk?.version ?? 0, accountId: account?.id ?? "", name: name.trim(), text },
        // Formatting belongs to places of the text: of a changed text it is not kept.
        entities: bulk && bulk.text === text ? bulk.entities : [],
        ...choice?.whom,
      }),
    onSuccess(saved) {
      onClose();
      onSaved(saved);
    },
    onSettled: () => void readAgain(queryClient, BULK_KEY),
  });
  const submit = () => {
    setTried(true);
    if (name.trim() !== "" && text.trim() !== "" && account) save.mutate();
  };
  return (
    <PlainForm title={t(bulk ? "edit" : "title")} call={save} onSubmit={submit} onClose={onClose}>
      <NameField value={name} isTried={isTried} maxLength={100} onChange={setName} />
      <Field label={t("account")} {...(isTried && !account ? { error: t("noAccount") } : {})}>
        {() => (
          <Select
            look="field"
            label={t("account")}
            value={account?.id ?? ""}
            options={
              account
                ? accounts.map((one) => ({ value: one.id, label: accountName(one) }))
                : [{ value: "", label: t("noAccount") }]
            }
            onChange={setAccountId}
          />
        )}
      </Field>
      <Field label={t("whom")} hint={t("whomHint")}>
        {() => (
          <Select
            look="field"
            label={t("whom")}
            value={choice?.value ?? ""}
            options={choices.map(({ value, label }) => ({ value, label }))}
            onChange={setChosen}
          />
        )}
      </Field>
      <VariableText label={t("text")} value={text} isTried={isTried} onChange={setText}>
        {templates.length > 0 ? (
          <Select
            label={t("template")}
            value=""
            options={[
              { value: "", label: t("template") },
              ...templates.map((template) => ({ value: template.id, label: template.name })),
            ]}
            onChange={(chosenId) => setText(templates.find((template) => template.id === chosenId)?.text ?? text)}
          />
        ) : null}
      </VariableText>
      <p className="text-12 text-muted">{t("note")}</p>
    </PlainForm>
  );
}
