import type { RecordQuery } from "@pult/api/crm/schema.ts";
import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";

/** Hands a text over as a file. */
function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** All contacts that a query finds, or those that are named, as a CSV file. */
export function useExport() {
  const t = useTranslations("contacts");
  const client = useTRPCClient();
  const failed = useFailureToast();
  return async (query: RecordQuery & { ids?: string[] }): Promise<void> => {
    try {
      const parts: string[] = [];
      let count = 0;
      let offsetId: string | null = null;
      do {
        const page: { text: string; count: number; nextOffsetId: string | null } =
          await client.chats.contacts.exportCsv.query({ ...query, ...(offsetId === null ? {} : { offsetId }) });
        parts.push(page.text);
        count += page.count;
        offsetId = page.nextOffsetId;
      } while (offsetId !== null);
      saveFile(`contacts-${new Date().toLocaleDateString("sv")}.csv`, parts.join(""));
      showToast({ icon: Download, title: t("exported", { count }) });
    } catch (error) {
      failed(t("notExported"))(error);
    }
  };
}
