import type { Message } from "@pult/api/support/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";

/** Changes an answer or a note, or takes it back; the conversation's log shows what becomes of it. */
export function MessageActs({ message }: { message: Message }) {
  const t = useTranslations("thread.act");
  const [asked, setAsked] = useState<"edit" | "unsend" | null>(null);
  const close = () => setAsked(null);
  return (
    <>
      <Menu
        align="end"
        trigger={
          <button
            type="button"
            aria-label={t("more")}
            className={cx(
              iconButtonClass(),
              "self-center text-muted opacity-0 focus-visible:opacity-100 group-hover/message:opacity-100 data-popup-open:opacity-100 pointer-coarse:opacity-100",
            )}
          >
            <Icon of={Ellipsis} />
          </button>
        }
      >
        <MenuItem icon={Pencil} onSelect={() => setAsked("edit")}>
          {t("edit")}
        </MenuItem>
        <MenuItem icon={Trash2} danger onSelect={() => setAsked("unsend")}>
          {t("unsend")}
        </MenuItem>
      </Menu>
      {asked === "edit" ? <EditDialog message={message} onClose={close} /> : null}
      {asked === "unsend" ? <UnsendDialog message={message} onClose={close} /> : null}
    </>
  );
}

type DialogProps = { message: Message; onClose: () => void };

function EditDialog({ message, onClose }: DialogProps) {
  const t = useTranslations("thread.act");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const [text, setText] = useState(message.text);
  const edit = useMutation(
    trpc.support.editMessage.mutationOptions({ onError: failed(t("editFailed")), onSuccess: onClose }),
  );
  const field = (
    <textarea
      aria-label={t("edit")}
      value={text}
      rows={5}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      className="w-full rounded-2 border border-control bg-surface px-3 py-2 text-14 text-fg max-md:text-16"
    />
  );
  return (
    <ConfirmDialog
      title={t("editTitle")}
      text={field}
      action={t("save")}
      isBusy={edit.isPending}
      onClose={onClose}
      onConfirm={() => edit.mutate({ messageId: message.id, text: text.trim() })}
    />
  );
}

function UnsendDialog({ message, onClose }: DialogProps) {
  const t = useTranslations("thread.act");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const unsend = useMutation(
    trpc.support.unsendMessage.mutationOptions({ onError: failed(t("unsendFailed")), onSuccess: onClose }),
  );
  return (
    <ConfirmDialog
      title={t("unsendTitle")}
      text={t("unsendText")}
      action={t("unsend")}
      isDanger
      isBusy={unsend.isPending}
      onClose={onClose}
      onConfirm={() => unsend.mutate({ messageId: message.id })}
    />
  );
}
