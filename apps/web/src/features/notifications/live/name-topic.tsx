import { useMutation } from "@tanstack/react-query";
import { Pencil } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useRef, useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Dialog, QUESTION_CLASS } from "../../../ui/modal.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { useTopics } from "./use-audience.ts";

const MAX_NAME_LENGTH = 128;

function NameDialog({ threadId, onClose }: { threadId: number; onClose: () => void }) {
  const t = useTranslations();
  const errorText = useErrorText();
  const topics = useTopics();
  const [typed, setTyped] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const naming = useMutation(
    useTRPC().notifications.broadcasts.nameTopic.mutationOptions({
      async onSuccess() {
        await topics.refetch();
        onClose();
      },
    }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = typed.trim();
    if (name === "") field.current?.focus();
    else naming.mutate({ threadId, name });
  };
  return (
    <Dialog
      onClose={onClose}
      title={t("live.broadcast.nameTopic", { id: String(threadId) })}
      className={QUESTION_CLASS}
      initialFocus={field}
    >
      <form noValidate onSubmit={submit} className="scroll-pane flex min-h-0 flex-col gap-4 p-6">
        <Field
          label={t("live.broadcast.topicName")}
          hint={t("live.broadcast.topicNameHint")}
          error={naming.error ? errorText(naming.error) : undefined}
        >
          {(control) => (
            <Input
              {...control}
              ref={field}
              value={typed}
              inputSize="lg"
              maxLength={MAX_NAME_LENGTH}
              autoComplete="off"
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" disabled={naming.isPending}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Gives a topic a name where Telegram has told none. */
export function NameTopic({ threadId }: { threadId: number | null }) {
  const t = useTranslations("live.broadcast");
  const { data } = useTopics();
  const [isOpen, setOpen] = useState(false);
  if (threadId === null || !data || data.some((topic) => topic.threadId === threadId)) return null;
  return (
    <>
      <IconButton
        icon={Pencil}
        size="sm"
        label={t("nameTopic", { id: String(threadId) })}
        onClick={() => setOpen(true)}
      />
      {isOpen ? <NameDialog threadId={threadId} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
