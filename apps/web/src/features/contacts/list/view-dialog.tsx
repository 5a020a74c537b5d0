import type { Entity, RecordQuery, View } from "@pult/api/crm/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Button } from "../../../ui/button.tsx";
import { Dialog } from "../../../ui/modal.tsx";
import { Switch } from "../../../ui/switch.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { SETUP_KEY } from "../data/keys.ts";
import { FirstField } from "../settings/plain-form.tsx";

type ViewDialogProps = {
  entity: Entity;
  /** Null for a new one. */
  view: View | null;
  query: RecordQuery;
  onSaved: (view: View) => void;
  onClose: () => void;
};

/** Keeps filters, search and order under a name: for oneself, or for all. */
export function ViewDialog({ entity, view, query, onSaved, onClose }: ViewDialogProps) {
  const t = useTranslations("contacts.view");
  const tCommon = useTranslations("common");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const errorText = useErrorText();
  const [name, setName] = useState(view?.name ?? "");
  const [isShared, setShared] = useState(view?.isShared ?? false);
  const [hasTried, setTried] = useState(false);
  const save = useMutation(
    trpc.chats.views.save.mutationOptions({
      onSuccess(saved) {
        void readAgain(queryClient, SETUP_KEY);
        onClose();
        onSaved(saved);
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() === "" || save.isPending) return;
    save.mutate({ ...(view ? { id: view.id } : {}), entity, name: name.trim(), query, isShared });
  };
  const error = hasTried && name.trim() === "" ? t("nameMissing") : (errorText(save.error) ?? null);
  return (
    <Dialog onClose={onClose} title={t(view ? "change" : "save")} className="top-24 w-[400px]">
      <form noValidate onSubmit={submit} className="flex flex-col gap-3 p-6">
        <FirstField label={t("name")} error={error} value={name} maxLength={60} onChange={setName} />
        <div className="flex items-center justify-between gap-3">
          <span>
            <span className="block font-medium">{t("shared")}</span>
            <span className="block text-12 text-muted">{t("sharedHint")}</span>
          </span>
          <Switch label={t("shared")} checked={isShared} onChange={setShared} />
        </div>
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>{tCommon("cancel")}</Button>
          <Button type="submit" variant="primary" aria-disabled={save.isPending}>
            {tCommon("save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
