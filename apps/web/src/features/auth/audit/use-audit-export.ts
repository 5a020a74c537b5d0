"use client";

import type { AuditEntryShown } from "@pult/api/auth/audit/schema.ts";
import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../settings/use-failure-toast.ts";
import { type AuditFilter, filterInput } from "./use-audit-list.ts";

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
export function useAuditExport(filter: AuditFilter) {
  const t = useTranslations("audit");
  const client = useTRPCClient();
  const failed = useFailureToast();
  const [isBusy, setBusy] = useState(false);
  const exportAll = async () => {
    setBusy(true);
    try {
      const lines: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Page = await client.auth.audit.export.mutate({
          ...filterInput(filter),
          cursor,
          limit: AT_ONCE,
        });
        for (const entry of page.entries) lines.push(`${JSON.stringify(entry)}\n`);
        cursor = page.nextCursor;
      } while (cursor !== null);
      saveFile(`pult-audit-${new Date().toISOString().slice(0, 10)}.jsonl`, lines);
      showToast({ icon: Download, title: t("exported", { count: lines.length }) });
    } catch (error) {
      failed(t("notExported"))(error);
    } finally {
      setBusy(false);
    }
  };
  return { exportAll, isBusy };
}
