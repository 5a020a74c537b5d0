import { Pencil, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";

type SetupRowProps = {
  name: string;
  detail: ReactNode;
  /** What deleting it takes along. */
  deleteText: string;
  /** Left out where the reader may not change it. */
  onEdit?: () => void;
  onDelete: () => Promise<unknown>;
};

/** A line of what the CRM consists of: to change, and to delete after a question. */
export function SetupRow({ name, detail, deleteText, onEdit, onDelete }: SetupRowProps) {
  const t = useTranslations("contacts.setup");
  const failed = useFailureToast();
  const [isAsking, setAsking] = useState(false);
  return (
    <li className="flex min-h-12 items-center gap-3 border-line border-b px-4 py-1.5">
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate text-start font-medium">
          {name}
        </span>
        <span className="num block truncate text-12 text-muted">{detail}</span>
      </span>
      {onEdit ? (
        <>
          <IconButton icon={Pencil} label={t("editNamed", { name })} onClick={onEdit} />
          <IconButton icon={Trash2} label={t("deleteNamed", { name })} onClick={() => setAsking(true)} />
        </>
      ) : null}
      {isAsking ? (
        <ConfirmDialog
          isDanger
          title={t("deleteTitle", { name })}
          text={deleteText}
          action={t("delete")}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            onDelete().catch(failed(t("notDeleted", { name })));
          }}
        />
      ) : null}
    </li>
  );
}
