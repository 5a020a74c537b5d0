"use client";

import type { AuditEntryShown } from "@pult/api/auth/audit/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, ScrollText, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsString, useQueryStates } from "nuqs";
import { useState } from "react";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { SearchField, useDebounced } from "../../../ui/search-field.tsx";
import { Select } from "../../../ui/select.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { SectionState, SettingsHeader } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { allowed } from "../agent-context.tsx";
import { type AuditFilter, AuditList, filterInput, useActionText, useAuditList } from "./audit-list.tsx";

/** What belongs in the address: the words, and the kind of entry. */
function useAuditAddress() {
  return useQueryStates(
    { q: parseAsString.withDefault(""), action: parseAsString.withDefault("") },
    { history: "replace", shallow: true },
  );
}

const AT_ONCE = 5_000;

type Page = { entries: AuditEntryShown[]; nextCursor: string | null };

function saveFile(name: string, parts: string[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type: "application/x-ndjson" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Everything that is filtered, one JSON object a line, as a file. */
function useAuditExport(filter: AuditFilter) {
  const t = useTranslations("audit");
  const client = useTRPCClient();
  const failed = useFailureToast();
  return useMutation({
    mutationFn: async () => {
      const lines: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Page = await client.auth.audit.export.mutate({ ...filterInput(filter), cursor, limit: AT_ONCE });
        for (const entry of page.entries) lines.push(`${JSON.stringify(entry)}\n`);
        cursor = page.nextCursor;
      } while (cursor !== null);
      saveFile(`pult-audit-${new Date().toISOString().slice(0, 10)}.jsonl`, lines);
      return lines.length;
    },
    onSuccess: (count) => showToast({ icon: Download, title: t("exported", { count }) }),
    onError: failed(t("notExported")),
  });
}

const DEBOUNCE_MS = 250;

function ActionFilter({ value, onChange }: { value: string; onChange: (action: string) => void }) {
  const t = useTranslations("audit");
  const trpc = useTRPC();
  const actionText = useActionText();
  const { data } = useQuery(trpc.auth.audit.actions.queryOptions(undefined, { staleTime: 0 }));
  const known = data?.actions ?? [];
  const actions = value && !known.includes(value) ? [value, ...known] : known;
  const options = actions
    .map((action) => ({ value: action, label: actionText(action) }))
    .sort((a, b) => a.label.localeCompare(b.label));
  return (
    <Select
      label={t("filter")}
      value={value}
      options={[{ value: "", label: t("allActions") }, ...options]}
      onChange={onChange}
      className="max-w-56"
    />
  );
}

function Audit() {
  const t = useTranslations("audit");
  const [address, setAddress] = useAuditAddress();
  const [typed, setTyped] = useState(address.q);
  const search = useDebounced(typed.trim(), DEBOUNCE_MS);
  const filter = { search, action: address.action };
  const list = useAuditList(filter);
  const { mutate: exportAll, isPending: isBusy } = useAuditExport(filter);
  const isFiltered = search !== "" || address.action !== "";
  const content = () => {
    if (!list.data) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
    const entries = list.data.pages.flatMap((page) => page.entries);
    if (entries.length > 0) return <AuditList entries={entries} list={list} />;
    if (!isFiltered) return <EmptyState icon={ScrollText} title={t("empty")} hint={t("emptyHint")} />;
    return (
      <EmptyState icon={SearchX} title={t("notFound")} role="status">
        <Button
          onClick={() => {
            setTyped("");
            void setAddress({ q: "", action: "" });
          }}
        >
          {t("showAll")}
        </Button>
      </EmptyState>
    );
  };
  return (
    <>
      <SettingsHeader title={t("title")}>
        <Button aria-disabled={isBusy} onClick={() => !isBusy && exportAll()}>
          <Icon of={Download} />
          {t(isBusy ? "exporting" : "export")}
        </Button>
      </SettingsHeader>
      <div className="flex min-h-11 shrink-0 items-center gap-2 border-line border-b px-4 py-1.5">
        <SearchField
          label={t("search")}
          value={typed}
          onChange={(next) => {
            setTyped(next);
            void setAddress({ q: next.trim() });
          }}
          className="min-w-0 max-w-80 flex-1"
        />
        <ActionFilter value={address.action} onChange={(action) => void setAddress({ action })} />
      </div>
      {content()}
    </>
  );
}

/** Who did what: searched, filtered, opened where it stands, and taken away as a file. */
export const AuditPage = allowed("auth:read", Audit);
