import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { Dialog, QUESTION_CLASS } from "../../../ui/modal.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { FirstField } from "../settings/plain-form.tsx";
import { BULK_KEY } from "./use-bulks.ts";

type AgreementDialogProps = {
  name: string;
  chat: { accountId: string; chatId: string };
  /** What else is to be done with it. */
  after?: () => Promise<unknown>;
  onClose: () => void;
};

/** Records that a person agreed to bulk messages, with how that is known. */
export function AgreementDialog({ name, chat, after, onClose }: AgreementDialogProps) {
  const t = useTranslations("bulk.agreement");
  const common = useTranslations("common");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const record = useMutation({
    async mutationFn() {
      await client.chats.agreements.record.mutate({ ...chat, reason: reason.trim() });
      await after?.();
    },
    onSuccess: onClose,
    onSettled: () => void readAgain(queryClient, BULK_KEY),
  });
  const refusal = useErrorText()(record.error);
  return (
    <Dialog title={t("title", { name })} onClose={onClose} className={QUESTION_CLASS}>
      <form
        noValidate
        className="flex flex-col gap-4 px-6 pt-4 pb-5"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (reason.trim() !== "" && !record.isPending) record.mutate();
        }}
      >
        {refusal ? (
          <Banner tone="danger" icon={CircleAlert}>
            {refusal}
          </Banner>
        ) : null}
        <p className="text-fg-2">{t("text")}</p>
        <FirstField
          label={t("reason")}
          hint={t("reasonHint")}
          error={isTried && reason.trim() === "" ? t("reasonMissing") : null}
          value={reason}
          maxLength={500}
          onChange={setReason}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" variant="primary" aria-disabled={record.isPending}>
            {t("record")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
