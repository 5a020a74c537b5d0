import type { View } from "@pult/api/crm/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { showDone } from "../../shell/undo.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { SETUP_KEY } from "./keys.ts";

/** Deletes a saved view; undone by saving it once more. */
export function useRemoveView() {
  const t = useTranslations("contacts.view");
  const tCommon = useTranslations("common");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const readViews = () => readAgain(queryClient, SETUP_KEY);
  return async ({ id, entity, name, query, isShared }: View): Promise<boolean> => {
    try {
      await client.chats.views.delete.mutate({ id });
      void readViews();
      const undo = () =>
        client.chats.views.save.mutate({ entity, name, query, isShared }).then(readViews, failed(t("notSaved")));
      showDone({ icon: Trash2, title: t("deleted", { name }), undoLabel: tCommon("undo"), undo: () => void undo() });
      return true;
    } catch (error) {
      failed(t("notDeleted"))(error);
      return false;
    }
  };
}
